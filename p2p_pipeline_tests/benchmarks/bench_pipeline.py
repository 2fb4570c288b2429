"""How fast a day goes from raw to tables, and how small: `python -m p2p_pipeline_tests.benchmarks.bench_pipeline`.

Ratios are the figures to compare between machines; times are this machine's.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.now import AnswerDesk
from p2p_pipeline.p2p.lake_sql import query
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.repack import repack_day
from p2p_pipeline.p2p.raw.retention import bytes_by_day, file_sizes
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import StoredSnapshot
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.history import HistoryPlan, generate_history
from p2p_pipeline.p2p.steps.offers import build_offers
from p2p_pipeline.p2p.steps.quotes import build_depth, build_quotes
from p2p_pipeline.p2p.venues.directory import venue_directory

MARKET = Market("bybit", "USDT", "RUB")
Result = TypeVar("Result")
END = datetime(2026, 9, 2, tzinfo=UTC)


def main(every: timedelta = timedelta(minutes=2)) -> None:
    """Print the table for one simulated day of one market."""
    with tempfile.TemporaryDirectory() as name:
        _run(Path(name), every)


def _run(folder: Path, every: timedelta) -> None:
    store = RawStore(folder)
    day = (END - timedelta(hours=1)).date()
    made, report = _timed(lambda: generate_history(store, HistoryPlan((MARKET,), 1.0, every, END), CatalogueOptions()))
    _line(f"one simulated day of {MARKET}: {report.snapshots} snapshots, {report.offers} offers")
    _line(f"simulated and stored, synced each     {made / report.snapshots * 1e3:9.2f} ms a snapshot")
    _adapter_speed(store.reader, day)
    lake, payments = Lake(folder / "lake"), PaymentMap.load()
    offers, _ = _timed(lambda: build_offers(store.reader, lake, day, MARKET.key, payments))
    _line(f"raw to offers, checked and written    {report.offers / offers:9,.0f} offers/s")
    quotes, done = _timed(lambda: build_quotes(lake, day, MARKET.key, Settings()))
    _line(f"quotes, with their round trips        {done.total_rows['quotes'] / quotes:9,.0f} quotes/s")
    depth, done = _timed(lambda: build_depth(lake, day, MARKET.key))
    _line(f"depth                                 {done.total_rows['depth'] / depth:9,.0f} snapshots/s")
    tail, _ = _timed(lambda: build_offers(store.reader, lake, day, MARKET.key, payments))
    _line(f"the same again with nothing new       {tail * 1e3:9.0f} ms ({offers / tail:.0f} times less)")
    asked, _ = _timed(lambda: query(lake.root, "SELECT side, avg(best_split_price) FROM quotes GROUP BY side"))
    _line(f"SQL over the day's quotes             {asked * 1e3:9.0f} ms")
    desk = AnswerDesk(RawReader(folder), payments)
    first, _ = _timed(lambda: desk.newest(MarketSide(MARKET, Side.BUY)))
    again, _ = _timed(lambda: desk.newest(MarketSide(MARKET, Side.BUY)))
    _line(f"newest book, first and again          {first * 1e3:9.0f} ms, {again * 1e3:.0f} ms")
    _sizes(store, folder)
    _line(f"peak memory                           {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:9.0f} MiB")


def _adapter_speed(reader: RawReader, day: date) -> None:
    adapter = venue_directory()[MARKET.venue]
    snapshots = (found for found in reader.read(day, MARKET.key) if isinstance(found, StoredSnapshot))
    captures = [capture for found in islice(snapshots, 200) for capture, _ in found.captures]
    read, pages = _timed(
        lambda: [adapter.read_search(c.body, MARKET, c.side or Side.BUY, c.page or 1) for c in captures]
    )
    _line(f"adapter alone                         {sum(page.received for page in pages) / read:9,.0f} offers/s")


def _sizes(store: RawStore, folder: Path) -> None:
    day = max(store.reader.days())
    plain = store.reader.end_offset(day, MARKET.key)
    before = bytes_by_day(file_sizes(folder))[day]
    slow, _ = _timed(lambda: sum(1 for _ in RawReader(folder).read(day, MARKET.key)))
    took, _ = _timed(lambda: repack_day(store, day))
    after = bytes_by_day(file_sizes(folder))[day]
    fast, _ = _timed(lambda: sum(1 for _ in RawReader(folder).read(day, MARKET.key)))
    _line(f"answers, as they came                 {plain / 2**20:9.1f} MiB")
    _line(f"as gzip members                       {before / 2**20:9.1f} MiB ({plain / before:.1f} times smaller)")
    _line(f"repacked, verified in {took:5.1f} s         {after / 2**20:9.1f} MiB ({plain / after:.1f} times smaller)")
    _line(f"reading the repacked day              {slow / fast:9.1f} times as fast as the members")


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
