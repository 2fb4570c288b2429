from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import orjson
import pytest
import typer.testing

from p2p_pipeline.p2p.markets import Market, MarketSide, Side, Source, slot_start, snapshot_id
from p2p_pipeline.p2p.raw.capture import Outcome, Purpose
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import StoredSnapshot
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.history import HistoryPlan, UnhurriedFiles, generate_history
from p2p_pipeline.p2p.simulator.server import SimulatorOptions, running_simulator
from p2p_pipeline_tests.p2p.simulator.conftest import binance_body

END = datetime(2026, 9, 21, 6, 0, tzinfo=UTC)
BOB, RUB = Market("binance", "USDT", "BOB"), Market("bybit", "USDT", "RUB")
OPTIONS = CatalogueOptions(seed=5, offers_per_side=45)
PLAN = HistoryPlan((BOB, RUB), 0.5, timedelta(hours=2), END)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    files = UnhurriedFiles()
    report = generate_history(RawStore(folder, files=files), PLAN, OPTIONS)
    files.finish()
    assert (report.snapshots, report.already_there) == (24, 0)
    return folder


def snapshots(folder: Path, file_key: str) -> list[StoredSnapshot]:
    reader = RawReader(folder)
    found = [stored for day in reader.days() for stored in reader.read(day, file_key)]
    assert all(isinstance(stored, StoredSnapshot) for stored in found)
    return [stored for stored in found if isinstance(stored, StoredSnapshot)]


def test_history_is_stored_as_a_collector_would_have_and_marked_simulated(made: Path) -> None:
    stored = snapshots(made, "binance.USDT-BOB")
    assert len(stored) == 12
    for snapshot in stored:
        first = snapshot.captures[0][0]
        assert snapshot.source is Source.SIMULATED
        assert first.market_side is not None
        assert snapshot.snapshot_id == snapshot_id(first.market_side, slot_start(snapshot.slot))
        assert slot_start(snapshot.slot) <= first.requested_at < first.received_at
        pages = [capture for capture, _ in snapshot.captures]
        assert [capture.page for capture in pages] == list(range(1, len(pages) + 1))
        assert {capture.outcome for capture in pages} == {Outcome.OK}
        total = orjson.loads(pages[0].body)["total"]
        assert sum(len(orjson.loads(capture.body)["data"]) for capture in pages) == total


def test_a_bybit_snapshot_pages_until_one_is_not_full(made: Path) -> None:
    for snapshot in snapshots(made, "bybit.USDT-RUB"):
        sizes = [len(orjson.loads(capture.body)["result"]["items"]) for capture, _ in snapshot.captures]
        assert all(size == 20 for size in sizes[:-1])
        assert sizes[-1] < 20


def test_each_day_holds_the_venues_payment_lists(made: Path) -> None:
    for venue in ("binance", "bybit"):
        stored = snapshots(made, f"{venue}.reference")
        assert len(stored) == 2
        assert {capture.purpose for snapshot in stored for capture, _ in snapshot.captures} == {Purpose.PAYMENT_LIST}


def test_making_history_again_adds_nothing(made: Path) -> None:
    report = generate_history(RawStore(made), PLAN, OPTIONS)
    assert (report.snapshots, report.already_there) == (0, 24)


def test_a_running_simulator_shows_what_history_of_the_same_options_holds(made: Path) -> None:
    snapshot = snapshots(made, "binance.USDT-BOB")[-1]
    capture = snapshot.captures[0][0]
    assert capture.side is not None
    moment = capture.requested_at.timestamp()
    with running_simulator(SimulatorOptions(OPTIONS, clock=lambda: moment)) as simulator:
        live = httpx.post(f"{simulator.url}/bapi/c2c/v2/friendly/c2c/adv/search", json=binance_body(str(capture.side)))
    shown, kept = live.json()["data"], orjson.loads(capture.body)["data"]
    for item in shown + kept:
        del item["advertiser"]["activeTimeInSecond"]
    assert shown == kept


def test_the_slots_lie_on_one_grid_whenever_history_is_made() -> None:
    later = HistoryPlan((BOB,), 0.5, timedelta(hours=2), END + timedelta(minutes=47))
    assert set(later.slots()) - set(PLAN.slots()) == {later.slots()[-1]}
    with pytest.raises(ValueError, match="multiple of 30 s"):
        HistoryPlan((BOB,), 1, timedelta(seconds=45), END)


def test_progress_counts_every_snapshot(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    plan = HistoryPlan((BOB,), 0.1, timedelta(hours=1), END)
    options = CatalogueOptions(offers_per_side=2)
    generate_history(RawStore(tmp_path), plan, options, lambda done, total: told.append((done, total)))
    assert told == [(n, len(told)) for n in range(1, len(told) + 1)]
    assert MarketSide(BOB, Side.BUY).market in plan.markets


def test_the_command_writes_history_and_says_how_much(tmp_path: Path) -> None:
    from p2p_pipeline.commands import simulate
    from p2p_pipeline.kernel.paths import DataPaths
    from p2p_pipeline.p2p.installation import CommandContext

    arguments = ["history", "--days", "0.25", "--every", "2h", "--market", "binance.USDT-BOB", "--offers-per-side", "5"]
    result = typer.testing.CliRunner().invoke(
        simulate.app, [*arguments, "--end", "2026-09-21T06:00Z", "--json"], obj=CommandContext(DataPaths(tmp_path))
    )
    assert result.exit_code == 0, result.output
    assert orjson.loads(result.stdout)["snapshots"] == 6
    assert len(snapshots(tmp_path, "binance.USDT-BOB")) == 6
