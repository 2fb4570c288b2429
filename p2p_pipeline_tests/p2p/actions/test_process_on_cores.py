"""On several cores the same history is written and the same tables are made."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.damage import DamagedFile
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.actions.process import process_days
from p2p_pipeline.p2p.actions.process_on_cores import Part, process_on_cores
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.history import HistoryPlan, generate_history
from p2p_pipeline.p2p.simulator.history_on_cores import Place, generate_on_cores
from p2p_pipeline.p2p.steps.each_market import MarketFailure, for_each_market
from p2p_pipeline.p2p.tables import TABLES

END = datetime(2026, 9, 21, 6, 0, tzinfo=UTC)
MARKETS = (Market("bybit", "USDT", "RUB"), Market("bybit", "USDT", "VND"))
OPTIONS = CatalogueOptions(seed=5, offers_per_side=15)
PLAN = HistoryPlan(MARKETS, 3.0, timedelta(hours=6), END)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.*") if file.is_file()}


def test_history_and_tables_are_the_same_bytes_on_one_core_and_on_two(tmp_path: Path) -> None:
    one, two = DataPaths(tmp_path / "one"), DataPaths(tmp_path / "two")
    alone = generate_history(RawStore(one.root), PLAN, OPTIONS)
    told: list[tuple[int, int]] = []
    together = generate_on_cores(Place(two.root, 0), PLAN, OPTIONS, lambda *seen: told.append(seen), 2)
    assert together == alone
    assert told[-1] == (48, 48)
    assert files_of(one.raw) == files_of(two.raw)
    again = generate_on_cores(Place(two.root, 0), PLAN, OPTIONS, processes=1)
    assert (again.snapshots, again.already_there) == (0, 48)

    days, settings = RawReader(one.root).days(), Settings()
    first = process_days(RawReader(one.root), Lake(one.lake), days, settings, PaymentMap.load(), END)
    seen: list[tuple[int, int, Part]] = []
    second = process_on_cores(two, days, settings, END, progress=lambda *at: seen.append(at[:3]), processes=2)
    assert (second.snapshots, second.offers, second.partitions) == (first.snapshots, first.offers, first.partitions)
    assert [done for done, *_ in seen] == list(range(1, 13))
    assert files_of(one.lake) == files_of(two.lake)


def test_a_market_that_fails_in_another_process_is_told_with_its_reason_and_stops_no_other(tmp_path: Path) -> None:
    paths, bad = DataPaths(tmp_path), MARKETS[0].key
    generate_history(RawStore(paths.root), HistoryPlan(MARKETS, 4.0, timedelta(hours=24), END), OPTIONS)
    days = RawReader(paths.root).days()
    process_on_cores(paths, days[:1], Settings(), END, processes=1)
    # What the days after it are judged by.
    Lake(paths.lake).path(TABLES["rollups"], days[0], bad).write_bytes(b"PAR1" + b"x" * 200 + b"PAR1")
    report = process_on_cores(paths, days[1:], Settings(), END, full=True, processes=2)
    assert {failure.market_key for failure in report.failed} == {bad}
    assert all("can't be read" in failure.reason for failure in report.failed)
    assert report.partitions + len(report.failed) == len(days[1:]) * len(MARKETS)


def test_what_failed_is_put_into_words_where_it_happened_whatever_the_exception_is() -> None:
    def fail() -> None:
        raise DamagedFile(Path("lake/offers.parquet"), "it is no Parquet")

    told: list[MarketFailure] = []
    for_each_market(END.date(), ["a", "b"], lambda _: fail(), told.append)
    for_each_market(END.date(), ["c"], lambda _: 1 // 0, told.append)
    there_and_back = pickle.loads(pickle.dumps(told))
    assert there_and_back == told
    assert "it is no Parquet" in there_and_back[0].reason
    assert there_and_back[0].trace == ""
    assert there_and_back[2].reason.startswith("ZeroDivisionError")
    assert "1 // 0" in there_and_back[2].trace
