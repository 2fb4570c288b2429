"""Keep what questions need worked out ahead up to date: hours and days that are over, and the materialized views.

    report = refresh_views(connection)

Call it after each load. It finds out by itself what is due, so calling it twice, late, or never for a day is the same.
Nobody who reads waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from p2p_pipeline.kernel.tracing import span
from p2p_pipeline.p2p.warehouse.locks import WarehouseLock, hold
from p2p_pipeline.p2p.warehouse.statements import rows, run

_FILE = "rollups.sql"
_EACH_BATCH = ("market_best", "market_spread", "fiat_premium", "market_depth_hour_running")
_STEPS_OF_A_DAY = (
    "forget_day",
    "forget_changes",
    "forget_advertisers",
    "forget_old_advertisers",
    "make_day",
    "make_changes",
    "mark_day",
)
_EACH_HOUR = ("market_depth_day_running", "advertiser_activity")


@dataclass(slots=True)
class RefreshReport:
    """What was made anew."""

    hours: int = 0
    """That are over and had to be made, for the first time or again."""
    days: int = 0
    views: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    """Of each materialized view, and of `hours` and `days` together."""

    @property
    def total_seconds(self) -> float:
        """Of everything."""
        return sum(self.seconds.values())


def refresh_views(
    connection: Connection[tuple[Any, ...]],
    *,
    is_everything: bool = False,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> RefreshReport:
    """Make what the newest batches change; what is made hourly only when an hour is not in it, or for `is_everything`.

    Hours and days are each committed by themselves: a first call after a rebuild of a month takes minutes, and one
    that was interrupted goes on where it stopped. `progress` is told how many of them are made of how many.
    """
    connection.commit()
    report = RefreshReport()
    hours = [row[0] for row in rows(connection, _FILE, "due_hours")]
    connection.commit()
    for number, hour in enumerate(hours, 1):
        with _timed(report, "hours"):
            _make(connection, ("forget_hour", "make_hour", "mark_hour"), hour=hour)
        progress(number, len(hours))
    days = [row[0] for row in rows(connection, _FILE, "due_days")]
    connection.commit()
    for number, day in enumerate(days, 1):
        with _timed(report, "days"):
            _make(connection, _STEPS_OF_A_DAY, day=day)
        progress(number, len(days))
    report.hours, report.days = len(hours), len(days)
    _analyze(connection, report)
    for view in _EACH_BATCH:
        with _timed(report, view):
            _make(connection, ("refresh",), view=view)
        report.views.append(view)
    # Asked of the warehouse, not of this call: one that was killed may have made the hours.
    [(are_due,)] = rows(connection, _FILE, "are_hourly_views_due")
    connection.commit()
    if are_due or is_everything:
        _make_hourly_views(connection, report)
    return report


def _make_hourly_views(connection: Connection[tuple[Any, ...]], report: RefreshReport) -> None:
    with connection.transaction():
        # Nobody makes an hour between the views and the mark that it is in them.
        hold(connection, WarehouseLock.VIEWS)
        for view in _EACH_HOUR:
            with _timed(report, view):
                _make(connection, ("refresh",), view=view)
        run(connection, _FILE, "mark_hourly_views")
    report.views.extend(_EACH_HOUR)


def _make(connection: Connection[tuple[Any, ...]], steps: tuple[str, ...], **values: Any) -> None:
    with connection.transaction():
        hold(connection, WarehouseLock.VIEWS)
        # A day's versions are sorted by offer.
        connection.execute("SET LOCAL work_mem = '128MB'")
        for step in steps:
            run(connection, _FILE, step, **values)


def _analyze(connection: Connection[tuple[Any, ...]], report: RefreshReport) -> None:
    # Autovacuum comes too late after a rebuild. Who may not analyze a table is only warned by PostgreSQL.
    if report.hours > 24:
        with _timed(report, "hours"):
            _make(connection, ("analyze_hours",))
    if report.days:
        with _timed(report, "days"):
            _make(connection, ("analyze_days",))


@contextmanager
def _timed(report: RefreshReport, name: str) -> Iterator[None]:
    started = time.perf_counter()
    with span(f"view {name}"):
        yield
    report.seconds[name] = report.seconds.get(name, 0.0) + time.perf_counter() - started
