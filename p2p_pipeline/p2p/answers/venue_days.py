"""What the last day's snapshots say of each venue: whether it answers, how it is asked, what changed on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.offers.schema import SNAPSHOTS
from p2p_pipeline.p2p.quality.fresh import is_stale
from p2p_pipeline.p2p.quality.newest_answers import newest_answers
from p2p_pipeline.p2p.quality.outcome import rows_of
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.settings import Settings

WINDOW = timedelta(hours=24)
_COLUMNS = [
    "snapshot_id", "snapshot_at", "market_key", "venue", "side", "pages", "captures", "failed_captures",
    "stop_reason", "elapsed_seconds", "unknown_fields", "missing_fields", "raw_path", "raw_offset",
]  # fmt: skip
_OF_VENUE = """
    SELECT venue, count(*) AS snapshots, sum(captures)::BIGINT AS requests,
        sum(failed_captures)::BIGINT AS failed_requests,
        quantile_cont(elapsed_seconds, 0.5) AS median_seconds, quantile_cont(elapsed_seconds, 0.95) AS p95_seconds,
        date_diff('second', min(snapshot_at), max(snapshot_at))::DOUBLE AS spans_seconds,
        max(snapshot_at) AS processed_until
    FROM snapshots GROUP BY venue ORDER BY venue"""
_TROUBLES = """
    SELECT venue, stop_reason AS kind, count(*) AS snapshots, max(snapshot_at) AS newest_at,
        list_sort(list(DISTINCT market_key)) AS market_keys
    FROM snapshots WHERE stop_reason NOT IN ('book_end', 'enough') GROUP BY ALL ORDER BY snapshots DESC, venue, kind"""
_DRIFT = """
    WITH named AS (
        SELECT 'new' AS change, unnest(unknown_fields) AS field, * FROM snapshots
        UNION ALL SELECT 'missing', unnest(missing_fields), * FROM snapshots
    )
    SELECT venue, change, field, count(*) AS snapshots, min(snapshot_at) AS first_at, max(snapshot_at) AS newest_at,
        arg_min(raw_path, snapshot_id) AS raw_path, arg_min(raw_offset, snapshot_id) AS byte_offset
    FROM named GROUP BY venue, change, field ORDER BY snapshots DESC, venue, field"""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class VenueState:
    """One venue now: how many of its market sides have a young answer."""

    venue: str
    sides: int
    fresh_sides: int
    newest_at: datetime | None

    @property
    def answers(self) -> bool:
        """Whether any side has."""
        return self.fresh_sides > 0


@dataclass(frozen=True, slots=True)
class VenueDays:
    """The last day of all venues, as far as it is processed."""

    venues: tuple[Row, ...]
    """Of each: snapshots, requests, failed_requests, median_seconds, p95_seconds, spans_seconds, processed_until."""
    troubles: tuple[Row, ...]
    """Snapshots that are not whole, by venue and kind: venue, kind, snapshots, newest_at, market_keys."""
    drift: tuple[Row, ...]
    """Fields the adapter does not know, or misses: venue, change, field, snapshots, first_at, newest_at, raw_path."""


def venue_days(lake: Lake, now: datetime) -> VenueDays:
    """What the lake has of the last day."""
    since = now - WINDOW
    days = {since.astimezone(UTC).date(), now.astimezone(UTC).date()}
    parts = [part for part in lake.partitions(SNAPSHOTS) if part.day in days]
    read = [lake.read(SNAPSHOTS, part.day, part.market_key, _COLUMNS) for part in parts]
    rows = pa.concat_tables([SNAPSHOTS.empty().select(_COLUMNS), *read])
    rows = rows.filter(
        compute.greater(rows.column("snapshot_at"), pa.scalar(since, rows.schema.field("snapshot_at").type))
    )
    return VenueDays(*(tuple(rows_of(query, snapshots=rows)) for query in (_OF_VENUE, _TROUBLES, _DRIFT)))


def venue_states(reader: RawReader, settings: Settings, now: datetime) -> list[VenueState]:
    """Each venue of the settings, straight from the raw store."""
    limit = settings.quality.stale_after_seconds
    found = []
    for venue in dict.fromkeys(entry.market.venue for entry in settings.markets):
        newest = newest_answers(reader, settings.market_sides(venue), now, limit)
        fresh = sum(not _is_stale(newest, side, now, limit) for side in newest)
        found.append(VenueState(venue, len(newest), fresh, max((at for at in newest.values() if at), default=None)))
    return found


def _is_stale(newest: Mapping[MarketSide, datetime | None], side: MarketSide, now: datetime, limit: float) -> bool:
    at = newest[side]
    return is_stale(None if at is None else (now - at).total_seconds(), limit)
