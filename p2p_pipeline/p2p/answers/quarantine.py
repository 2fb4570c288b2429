"""What could not be trusted, with its reason and the way back to its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.offers.schema import QUARANTINE
from p2p_pipeline.p2p.raw.capture import Capture
from p2p_pipeline.p2p.raw.reader import RawReader

DAYS = 7
MOST_SHOWN = 200


class NotQuarantined(ClearError):
    """There is no such record; the message says what to do."""


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """A quarantined record with the answer it came in."""

    row: dict[str, Any]
    capture: Capture


def quarantined(lake: Lake, today: date, days: int = DAYS) -> Iterator[dict[str, Any]]:
    """The rows of the last days, newest day first."""
    for part in sorted(lake.partitions(QUARANTINE), key=lambda part: part.day, reverse=True):
        if today - timedelta(days=days) < part.day <= today:
            yield from lake.read(QUARANTINE, part.day, part.market_key).to_pylist()


QuarantineKey = tuple[int, str, str, int]


def quarantine_key(row: dict[str, Any], day: date, market_key: str) -> QuarantineKey:
    """Where a row stands: the newest UTC day first, then by market, by answer, and by its place in the answer."""
    return -day.toordinal(), market_key, str(row["capture_id"]), int(row["ordinal"])


def quarantined_after(
    lake: Lake, today: date, days: int, limit: int, after: QuarantineKey | None
) -> list[tuple[QuarantineKey, dict[str, Any]]]:
    """At most so many rows of the last days that stand after one, with their places; None for the first ones."""
    found: list[tuple[QuarantineKey, dict[str, Any]]] = []
    parts = [part for part in lake.partitions(QUARANTINE) if today - timedelta(days=days) < part.day <= today]
    for part in sorted(parts, key=lambda part: (-part.day.toordinal(), part.market_key)):
        if after is not None and (-part.day.toordinal(), part.market_key) < after[:2]:
            continue
        rows = lake.read(QUARANTINE, part.day, part.market_key).to_pylist()
        placed = sorted(((quarantine_key(row, part.day, part.market_key), row) for row in rows), key=lambda one: one[0])
        found += [one for one in placed if after is None or one[0] > after]
        if len(found) >= limit:
            break
    return found[:limit]


def quarantined_record(lake: Lake, reader: RawReader, capture_id: str, ordinal: int) -> QuarantinedRecord:
    """One record, with the bytes it was in. Raises NotQuarantined."""
    for part in sorted(lake.partitions(QUARANTINE), key=lambda part: part.day, reverse=True):
        for row in lake.read(QUARANTINE, part.day, part.market_key).to_pylist():
            if row["capture_id"] == capture_id and row["ordinal"] == ordinal:
                return QuarantinedRecord(row, reader.capture_at(row["raw_path"], row["byte_offset"]))
    raise NotQuarantined(
        f"no record {ordinal} of the answer {capture_id!r} is quarantined; the list has those of the processed days"
    )
