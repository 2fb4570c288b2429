"""What a year of prices costs to keep and to ask: `python -m p2p_pipeline_tests.benchmarks.bench_history [days]`.

Two simulated markets, both sides, every 30 seconds: 4.2 million snapshots a year at the level of `history`
(`executable`, wide, one size). Ratios are the figures to compare between machines; times are this machine's.
"""

from __future__ import annotations

import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pyarrow import compute

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.lake_sql import query
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.history.schema import EXECUTABLE, HISTORY, ROLLUPS
from p2p_pipeline.p2p.metrics.history.series import SeriesKey
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.simulator.price_history import PriceHistory
from p2p_pipeline.p2p.steps.compact import compact_closed_months
from p2p_pipeline.p2p.steps.history import build_rollups
from p2p_pipeline.p2p.steps.series import read_series
from p2p_pipeline_tests.p2p.metrics.timing.advising import advise

MARKETS = (Market("bybit", "USDT", "RUB"), Market("binance", "USDT", "VND"))
FIRST = date(2025, 1, 1)
RANGES_DAYS = (7, 30, 90, 365)
REPEATS = 15
TARGET_MILLISECONDS = 300
HOURS_OF_A_WEEK = 168


@dataclass
class Costs:
    """Seconds by day, for all markets together."""

    history: list[float] = field(default_factory=list)
    rollups: list[float] = field(default_factory=list)


def main(days: int = 365) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        _run(Lake(Path(name) / "lake"), days)


def _run(lake: Lake, days: int) -> None:
    began = time.perf_counter()
    histories = [PriceHistory(market, 1) for market in MARKETS]
    every = [FIRST + timedelta(days=number) for number in range(days)]
    costs, rows, made = Costs(), 0, 0.0
    for day in every:
        seconds, added = _add_day(lake, histories, day, costs)
        made, rows = made + seconds, rows + added
    _line(
        f"{days} days of {len(MARKETS)} markets, both sides, every 30 s: {rows:,} rows of history, {made:.0f} s to make"
    )
    _print_day_costs(costs)
    _print_size(lake, "before compaction")
    before = Asked(lake, every)
    before.print_all("before compaction: median and worst of 5, ms", repeats=5, ranges=RANGES_DAYS[-1:])
    _compact(lake, every[-1])
    _print_size(lake, "after compaction")
    seconds = _costs_after_compaction(lake, histories, every[-1])
    usual = statistics.median(map(sum, zip(costs.history, costs.rollups, strict=True)))
    _line(f"adding a day to the compacted lake    {seconds * 1e3:9.0f} ms, {seconds / usual:.2f} times the usual day's")
    worst = before.print_all(f"after compaction: median and worst of {REPEATS}, ms", REPEATS, RANGES_DAYS)
    verdict = "under" if worst < TARGET_MILLISECONDS else "ABOVE"
    _line(f"the slowest answer of all             {worst:9.0f} ms: {verdict} the target of {TARGET_MILLISECONDS} ms")
    _line(f"peak memory                           {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:9.0f} MiB")
    _line(f"the whole benchmark took              {time.perf_counter() - began:9.0f} s")


def _add_day(lake: Lake, histories: list[PriceHistory], day: date, costs: Costs) -> tuple[float, int]:
    """Write one day of all markets and roll it up; gives the seconds that making its prices took, and its rows."""
    rows = 0
    begun = time.perf_counter()
    made = [history.rows(day) for history in histories]
    ready = time.perf_counter()
    for history, table in zip(histories, made, strict=True):
        lake.write(HISTORY, day, history.market.key, table, {"made": "by the benchmark"})
        rows += table.num_rows
    written = time.perf_counter()
    for history in histories:
        build_rollups(lake, day, history.market.key, Settings())
    costs.history.append(written - ready)
    costs.rollups.append(time.perf_counter() - written)
    return ready - begun, rows


def _print_day_costs(costs: Costs) -> None:
    for name, seconds in (("writing a day's history", costs.history), ("rolling a day up", costs.rollups)):
        first, last = statistics.median(seconds[:10]), statistics.median(seconds[-10:])
        _line(
            f"{name:<38}{first * 1e3:9.1f} ms in the first 10 days, {last * 1e3:.1f} in the last 10: "
            f"{last / first:.2f} times as much (worst day {max(seconds) * 1e3:.0f})"
        )


def _compact(lake: Lake, last: date) -> None:
    after = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=40)
    report = compact_closed_months(lake, (HISTORY, ROLLUPS), after, 7)
    _line(f"compaction of {report.files_before} files to {report.months:<9} {report.seconds:9.1f} s")
    sizes = sorted(path.stat().st_size for path in lake.root.glob("rollups/month=*/*.parquet"))
    _line(f"a month of one market's rollups       {statistics.median(sizes) / 2**20:9.2f} MiB")


def _print_size(lake: Lake, when: str) -> None:
    for table in (HISTORY, ROLLUPS):
        sizes = [path.stat().st_size for path in (lake.root / table.name).rglob("*.parquet")]
        _line(f"{table.name + ', ' + when:<38}{len(sizes):9,} files, {sum(sizes) / 2**20:.1f} MiB")


def _costs_after_compaction(lake: Lake, histories: list[PriceHistory], last: date) -> float:
    costs = Costs()
    for number in range(1, 6):
        _add_day(lake, histories, last + timedelta(days=number), costs)
    return statistics.median(map(sum, zip(costs.history, costs.rollups, strict=True)))


@dataclass
class Asked:
    """The questions, each over a range of days that begins somewhere in the year."""

    lake: Lake
    every: list[date]
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    def print_all(self, title: str, repeats: int, ranges: tuple[int, ...]) -> float:
        """Print a table, a line a question; gives the slowest answer in milliseconds."""
        lengths = [days for days in ranges if days <= len(self.every)] or [len(self.every)]
        _line(title)
        _line(f"  {'':<42}" + "".join(f"{f'{days} days':>18}" for days in lengths))
        slowest = 0.0
        for name, ask in (
            ("hour rollups of a side, Lake.read_range", self.hours_read),
            ("hour rollups of a side, SQL", self.hours_sql),
            ("5-minute rollups of a side, Lake.read_range", self.minutes_read),
            ("heatmap (hour-of-week means), read_range", self.heatmap_read),
            ("heatmap (hour-of-week means), SQL", self.heatmap_sql),
            ("a series of hours for windows", self.series_read),
            ("that series, and the windows' advice from it", self.advice),
        ):
            cells = ""
            for days in lengths:
                taken = [self._milliseconds(ask, days) for _ in range(repeats)]
                slowest = max(slowest, *taken)
                cells += f"{f'{statistics.median(taken):.0f} ({max(taken):.0f})':>18}"
            _line(f"  {name:<42}{cells}")
        return slowest

    def _milliseconds(self, ask: Callable[[Market, date, date], int], days: int) -> float:
        start = self.chance.randrange(len(self.every) - days + 1)
        begun = time.perf_counter()
        count = ask(self.chance.choice(MARKETS), self.every[start], self.every[start + days - 1])
        taken = (time.perf_counter() - begun) * 1e3
        if not count:
            raise RuntimeError("nothing was found: the time says nothing")
        return taken

    def hours_read(self, market: Market, first: date, last: date) -> int:
        """The hours of one side, with dispersion and coverage."""
        columns = ["period_start", "median", "mad", "observations", "coverage"]
        return int(self.lake.read_range(ROLLUPS, market.key, first, last, columns, _wanted(3600)).num_rows)

    def minutes_read(self, market: Market, first: date, last: date) -> int:
        """The steps of five minutes of one side."""
        columns = ["period_start", "median", "observations"]
        return int(self.lake.read_range(ROLLUPS, market.key, first, last, columns, _wanted(300)).num_rows)

    def hours_sql(self, market: Market, first: date, last: date) -> int:
        """The same as `hours_read`, asked in SQL."""
        found = query(
            self.lake.root,
            f"SELECT period_start, median, mad, observations, coverage FROM rollups WHERE {_sql(market, first, last)}",
        )
        return int(found.num_rows)

    def heatmap_read(self, market: Market, first: date, last: date) -> int:
        """A mean for each hour of the week, from the lake's rows."""
        rows = self.lake.read_range(ROLLUPS, market.key, first, last, ["period_start", "median"], _wanted(3600))
        starts = rows["period_start"].cast("int64").to_numpy() // 3_600_000_000
        return int(np.isfinite(hour_of_week_means(starts, rows["median"].to_numpy())).sum())

    def heatmap_sql(self, market: Market, first: date, last: date) -> int:
        """The same in SQL."""
        found = query(
            self.lake.root,
            "SELECT isodow(period_start) AS weekday, hour(period_start) AS hour, avg(median) AS mean FROM rollups "
            f"WHERE {_sql(market, first, last)} GROUP BY ALL ORDER BY ALL",
        )
        return int(found.num_rows)

    def series_read(self, market: Market, first: date, last: date) -> int:
        """What `p2p windows` starts from."""
        return len(read_series(self.lake, _series_key(market), first, last))

    def advice(self, market: Market, first: date, last: date) -> int:
        """Which hours are better, from that series; without its walk-forward proof, which is made once a day."""
        return advise(read_series(self.lake, _series_key(market), first, last), "Europe/Moscow").observations


def hour_of_week_means(hours: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of each hour of the week, Monday first, of hours since 1970 UTC."""
    place = (hours + 3 * 24) % HOURS_OF_A_WEEK
    is_there = np.isfinite(values)
    sums = np.bincount(place[is_there], values[is_there], HOURS_OF_A_WEEK)
    return sums / np.maximum(np.bincount(place[is_there], minlength=HOURS_OF_A_WEEK), 1)


def _series_key(market: Market) -> SeriesKey:
    return SeriesKey(MarketSide(market, Side.BUY), EXECUTABLE, "wide", 0)


def _wanted(period_seconds: int) -> compute.Expression:
    return (compute.field("period_seconds") == period_seconds) & (compute.field("side") == str(Side.BUY))


def _sql(market: Market, first: date, last: date) -> str:
    return (
        f"market_key = '{market.key}' AND side = 'BUY' AND period_seconds = 3600 "
        f"AND date BETWEEN DATE '{first}' AND DATE '{last}'"
    )


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
