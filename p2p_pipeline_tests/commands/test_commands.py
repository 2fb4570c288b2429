"""What a person or a program gets from `p2p`: the contracts of the commands, their errors and exit codes."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.p2p.markets import Side, Source
from p2p_pipeline.p2p.raw.capture import Purpose
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.faults import FaultName, FaultRule
from p2p_pipeline.p2p.simulator.server import SimulatorOptions, running_simulator
from p2p_pipeline_tests.p2p.binance_answers import URL, ad, captures, page

NOON = datetime(2024, 10, 25, 12, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`p2p --data-dir TMP …` in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("P2P_DATA_DIR", "P2P_SETTINGS", "P2P_SOURCE"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, ["--data-dir", str(tmp_path / "data"), *words])

    return call


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A BUY snapshot at noon with three offers, an older one, and a SELL snapshot; gives the data folder."""
    folder = tmp_path / "data"
    store = RawStore(folder)
    asks = [ad(1, "10.50", "100", "2000"), ad(2, "10.60", "100", "3000"), ad(3, "10.20", "50", "60")]
    store.append(captures(NOON - timedelta(hours=3), page([ad(9, "9.00", "10", "90000", "90000")])))
    store.append(captures(NOON, page(asks)))
    bids = [ad(4, "10.30", "100", "9000", tradeType="BUY")]
    store.append(captures(NOON + timedelta(seconds=2), page(bids), side=Side.SELL))
    return folder


def recording(path: Path) -> Path:
    """A recording of one response."""
    line = {
        "received_at": "2024-10-25T12:00:00Z",
        "exact": True,
        "method": "POST",
        "url": URL,
        "request": {"asset": "USDT", "fiat": "BOB", "tradeType": "BUY", "page": 1, "rows": 20},
        "status": 200,
        "body": orjson.loads(page([ad(1), ad(2)])),
    }
    path.write_bytes(gzip.compress(orjson.dumps(line) + b"\n"))
    return path


def ask(run: Run, *words: str, exit_code: int = 0) -> dict[str, Any]:
    """`p2p now --json …` for BOB."""
    result = run("now", "--market", "binance.USDT-BOB", *words, "--json")
    assert result.exit_code == exit_code, result.output
    found: dict[str, Any] = orjson.loads(result.stdout)
    return found


def test_import_process_and_sql_keep_their_contracts(run: Run, tmp_path: Path) -> None:
    path = str(recording(tmp_path / "a.jsonl.gz"))
    first = orjson.loads(run("import", path, "--json").stdout)
    again = orjson.loads(run("import", path, "--json").stdout)
    assert (first["captures"], first["snapshots"], first["already_there"]) == (1, 1, 0)
    assert (again["captures"], again["snapshots"], again["already_there"]) == (0, 0, 1)
    done = orjson.loads(run("process", "--json").stdout)
    assert (done["snapshots"], done["offers"], done["quarantined"]) == (1, 2, 0)
    assert done["seconds"] > 0
    rows = orjson.loads(run("sql", "SELECT offer_id, price FROM offers ORDER BY offer_id", "--json").stdout)
    assert [row["price"] for row in rows] == [10.5, 10.5]
    assert all(isinstance(row["offer_id"], str) for row in rows)


def test_now_gives_the_best_single_offer_and_the_best_split_with_legs_that_add_up(run: Run, book: Path) -> None:
    found = ask(run, "--side", "BUY", "--amount", "2060")
    assert found["market_key"] == "binance.USDT-BOB"
    assert found["snapshot_at"] == "2024-10-25T12:00:00.200000Z"
    assert found["best_single"]["price"] == 10.6
    assert sum(leg["fiat"] for leg in found["best_split"]["legs"]) == 2060
    assert {leg["price"] for leg in found["best_split"]["legs"]} == {10.2, 10.5}
    assert found["is_executable"] is True
    assert found["reason"] is None


def test_now_at_a_time_sees_nothing_that_came_later(run: Run, book: Path) -> None:
    found = ask(run, "--side", "BUY", "--amount", "1000", "--at", "2024-10-25T11:59Z")
    assert found["best_single"]["price"] == 9
    late = run("now", "--market", "binance.USDT-BOB", "--side", "BUY", "--amount", "1", "--at", "2024-10-01")
    assert late.exit_code == 1
    assert "at or before 2024-10-01" in late.stderr


def test_now_says_why_an_amount_can_not_be_placed_and_what_can(run: Run, book: Path) -> None:
    found = ask(run, "--side", "SELL", "--amount", "5", exit_code=3)
    assert found["is_executable"] is False
    assert found["best_split"] is None
    assert found["reason"] == "below_every_minimum"
    assert found["nearest_above"] == pytest.approx(9.71)
    shown = run("now", "--market", "binance.USDT-BOB", "--side", "SELL", "--amount", "5")
    assert shown.exit_code == 3
    assert "can't be placed" in shown.stdout


def test_now_is_strict_about_its_profile(run: Run, book: Path) -> None:
    wrong = run("now", "--market", "binance.USDT-BOB", "--side", "BUY", "--amount", "5", "--profile", "mine")
    assert wrong.exit_code == 1
    assert "known are wide, strict" in wrong.stderr
    assert ask(run, "--side", "BUY", "--amount", "1000", "--profile", "strict")["profile"] == "strict"


@pytest.mark.parametrize(
    "words",
    [
        ("now", "--market", "USDT-BOB", "--side", "BUY", "--amount", "5"),
        ("now", "--market", "binance.USDT-BOB", "--side", "HOLD", "--amount", "5"),
        ("now", "--market", "binance.USDT-BOB", "--side", "BUY", "--amount", "-5"),
        ("now", "--market", "binance.USDT-BOB", "--side", "BUY", "--amount", "5", "--at", "noon"),
        ("process", "--from", "yesterday"),
        *(
            (command, "--from", "2024-10-26", "--to", "2024-10-25", *more)
            for command, more in (
                ("process", ()),
                ("backfill", ()),
                ("windows", ("--market", "binance.USDT-BOB", "--side", "BUY")),
                ("history", ("--market", "binance.USDT-BOB", "--side", "BUY")),
                ("anomalies", ("--market", "binance.USDT-BOB")),
            )
        ),
        ("collect", "--interval", "45s"),
        ("nonsense",),
    ],
)
def test_wrong_usage_ends_with_2(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("process",), "Collect or import first"),
        (("import", "missing.jsonl.gz"), "missing.jsonl.gz"),
        (("sql", "SELECT * FROM nothing"), "snapshots, offers"),
        (("now", "--market", "bybit.USDT-RUB", "--side", "BUY", "--amount", "5"), "p2p collect --once"),
        (("now", "--market", "okx.USDT-BOB", "--side", "BUY", "--amount", "5"), "known are binance, bybit"),
        (("raw", "show", "2024-10-25/binance.USDT-BOB.jsonl", "0"), "no capture"),
    ],
)
def test_a_failure_is_one_clear_line_on_stderr_and_exit_code_1(run: Run, words: tuple[str, ...], says: str) -> None:
    result = run(*words)
    assert result.exit_code == 1
    assert says in result.stderr
    assert result.stderr.startswith("p2p: ")
    assert "Traceback" not in result.stderr


def test_a_mistake_in_the_settings_ends_with_its_line_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("timezone: Mars\n")
    done = subprocess.run(
        [sys.executable, "-m", "p2p_pipeline.cli", "process"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "settings.yaml line 1" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_bytes_behind_a_number_come_back_as_they_were(run: Run, book: Path) -> None:
    run("process")
    (row,) = orjson.loads(run("sql", "SELECT raw_path, raw_offset FROM snapshots WHERE side = 'SELL'", "--json").stdout)
    shown = run("raw", "show", row["raw_path"], str(row["raw_offset"]))
    assert shown.stdout_bytes == page([ad(4, "10.30", "100", "9000", tradeType="BUY")])
    meta = orjson.loads(run("raw", "show", row["raw_path"], str(row["raw_offset"]), "--meta").stdout)
    assert meta["side"] == "SELL"


def test_people_read_times_in_their_own_zone_and_programs_in_utc(run: Run, book: Path, tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("timezone: America/La_Paz\n")
    shown = run("now", "--market", "binance.USDT-BOB", "--side", "BUY", "--amount", "1000").stdout
    assert "2024-10-25 08:00:00 -04" in shown
    assert ask(run, "--side", "BUY", "--amount", "1000")["snapshot_at"].endswith("Z")


def test_the_depth_ladder_adds_up(run: Run, book: Path) -> None:
    result = run("depth", "--market", "binance.USDT-BOB", "--side", "BUY", "--json")
    levels = orjson.loads(result.stdout)["levels"]
    assert [level["price"] for level in levels] == [10.2, 10.5, 10.6]
    assert levels[-1]["cumulative_asset"] == sum(level["asset"] for level in levels)
    assert "10.2" in run("depth", "--market", "binance.USDT-BOB", "--side", "BUY").stdout


def test_repacking_changes_no_answer(run: Run, book: Path) -> None:
    before = ask(run, "--side", "BUY", "--amount", "2060")
    assert run("raw", "repack").exit_code == 0
    assert list((book / "raw").rglob("*.zst"))
    assert not list((book / "raw").rglob("*.jsonl.gz"))
    after = ask(run, "--side", "BUY", "--amount", "2060")
    passing = ("asked_at", "age_seconds")
    assert {**after, **dict.fromkeys(passing)} == {**before, **dict.fromkeys(passing)}
    assert "3 snapshots read back" in run("raw", "verify").stdout


def test_pruning_drops_what_the_settings_say_and_an_imported_day_does_not_age(run: Run, tmp_path: Path) -> None:
    store = RawStore(tmp_path / "data")
    days = [NOON + timedelta(days=after) for after in range(3)]
    for day in days:
        store.append(captures(day, page([ad(4, "10.30", "100", "9000")]), source=Source.LIVE))
    imported = NOON - timedelta(days=30)
    store.append(captures(imported, page([ad(4, "10.30", "100", "9000")])))
    settings = tmp_path / "settings.yaml"
    assert "set raw_keep_days" in run("raw", "prune").stdout
    settings.write_text("retention: {raw_keep_days: 2}\n")
    assert "1 days would be dropped" in run("raw", "prune", "--dry-run").stdout
    assert len(store.reader.days()) == 4
    assert run("raw", "prune").exit_code == 0
    assert store.reader.days() == [day.date() for day in (imported, *days[1:])]


def test_verify_finds_a_changed_byte_and_fails(run: Run, book: Path) -> None:
    (file,) = (book / "raw").rglob("*.jsonl.gz")
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    file.write_bytes(bytes(damaged))
    result = run("raw", "verify")
    assert result.exit_code == 1
    assert "damaged" in result.stderr


def test_the_doctor_says_what_is_where_and_fails_when_something_is_wrong(run: Run, book: Path, tmp_path: Path) -> None:
    fine = run("doctor", "--offline")
    assert fine.exit_code == 0
    assert "1 days from 2024-10-25" in fine.stdout
    (tmp_path / "settings.yaml").write_text("speed: 9\n")
    wrong = run("doctor", "--offline")
    assert wrong.exit_code == 1
    assert "settings.yaml line 1" in wrong.stdout


def test_the_doctor_knows_a_fiat_that_the_venue_does_not_list(run: Run, tmp_path: Path) -> None:
    listed = orjson.dumps({"code": "000000", "data": [{"currencyCode": "BOB"}], "success": True})
    RawStore(tmp_path / "data").append(captures(NOON, listed, purpose=Purpose.FIAT_LIST))
    settings = tmp_path / "settings.yaml"
    settings.write_text("markets: [{market: binance.USDT-BOB}]\n")
    assert run("doctor", "--offline").exit_code == 0
    settings.write_text("markets: [{market: binance.USDT-BOBB}]\n")
    wrong = run("doctor", "--offline")
    assert wrong.exit_code == 1
    assert "lists no BOBB (did you mean BOB?)" in wrong.stdout


def test_the_doctor_asks_venues_as_collection_does(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_simulator(SimulatorOptions(CatalogueOptions(seed=3, offers_per_side=5))) as simulator:
        monkeypatch.setenv("P2P_SOURCE", simulator.url)
        fine = run("doctor")
        assert (fine.exit_code, fine.stdout.count("answers in")) == (0, 2)
        # A body that says no with HTTP 200: only the venue's own judgement knows.
        simulator.faults.replace([FaultRule(FaultName.VENUE_ERROR, searches_only=False)])
        refused = run("doctor")
        assert refused.exit_code == 1
        assert refused.stdout.count("does not answer as expected") == 2


def test_the_doctor_of_simulated_data_asks_no_live_venue(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("P2P_SOURCE", raising=False)
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "raw" / "realm").write_text("simulated\n")
    said = run("doctor")
    assert (said.exit_code, "not asked: this folder holds simulated data" in said.stdout) == (0, True)


def test_the_doctor_asks_a_venue_through_its_proxy_and_says_when_there_is_none(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.yaml").write_text(
        "venues: {binance: {proxy_variable: DEAD_PROXY}, bybit: {proxy_variable: NO_PROXY_AT_ALL}}\n"
    )
    monkeypatch.setenv("DEAD_PROXY", "http://me:hunter2@127.0.0.1:9")
    lines = {line[5:].partition(":")[0]: line for line in run("doctor").stdout.splitlines()}
    assert "can't be reached" in lines["binance"]
    assert "NO_PROXY_AT_ALL" in lines["bybit"]
    assert "hunter2" not in str(lines)


def test_the_doctor_knows_a_payment_method_that_no_offer_can_have_and_a_file_where_a_folder_should_be(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "settings.yaml").write_text("profiles: {mine: {payment_methods: [tbnk]}}\n")
    assert "did you mean tbank" in run("doctor", "--offline").stdout
    (tmp_path / "data").write_text("")
    assert "is a file, no folder" in run("doctor", "--offline").stdout


def test_the_board_shows_each_market_side_once_with_what_is_wrong(run: Run, book: Path, tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("markets: [{market: binance.USDT-BOB}, {market: bybit.USDT-RUB}]\n")
    shown = run("board", "--once").stdout
    assert shown.count("BUY") == shown.count("SELL") == 2
    assert "stale" in shown
    assert "nothing yet" in shown


def test_a_damaged_table_is_told_and_the_next_processing_makes_it_anew(run: Run, book: Path) -> None:
    run("process")
    (file,) = (book / "lake" / "offers").glob("date=*/*.parquet")
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    broken = run("sql", "SELECT * FROM offers")
    assert broken.exit_code == 1
    assert "Traceback" not in broken.stderr
    assert run("process").exit_code == 0
    assert file.read_bytes() == whole


def test_a_query_reads_the_lake_and_nothing_else_and_writes_nothing(run: Run, book: Path, tmp_path: Path) -> None:
    run("process")
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    assert run("sql", f"SELECT * FROM read_csv('{secret}')").exit_code == 1
    assert run("sql", f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'").exit_code == 1
    assert not (tmp_path / "out.csv").exists()
    assert "write a SELECT" in run("sql", "").stderr


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_recorded_line_of_an_impossible_year_is_left_out_and_processing_goes_on(
    run: Run, tmp_path: Path, moment: str
) -> None:
    good = gzip.decompress(recording(tmp_path / "a.jsonl.gz").read_bytes())
    both = tmp_path / "both.jsonl"
    both.write_bytes(good + good.replace(b"2024-10-25T12:00:00Z", moment.encode()))
    imported = orjson.loads(run("import", str(both), "--json").stdout)
    assert (imported["snapshots"], imported["broken_lines"]) == (1, 1)
    assert run("process").exit_code == 0


@pytest.mark.parametrize("words", [("--market", "okx.USDT-RUB"), ("--days", "-1")])
def test_history_of_what_nobody_simulates_is_refused_and_leaves_nothing(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    result = run("simulate", "history", *(("--days", "1") if words[0] != "--days" else ()), *words)
    assert result.exit_code in (1, 2)
    assert not (tmp_path / "data" / "raw").exists()
