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


def quarantined_record(lake: Lake, reader: RawReader, capture_id: str, ordinal: int) -> QuarantinedRecord:
    """One record, with the bytes it was in. Raises NotQuarantined."""
    for part in sorted(lake.partitions(QUARANTINE), key=lambda part: part.day, reverse=True):
        for row in lake.read(QUARANTINE, part.day, part.market_key).to_pylist():
            if row["capture_id"] == capture_id and row["ordinal"] == ordinal:
                return QuarantinedRecord(row, reader.capture_at(row["raw_path"], row["byte_offset"]))
    raise NotQuarantined(
        "no record {ordinal} of the answer {capture_id!r} is quarantined; the list has those of the processed days",
        ordinal=ordinal,
        capture_id=capture_id,
    )
