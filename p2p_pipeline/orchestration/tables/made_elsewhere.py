"""What was made without Dagster (by `p2p process`, by an import, before it was started) is told to it afterwards.

Dagster shows what it was told of, so a full data folder can look empty. Nothing has to be remembered for that: a
partition whose files are younger than the last that Dagster heard of it is news.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as db
from dagster import AssetCheckEvaluation, AssetKey, AssetMaterialization, DagsterInstance
from dagster._core.events import DagsterEventType
from dagster._core.instance.utils import RUNLESS_RUN_ID
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.partitions import first_day
from p2p_pipeline.orchestration.results import to_evaluation
from p2p_pipeline.orchestration.tables.assets import DERIVED_TABLES
from p2p_pipeline.orchestration.tables.day_metadata import combo_metadata, day_metadata
from p2p_pipeline.orchestration.tables.judging import judge
from p2p_pipeline.orchestration.tables.open_day import open_day
from p2p_pipeline.orchestration.tables.summary_assets import SUMMARIES
from p2p_pipeline.p2p.metrics.combos.schema import COMBOS
from p2p_pipeline.p2p.quality.properties import PROPERTIES
from p2p_pipeline.p2p.quality.venue_day import VenueDay
from p2p_pipeline.p2p.tables import TABLES
from p2p_pipeline.p2p.venues.directory import VENUE_NAMES

_log = logging.getLogger(__name__)

SETTLED_SECONDS = 45.0
"""What is younger may be of a run that is just making it and will tell it itself."""
BUDGET_SECONDS = 10.0
"""Of a look: the collecting ticks share the process."""
_SUMMARIES = [name for summary in SUMMARIES for name in summary.tables]
_ORDER = ["raw_snapshots", *(table.name for table in DERIVED_TABLES), COMBOS.name, *_SUMMARIES]
Told = Mapping[tuple[AssetKey, str | None], float]
"""When Dagster last heard of each asset's partition, in seconds of the epoch."""


@dataclass(frozen=True, slots=True)
class News:
    """Something that Dagster has not heard of as it is now. Without a day it is a summary of the whole history."""

    venue: str
    """`combos` for the table of that name."""
    table: str
    day: date | None

    @property
    def asset_key(self) -> AssetKey:
        """The asset it is."""
        return AssetKey([self.table]) if self.venue == COMBOS.name else AssetKey([self.venue, self.table])

    @property
    def partition(self) -> str | None:
        """Its partition; None for a summary."""
        return None if self.day is None else self.day.isoformat()


@dataclass(frozen=True, slots=True)
class TellReport:
    """What Dagster was told."""

    partitions: int
    checks: int
    left: int
    """For the next time."""


def tell_made_elsewhere(
    installation: Installation,
    instance: DagsterInstance,
    *,
    settled_seconds: float = 0.0,
    budget_seconds: float = float("inf"),
    clock: Callable[[], float] = time.monotonic,
) -> TellReport:
    """Report what the data folder has and Dagster was not told of, with the quick checks of each.

    Oldest day first and the way of the data in each, as runs would have: what is told last is shown as the newest,
    and a table that is told before what it is made from is shown as out of step with it.

    What was written less than `settled_seconds` ago is left: a run that is just making it tells it itself. After
    `budget_seconds` the rest is left for the next time.
    """
    until = clock() + budget_seconds
    news = list(find_news(installation, _told(instance), datetime.now(UTC).timestamp() - settled_seconds))
    checks = done = 0
    days: dict[tuple[str, date | None], VenueDay] = {}
    drawn = {(entry.venue, entry.day) for entry in _newest_of_venues(news)}
    for entry in news:
        if clock() > until:
            break
        place = (entry.venue, entry.day)
        if place not in days:
            days = {place: open_day(entry.venue, entry.partition, installation)}
        metadata = _metadata(installation, entry, days[place], is_drawn=place in drawn)
        instance.report_runless_asset_event(
            AssetMaterialization(entry.asset_key, partition=entry.partition, metadata=metadata)
        )
        evaluations = list(_evaluations(entry, days[place]))
        _forget_evaluations(instance, evaluations)
        for evaluation in evaluations:
            instance.report_runless_asset_event(evaluation)
        checks += len(evaluations)
        done += 1
    return TellReport(done, checks, len(news) - done)


def _newest_of_venues(news: Sequence[News]) -> Iterator[News]:
    # A picture costs a third of a second: of fourteen days nobody looks at the older ones.
    for venue in VENUE_NAMES:
        yield from [entry for entry in news if entry.venue == venue and entry.day is not None][-1:]


def find_news(installation: Installation, told: Told, until: float) -> Iterator[News]:
    """What was written after Dagster last heard of it and before a moment: by day, summaries last."""
    written = {**_raw_written(installation), **_lake_written(installation.lake())}
    # Days before the first partition, as an imported series has, are nowhere to be shown.
    first = first_day(installation.paths, installation.settings().first_day, datetime.now(UTC).date())
    for entry in sorted(written, key=lambda news: (news.day or date.max, news.venue, _ORDER.index(news.table))):
        is_shown = entry.day is None or entry.day >= first
        if is_shown and told.get((entry.asset_key, entry.partition), -1.0) < written[entry] < until:
            yield entry


def _lake_written(lake: Lake) -> dict[News, float]:
    found: dict[News, float] = {}
    for name in _ORDER[1:]:
        is_daily = name not in _SUMMARIES
        for entry in lake.partitions(TABLES[name]):
            venue = COMBOS.name if name == COMBOS.name else entry.market_key.partition(".")[0]
            if venue not in (*VENUE_NAMES, "combo", COMBOS.name) or (is_daily and venue == "combo"):
                continue
            news = News(venue, name, entry.day if is_daily else None)
            # A day in its month's file was written before that was: it is news only while it was never told.
            moment = _mtime(lake.path(TABLES[name], entry.day, entry.market_key))
            found[news] = max(moment, found.get(news, 0.0))
    return found


def _raw_written(installation: Installation) -> dict[News, float]:
    found: dict[News, float] = {}
    reader = installation.reader()
    for day in reader.days():
        for key in reader.file_keys(day):
            venue = key.partition(".")[0]
            if venue in VENUE_NAMES:
                # Its files are repacked later: that is no news, so that it was never told is all that counts.
                found[News(venue, "raw_snapshots", day)] = 0.0
    return found


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _metadata(installation: Installation, news: News, view: VenueDay, *, is_drawn: bool) -> dict[str, Any]:
    if news.day is None:
        from p2p_pipeline.orchestration.tables.summary_work import summary_metadata

        return summary_metadata(view.lake, news.venue, news.table)
    if news.table == "raw_snapshots":
        from p2p_pipeline.orchestration.collection.work import stored_metadata

        return stored_metadata(installation, news.venue, news.day)
    if news.table == COMBOS.name:
        return combo_metadata(view.lake, news.day)
    return day_metadata(view, news.table, is_drawn=is_drawn)


def _evaluations(news: News, view: VenueDay) -> Iterator[AssetCheckEvaluation]:
    wanted = [
        entry
        for entry in PROPERTIES
        if entry.table == news.table
        and not entry.is_costly
        and (entry.is_of_summary if news.day is None else entry.is_of_day)
    ]
    if news.venue in VENUE_NAMES:
        for result in judge(view, wanted, _log):
            yield to_evaluation(result, news.partition)


def _told(instance: DagsterInstance) -> dict[tuple[AssetKey, str | None], float]:
    events = SqlEventLogStorageTable.c
    newest = (
        db.select(events.asset_key, events.partition, db.func.max(events.timestamp))
        .where(events.dagster_event_type == DagsterEventType.ASSET_MATERIALIZATION.value, events.asset_key.is_not(None))
        .group_by(events.asset_key, events.partition)
    )
    with _storage(instance).index_connection() as connection:
        rows = connection.execute(newest).fetchall()
    # Stored as UTC without a zone.
    found = {}
    for key, partition, moment in rows:
        asset_key = AssetKey.from_db_string(key)
        if asset_key is not None:
            found[asset_key, partition] = moment.replace(tzinfo=UTC).timestamp()
    return found


def _forget_evaluations(instance: DagsterInstance, evaluations: Sequence[AssetCheckEvaluation]) -> None:
    """Drop what was told outside a run of a check and partition: Dagster has place for one, and fails at a second."""
    checks = AssetCheckExecutionsTable.c
    if not evaluations or evaluations[0].partition is None:
        return
    with _storage(instance).index_connection() as connection:
        connection.execute(
            db.delete(AssetCheckExecutionsTable).where(
                checks.asset_key == evaluations[0].asset_key.to_string(),
                checks.check_name.in_([evaluation.check_name for evaluation in evaluations]),
                checks.run_id == RUNLESS_RUN_ID,
                checks.partition == evaluations[0].partition,
            )
        )


def _storage(instance: DagsterInstance) -> SqlEventLogStorage:
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        raise TypeError(f"event log storage was {type(storage).__name__}; only SQL storages are known")
    return storage
