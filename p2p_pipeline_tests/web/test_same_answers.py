"""Page, API and command answer the same question with the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline_tests.web.serving import QUESTION, Page


@pytest.fixture
def command(web_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`p2p … --json` on the folder that the service reads."""
    monkeypatch.chdir(web_folder)
    for name in ("P2P_DATA_DIR", "P2P_SETTINGS", "P2P_SOURCE"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> Any:
        done = CliRunner().invoke(app, ["--data-dir", str(web_folder), *words, "--json"])
        assert done.exit_code in (0, 3), done.output
        return orjson.loads(done.stdout)

    return call


def options(question: dict[str, str]) -> list[str]:
    return [word for name, value in question.items() for word in (f"--{name.replace('_', '-')}", value)]


def plain(value: Any) -> Any:
    """Numbers alike, whether they came as text or not, and times without what the clock adds."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if name not in ("asked_at", "age_seconds", "is_stale")}
    if isinstance(value, list):
        return [plain(one) for one in value]
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


@pytest.mark.parametrize("amount", ["2500", "700", "50", "9500", "100000", "4999.5"])
@pytest.mark.parametrize("max_splits", ["1", "3"])
def test_a_quote_has_the_fields_and_figures_of_p2p_now(
    client: TestClient, command: Any, amount: str, max_splits: str
) -> None:
    asked = {**QUESTION, "amount": amount, "max_splits": max_splits}
    told = client.get("/api/v1/quotes", params=asked).json()
    # What is wrong with the data is said besides; the command leaves it to `p2p board`.
    assert told.pop("warnings")
    assert plain(told) == plain(command("now", *options(asked)))


def test_a_quote_of_a_time_is_that_of_p2p_now_at_that_time(client: TestClient, command: Any) -> None:
    asked = {**QUESTION, "at": "2024-10-25T12:00:10Z"}
    assert client.get("/api/v1/quotes", params=asked).json()["age_seconds"] == 9.8
    assert command("now", *options(asked))["age_seconds"] == 9.8


def test_the_page_shows_the_price_of_the_api_to_its_last_digit(client: TestClient) -> None:
    told = client.get("/api/v1/quotes", params=QUESTION).json()["best_split"]
    page = Page(client.get("/now", params=QUESTION).text)
    values = [one.attributes["value"] for one in page.all("data")]
    assert told["price"] in values
    for leg in told["legs"]:
        assert {leg["price"], leg["fiat"], leg["asset"]} <= set(values)


def test_a_score_is_that_of_p2p_score_but_for_its_age(client: TestClient, command: Any) -> None:
    asked = {**QUESTION, "at": "2024-10-25T12:00:10Z"}
    told = client.get("/api/v1/scores", params=asked).json()
    assert plain(told) == plain(command("score", *options(asked)))
    assert 0 < told["score"] < 100


def test_depth_is_that_of_p2p_depth(client: TestClient, command: Any) -> None:
    asked = {"market": "binance.USDT-BOB", "side": "BUY", "levels": "3"}
    told = client.get("/api/v1/depth", params=asked).json()
    assert plain(told) == plain(command("depth", *options(asked)))
    assert len(told["levels"]) == 3


SERIES = {"market": "bybit.USDT-RUB", "side": "BUY", "measure": "ask"}


def test_windows_have_the_fields_and_figures_of_p2p_windows(client: TestClient, command: Any) -> None:
    told, printed = client.get("/api/v1/windows", params=SERIES).json(), command("windows", *options(SERIES))
    # What is said of this hour is said of another hour: the service's clock stands still.
    moving = {"improvement_over_now", "now_or_wait", "sentences", "money"}
    assert told.keys() == printed.keys()
    assert {name: plain(value) for name, value in told.items() if name not in moving} == {
        name: plain(value) for name, value in printed.items() if name not in moving
    }
    assert told["verdict"] == "recommended"


def test_history_has_the_values_of_p2p_history_as_points(client: TestClient, command: Any) -> None:
    printed = command("history", *options(SERIES))
    told = client.get("/api/v1/history", params=SERIES).json()
    assert [(point["starts_at"], point["value"], point["observations"]) for point in told["points"]] == [
        (period["start"], period["median"], period["observations"]) for period in printed["periods"]
    ]
    assert len(told["points"]) == 168


@pytest.mark.parametrize(
    "asked", [{}, {"side": "BUY", "measure": "short", "to": "2024-01-21"}, {"from": "2024-02-25", "by_event": "true"}]
)
def test_anomalies_are_those_of_p2p_anomalies(client: TestClient, command: Any, asked: dict[str, str]) -> None:
    question = {"market": "bybit.USDT-RUB", "from": "2024-02-24", **asked}
    if "to" in asked:
        question["from"] = "2024-01-20"
    # The page's service first: it judges for the answer what the command then judges and keeps.
    told = client.get("/api/v1/anomalies", params=question).json()
    flags = ["--by-event"] if question.pop("by_event", None) else []
    assert plain(told) == plain(command("anomalies", *options(question), *flags))
    assert told["now"]


def test_history_within_a_day_has_the_values_of_p2p_history(client: TestClient, command: Any) -> None:
    asked = {**SERIES, "from": "2024-02-20T06:00", "to": "2024-02-21T18:00", "period": "6h"}
    told = client.get("/api/v1/history", params=asked).json()
    printed = command("history", *options(asked))
    assert [(point["starts_at"], point["value"]) for point in told["points"]] == [
        (period["start"], period["median"]) for period in printed["periods"]
    ]
    assert [point["starts_at"][:13] for point in told["points"]][:2] == ["2024-02-20T06", "2024-02-20T12"]


def test_money_is_text_and_times_are_utc(client: TestClient) -> None:
    told = client.get("/api/v1/quotes", params=QUESTION).json()
    assert (told["best_single"]["price"], told["amount"]) == ("10.6", "2500")
    assert told["snapshot_at"] == "2024-10-25T12:00:00.200000Z"
