"""What could not be trusted, with its reason and the way back to its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.offers.schema import QUARANTINE
from p2p_pipeline.p2p.raw.capture import Capture
from p2p_pipeline.p2p.raw.reader import RawReader

DAYS = 7
ROWS_A_PAGE = 50


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


@dataclass(frozen=True, slots=True)
class QuarantinePage:
    """Some of the quarantined records, the newest first, and how many there are of which kind."""

    rows: list[dict[str, Any]]
    page: int
    pages: int
    found: int
    """Records that fit market and reason."""
    reasons: dict[str, int]
    """Records by reason, of the market asked for; the most frequent first."""
    markets: dict[str, int]
    """Records by market, of the reason asked for."""


def quarantine_page(
    lake: Lake, today: date, market_key: str = "", reason: str = "", page: int = 1, days: int = DAYS
) -> QuarantinePage:
    """A page of the last days' records; a page beyond the last one is the last one."""
    parts = [part for part in lake.partitions(QUARANTINE) if today - timedelta(days=days) < part.day <= today]
    read = [lake.read(QUARANTINE, part.day, part.market_key) for part in parts]
    rows = pa.concat_tables([QUARANTINE.empty(), *read])
    of_market, of_reason = _where(rows, "market_key", market_key), _where(rows, "reason", reason)
    chosen = _where(of_market, "reason", reason).sort_by([("received_at", "descending"), ("ordinal", "ascending")])
    pages = max(1, -(-chosen.num_rows // ROWS_A_PAGE))
    page = min(max(page, 1), pages)
    shown = chosen.slice((page - 1) * ROWS_A_PAGE, ROWS_A_PAGE).to_pylist()
    return QuarantinePage(
        shown, page, pages, chosen.num_rows, _counts(of_market, "reason"), _counts(of_reason, "market_key")
    )


def _where(rows: pa.Table, column: str, value: str) -> pa.Table:
    return rows.filter(compute.equal(rows.column(column), value)) if value else rows


def _counts(rows: pa.Table, column: str) -> dict[str, int]:
    counted = rows.group_by(column).aggregate([(column, "count")]).to_pylist()
    found = {str(one[column]): int(one[f"{column}_count"]) for one in counted}
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


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
