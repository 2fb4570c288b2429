"""What programs rely on besides the figures: problems, 304, files, and a document that says what there is."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pyarrow import parquet

from p2p_pipeline.p2p.answers.windows import answer_windows
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import parse_settings
from p2p_pipeline.p2p.steps.windows import WindowsAnswer
from p2p_pipeline.web import advised
from p2p_pipeline.web.bodies import money_text
from p2p_pipeline.web.downloads import csv_of
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page
from p2p_pipeline_tests.web.serving import NOON, QUESTION, SETTINGS, client_of, edges_over, stored_book


@pytest.mark.parametrize(
    ("address", "status", "code", "words"),
    [
        ("/api/v1/quotes?market=x&side=BUY&amount=1", 422, "invalid-value", "venue.ASSET-FIAT"),
        ("/api/v1/quotes?market=binance.USDT-BOB&side=BUY&amount=-1", 422, "invalid-value", "above 0"),
        ("/api/v1/quotes?market=binance.USDT-BOB&side=BUY", 422, "invalid-value", "amount: it must be given"),
        ("/api/v1/quotes?market=binance.USDT-BOB&side=UP&amount=1", 422, "invalid-value", "side"),
        ("/api/v1/quotes?market=binance.USDT-BOB&side=BUY&amount=1&profile=no", 422, "invalid-value", "profile"),
        ("/api/v1/quotes?market=binance.USDT-BOB&side=BUY&amount=1&colour=red", 422, "invalid-value", "colour"),
        ("/api/v1/quotes?market=binance.USDT-EUR&side=BUY&amount=1", 404, "no-data", "binance.USDT-EUR"),
        ("/api/v1/quotes?market=binance.USDT-BOB&side=BUY&amount=1&at=9999-99-99", 422, "invalid-value", "2024-10-25"),
        ("/api/v1/history?market=binance.USDT-EUR&side=BUY", 404, "no-data", "no history"),
        ("/api/v1/history?market=bybit.USDT-RUB&side=BUY&measure=ask&tz=Mars", 422, "invalid-value", "IANA"),
        ("/api/v1/history?market=bybit.USDT-RUB&side=BUY&from=2024-02-02&to=2024-01-01", 422, "invalid-value", "swap"),
        ("/api/v1/nothing", 404, "not-found", "openapi.json"),
    ],
)
def test_what_can_not_be_answered_is_a_problem_with_what_to_do(
    client: TestClient, address: str, status: int, code: str, words: str
) -> None:
    found = client.get(address)
    assert (found.status_code, found.headers["content-type"]) == (status, "application/problem+json")
    told = found.json()
    assert (told["status"], told["type"]) == (status, f"/problems/{code}")
    assert words in told["detail"]


def test_a_bug_shows_an_id_and_nothing_of_the_program(web_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edges = edges_over(web_folder)
    monkeypatch.setattr(edges.desk, "newest", lambda *_: 1 / 0)
    with client_of(edges, raises=False) as asking:
        found = asking.get("/api/v1/quotes", params=QUESTION)
    assert found.status_code == 500
    assert found.json()["trace_id"]
    assert "ZeroDivisionError" not in found.text


def test_an_answer_that_a_client_has_is_not_sent_again_until_the_book_changes(web_folder: Path, tmp_path: Path) -> None:
    with client_of(edges_over(web_folder)) as asking:
        first = asking.get("/api/v1/quotes", params=QUESTION)
        again = asking.get("/api/v1/quotes", params=QUESTION, headers={"If-None-Match": first.headers["etag"]})
        other = asking.get(
            "/api/v1/quotes", params={**QUESTION, "amount": "700"}, headers={"If-None-Match": first.headers["etag"]}
        )
        strong = asking.get(
            "/api/v1/quotes",
            params=QUESTION,
            headers={"If-None-Match": f'"another", {first.headers["etag"].removeprefix("W/")}'},
        )
    assert (again.status_code, again.content, other.status_code) == (304, b"", 200)
    assert (strong.status_code, first.headers["vary"]) == (304, "Authorization, Accept-Encoding")


SERIES = "/api/v1/history?market=bybit.USDT-RUB&side=BUY&measure=ask"


def test_history_comes_as_files_with_the_points_of_the_answer(client: TestClient) -> None:
    points = client.get(SERIES).json()["points"]
    table = parquet.read_table(io.BytesIO(client.get(f"{SERIES}&format=parquet").content))
    assert table["value"].to_pylist() == [point["value"] for point in points]
    text = client.get(f"{SERIES}&format=csv")
    assert text.headers["content-disposition"] == 'attachment; filename="bybit.USDT-RUB-BUY-ask.csv"'
    lines = text.text.splitlines()
    assert lines[0].startswith("starts_at,value,observations")
    assert lines[1].startswith(f"{points[0]['starts_at']},{points[0]['value']},")


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_of_a_file_is_a_formula(start: str) -> None:
    assert f"'{start}" in csv_of([{"name": start}])
    assert csv_of([{"number": -1.5}]).splitlines()[1] == "-1.5", "a number stays one"


def test_money_keeps_the_digits_of_the_venue_and_loses_those_of_the_column() -> None:
    from decimal import Decimal

    assert [money_text(Decimal(text)) for text in ("50000.00", "50000.000000000000", "0.00000001", "1E+3")] == [
        "50000.00",
        "50000",
        "0.00000001",
        "1000",
    ]


def test_the_document_says_what_each_address_takes(client: TestClient) -> None:
    told = client.get("/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    assert {"/api/v1/quotes", "/api/v1/history", "/api/v1/windows", "/api/v1/board", "/health/ready"} <= told[
        "paths"
    ].keys()
    asked = {one["name"]: one for one in told["paths"]["/api/v1/quotes"]["get"]["parameters"] if one["in"] == "query"}
    assert {"market", "side", "amount", "profile", "max_splits", "pay", "at", "search_steps"} == asked.keys()
    assert all(one.get("description") or one["schema"].get("description") for one in asked.values())


def test_metrics_are_those_of_the_command(client: TestClient) -> None:
    found = client.get("/metrics")
    assert found.status_code == 200
    assert 'p2p_exporter_source_up{source="raw"} 1.0' in found.text


def test_readiness_names_each_market_side_that_is_not_sound(client: TestClient) -> None:
    assert client.get("/health/live").status_code == 200
    found = client.get("/health/ready")
    assert found.status_code == 503
    assert {"of": "bybit.USDT-RUB BUY", "reason": "nothing yet"} in found.json()["reasons"]


def test_the_etag_changes_with_the_book_and_with_the_settings(tmp_path: Path) -> None:
    stored_book(tmp_path)
    edges = edges_over(tmp_path)
    with client_of(edges) as asking:
        first = asking.get("/api/v1/quotes", params=QUESTION).headers["etag"]
        RawStore(tmp_path).append(captures(NOON + timedelta(seconds=5), page([ad(9, "10.00", "100", "5000")])))
        second = asking.get("/api/v1/quotes", params=QUESTION)
    assert second.headers["etag"] != first
    assert second.json()["best_single"]["price"] == "10"
    other = edges_over(tmp_path)
    other.settings = parse_settings(SETTINGS + "timezone: Europe/Moscow\n")
    other.__post_init__()
    with client_of(other) as asking:
        assert asking.get("/api/v1/quotes", params=QUESTION).headers["etag"] != second.headers["etag"]


def test_advice_is_worked_out_once_and_what_it_says_of_now_each_time(
    web_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counted(*asked: Any) -> WindowsAnswer:
        made.append(1)
        return answer_windows(*asked)

    monkeypatch.setattr(advised, "answer_windows", counted)
    edges = edges_over(web_folder)
    asked = {"market": "bybit.USDT-RUB", "side": "BUY", "measure": "ask"}
    with client_of(edges) as asking:
        first = asking.get("/api/v1/windows", params=asked)
        asking.get("/windows", params=asked)
        edges.now = lambda: NOON + timedelta(hours=3)
        later = asking.get("/api/v1/windows", params=asked)
    assert len(made) == 1
    assert first.json()["now_or_wait"]["at"] != later.json()["now_or_wait"]["at"]
    assert first.json()["effects"] == later.json()["effects"]


@pytest.mark.parametrize("amount", ["9" * 39, "1e9", "1000000000000000000"])
def test_an_amount_beyond_all_money_is_refused(client: TestClient, amount: str) -> None:
    for path in ("/api/v1/quotes", "/api/v1/windows"):
        asked = {"market": "bybit.USDT-RUB", "side": "SELL", "measure": "ask", "amount": amount}
        if path == "/api/v1/quotes":
            del asked["measure"]
        assert client.get(path, params=asked).status_code == 422
    assert client.get("/now", params={**QUESTION, "amount": amount}).status_code == 400


def test_more_points_than_an_answer_holds_are_refused_with_what_to_ask_for(client: TestClient) -> None:
    found = client.get("/api/v1/history?market=bybit.USDT-RUB&side=BUY&measure=ask&from=2020-01-01&period=5m")
    assert (found.status_code, "period=1h" in found.json()["detail"]) == (422, True)
