"""The ready questions to the warehouse over HTTP: listed, answered as the command answers, refused in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def numbers_of(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Money is text in the API and a number of the command, which a reader rounds."""
    return [{name: number_of(value) for name, value in row.items()} for row in rows]


def number_of(value: Any) -> Any:
    try:
        return value if isinstance(value, bool) else pytest.approx(float(value))
    except (TypeError, ValueError):
        return value


@pytest.mark.parametrize("name", [one.name for one in all_questions()])
def test_an_answer_is_that_of_the_command(
    web_folder: Path, swept_warehouse: WarehouseServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("P2P_POSTGRES_URL", swept_warehouse.url)
    printed = CliRunner().invoke(app, ["--data-dir", str(web_folder), "warehouse", "ask", name, "--json"])
    with client_of(edges_over(web_folder)) as asking:
        told = asking.get(f"/api/v1/questions/{name}")
        files = [asking.get(f"/api/v1/questions/{name}", params={"format": kind}) for kind in ("csv", "parquet")]
    assert printed.exit_code == 0, printed.output
    assert numbers_of(told.json()["items"]) == numbers_of(orjson.loads(printed.stdout))
    assert (told.json()["next_cursor"], *(one.status_code for one in files)) == (None, 200, 200)


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
