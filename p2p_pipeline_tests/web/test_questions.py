"""The ready questions to the warehouse over HTTP: listed, answered as the command answers, refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.p2p.warehouse.questions.catalogue import all_questions
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.web.serving import client_of, edges_over


def test_all_are_listed_with_their_parameters(web_folder: Path) -> None:
    with client_of(edges_over(web_folder)) as asking:
        items = asking.get("/api/v1/questions").json()["items"]
    assert [one["name"] for one in items] == [one.name for one in all_questions()]
    (teasers,) = [one for one in items if one["name"] == "teasers"]
    assert {"name": "percent", "default": "3"}.items() <= {
        name: str(value) for name, value in teasers["parameters"][-1].items()
    }.items()


def test_an_answer_is_that_of_the_command(
    web_folder: Path, warehouse: WarehouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P2P_POSTGRES_URL", warehouse.url)
    words = ["--data-dir", str(web_folder), "warehouse", "ask", "batch_completeness", "days=3", "--json"]
    printed = CliRunner().invoke(app, words)
    assert printed.exit_code == 0, printed.output
    with client_of(edges_over(web_folder)) as asking:
        told = asking.get("/api/v1/questions/batch_completeness", params={"days": "3"})
        text = asking.get("/api/v1/questions/batch_completeness", params={"days": "3", "format": "csv"})
    assert told.json()["items"] == orjson.loads(printed.stdout)
    assert (told.json()["next_cursor"], text.status_code) == (None, 200)


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/api/v1/questions/nonsense", 422, "nonsense"),
        ("/api/v1/questions/teasers?colour=red", 422, "colour"),
        ("/api/v1/questions/teasers?percent=much", 422, "percent"),
        ("/api/v1/questions/teasers?limit=0", 422, "limit"),
        ("/api/v1/questions/teasers?format=xml", 422, "parquet"),
    ],
)
def test_what_can_not_be_asked_is_told(
    web_folder: Path,
    warehouse: WarehouseServer,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    status: int,
    words: str,
) -> None:
    monkeypatch.setenv("P2P_POSTGRES_URL", warehouse.url)
    with client_of(edges_over(web_folder)) as asking:
        found = asking.get(address)
    assert (found.status_code, words in found.json()["detail"]) == (status, True), found.text


def test_without_a_warehouse_it_says_so_and_what_to_do(web_folder: Path) -> None:
    with client_of(edges_over(web_folder)) as asking:
        found = asking.get("/api/v1/questions/teasers")
    assert found.status_code == 503
    assert "p2p" in found.json()["detail"]
