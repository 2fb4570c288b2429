"""What bad input does to the commands: good data answers, and what was left out is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.p2p.actions import process as process_module
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.binance_answers import URL, ad, captures, page
from p2p_pipeline_tests.shared_files import CASES

NOON = datetime(2024, 10, 25, 12, tzinfo=UTC)
BUY = ("now", "--market", "binance.USDT-BOB", "--side", "buy", "--amount", "1000", "--json")
Run = Callable[..., Result]
case = pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not there")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    for name in ("P2P_DATA_DIR", "P2P_SETTINGS", "P2P_SOURCE"):
        monkeypatch.delenv(name, raising=False)
    return lambda *words: CliRunner().invoke(app, ["--data-dir", str(tmp_path / "data"), *words])


def recording(path: Path, *exchanges: tuple[str, int, bytes]) -> str:
    """Answers with their times and page numbers."""
    lines = [
        {
            "received_at": time,
            "method": "POST",
            "url": URL,
            "request": {"asset": "USDT", "fiat": "BOB", "tradeType": "BUY", "page": number},
            "status": 200,
            "body": orjson.loads(body),
        }
        for time, number, body in exchanges
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def price(found: Result) -> Any:
    assert found.exit_code == 0, found.output
    return orjson.loads(found.stdout)["best_split"]["price"]


def test_what_could_not_be_processed_is_told_and_counted_and_exits_with_1(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    RawStore(tmp_path / "data").append(captures(NOON, page([ad(1)])))

    def breaking(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(process_module, "build_quotes", breaking)
    found = run("process", "--json")
    assert found.exit_code == 1
    assert orjson.loads(found.stdout)["failed"] == [
        {"day": "2024-10-25", "market_key": "binance.USDT-BOB", "reason": "ZeroDivisionError: a bug"}
    ]
    assert "Traceback" in found.stderr
    assert "p2p: left out what could not be made of 1 market days (binance.USDT-BOB on 2024-10-25)" in found.stderr
    monkeypatch.undo()
    again = run("process", "--json")
    assert (again.exit_code, orjson.loads(again.stdout)["failed"]) == (0, [])


def test_a_snapshot_without_its_first_page_is_never_priced(run: Run, tmp_path: Path) -> None:
    whole = page([ad(1, "10.50")])
    rest = page([ad(2, "10.90")], total=45)
    path = recording(tmp_path / "a.jsonl", ("2024-10-25T12:00:00Z", 1, whole), ("2024-10-25T12:30:00Z", 3, rest))
    assert "1 of them lack their first page" in run("import", path).stderr
    assert price(run(*BUY)) == 10.5
    report = orjson.loads(run("process", "--json").stdout)
    assert (report["snapshots"], report["offers"], report["failed"]) == (2, 2, [])
    quoted = orjson.loads(run("sql", "SELECT DISTINCT snapshot_id FROM quotes", "--json").stdout)
    assert quoted == [{"snapshot_id": "binance.USDT-BOB:BUY:2024-10-25T12:00:00Z"}]
    for table in ("depth", "history"):
        rows = orjson.loads(run("sql", f"SELECT * FROM {table}", "--json").stdout)
        assert "10.9" not in json.dumps(rows)


def test_an_empty_page_that_counts_ads_is_no_book_and_the_one_before_it_answers(run: Run, tmp_path: Path) -> None:
    empty = page([], total=120)
    path = recording(
        tmp_path / "a.jsonl", ("2024-10-25T12:00:00Z", 1, page([ad(1)])), ("2024-10-25T12:30:00Z", 1, empty)
    )
    run("import", path)
    assert price(run(*BUY)) == 10.5
    run("process")
    rows = orjson.loads(run("sql", "SELECT is_complete, stop_reason FROM snapshots ORDER BY slot", "--json").stdout)
    assert rows[1] == {"is_complete": False, "stop_reason": "soft_block"}


def test_a_book_of_a_time_that_is_yet_to_come_is_not_fresh(run: Run, tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("markets: [{market: binance.USDT-BOB}]\n")
    store = RawStore(tmp_path / "data")
    for side, maker in ((Side.BUY, "SELL"), (Side.SELL, "BUY")):
        at = datetime.now(UTC) + timedelta(days=200)
        store.append(captures(at, page([ad(1, tradeType=maker)]), side=side))
    found = CliRunner().invoke(app, ["--data-dir", str(tmp_path / "data"), "board", "--once"], env={"COLUMNS": "300"})
    assert "future time" in found.stdout


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_time_whose_offset_leads_out_of_all_years_is_wrong_usage(run: Run, at: str) -> None:
    found = run(*BUY, "--at", at)
    assert found.exit_code == 2
    assert "write it as" in found.output


def test_simulated_data_is_refused_in_a_folder_with_imported_data(run: Run, tmp_path: Path) -> None:
    run("import", recording(tmp_path / "a.jsonl", ("2024-10-25T12:00:00Z", 1, page([ad(1)]))))
    found = run("simulate", "history", "--days", "1")
    assert found.exit_code == 1
    assert "imported data and simulated data was to be written" in found.stderr


@case
@pytest.mark.parametrize(
    ("name", "best"),
    [
        ("pages-with-own-times", 10.5),
        ("empty-page-that-counts-ads", 10.5),
        ("recording-from-the-future", 10.5),
        ("recording-with-bom", 10.5),
        ("time-zero-with-offset", 10.5),
    ],
)
def test_a_case_of_a_recording_gives_its_right_price(run: Run, name: str, best: float) -> None:
    assert run("import", str(CASES / f"{name}.jsonl")).exit_code == 0
    assert price(run(*BUY)) == best


@case
def test_a_case_of_a_page_number_that_is_a_time_is_processed_and_no_whole_book(run: Run) -> None:
    run("import", str(CASES / "page-number-is-a-timestamp.jsonl"))
    assert run("process").exit_code == 0
    rows = orjson.loads(run("sql", "SELECT is_complete, pages FROM snapshots", "--json").stdout)
    assert rows == [{"is_complete": False, "pages": 1}]
