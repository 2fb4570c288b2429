"""Closed months of the lake become one file a table and market."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.compaction import CompactedMonth, compact_month, months_with_day_files
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.lake.month_file import DamagedMonth


@dataclass(frozen=True, slots=True)
class CompactionReport:
    """What compaction did to the lake."""

    months: int
    """Files of months that were written, one a table, month and market."""
    files_before: int
    """Files of days that went into them."""
    bytes_before: int
    bytes_after: int
    troubles: tuple[str, ...]
    """Sentences about files that could not be brought together; they are read as before, or told as damaged."""
    seconds: float


def compact_closed_months(lake: Lake, tables: Iterable[Table], now: datetime, after_days: int) -> CompactionReport:
    """Compact every month that ended at least `after_days` days ago, as far as days of it have files of their own.

    Done again it changes nothing. A day that is written anew afterwards has a file of its own again, and goes into its
    month the next time.
    """
    started = time.perf_counter()
    today = now.astimezone(UTC).date()
    done: list[CompactedMonth] = []
    troubles: list[str] = []
    for table in tables:
        for month, market_key in months_with_day_files(lake, table):
            if _next_month(month) + timedelta(days=after_days) > today:
                continue
            with ExitStack() as held:
                for name in _locks(market_key):
                    held.enter_context(lake.writing(name))
                try:
                    found = compact_month(lake, table, month, market_key)
                except DamagedMonth as error:
                    troubles.append(str(error))
                    continue
            troubles += found.left_out
            if found.days:
                done.append(found)
    return CompactionReport(
        len(done),
        sum(month.days for month in done),
        sum(month.bytes_before for month in done),
        sum(month.bytes_after for month in done),
        tuple(troubles),
        time.perf_counter() - started,
    )


def _next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _locks(market_key: str) -> list[str]:
    """Whoever continues `binance.USDT-BOB.imported` may hold either name."""
    market = ".".join(market_key.split(".")[:2])
    return list(dict.fromkeys([market, market_key]))
