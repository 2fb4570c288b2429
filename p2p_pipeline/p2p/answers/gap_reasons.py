"""Why a market side was not seen for a while: what came of the looks that failed, as the raw store kept it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pyarrow import compute

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.metrics.history.periods import Gap
from p2p_pipeline.p2p.offers.schema import SNAPSHOTS
from p2p_pipeline.p2p.offers.usable import is_usable
from p2p_pipeline.p2p.raw.capture import Outcome, StopReason
from p2p_pipeline.p2p.raw.reader import RawReader

MOST_LOOKED_UP = 20
"""Of so many gaps, the newest ones, the answer that came is read; of older ones only that looks failed is told."""


class GapCause(StrEnum):
    """What is known of why."""

    NOBODY_LOOKED = "nobody_looked"
    """No look was tried: nothing was collecting, or it kept a pause that the venue had asked for."""
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    VENUE_ERROR = "venue_error"
    SOFT_BLOCK = "soft_block"
    """Answers without ads from a market that had some."""
    UNREADABLE = "unreadable"
    FAILED = "failed"
    """Looks failed; how isn't known any more."""


_CAUSES = {
    Outcome.RATE_LIMITED: GapCause.REFUSED,
    Outcome.BLOCKED: GapCause.REFUSED,
    Outcome.SOFT_BLOCK: GapCause.SOFT_BLOCK,
    Outcome.SERVER_ERROR: GapCause.VENUE_ERROR,
    Outcome.VENUE_ERROR: GapCause.VENUE_ERROR,
    Outcome.TIMEOUT: GapCause.UNREACHABLE,
    Outcome.CONNECTION: GapCause.UNREACHABLE,
}


@dataclass(frozen=True, slots=True)
class GapReason:
    """Why one gap is there."""

    cause: GapCause
    failed_looks: int = 0
    http_status: int | None = None


def gap_reasons(lake: Lake, reader: RawReader, market_side: MarketSide, gaps: Sequence[Gap]) -> list[GapReason]:
    """A reason for each gap, in their order."""
    if not gaps:
        return []
    failed = _failed_looks(lake, market_side, gaps)
    found = []
    for place, gap in enumerate(gaps):
        rows = [row for row in failed if gap.seen_until <= row["snapshot_at"] < gap.seen_from]
        found.append(_reason(rows, reader if place >= len(gaps) - MOST_LOOKED_UP else None))
    return found


def _failed_looks(lake: Lake, market_side: MarketSide, gaps: Sequence[Gap]) -> list[dict[str, Any]]:
    columns = ["snapshot_at", "stop_reason", "raw_path", "raw_offset"]
    wanted = (compute.field("side") == str(market_side.side)) & ~is_usable()
    first, last = gaps[0].seen_until.date(), gaps[-1].seen_from.date()
    rows = lake.read_range(SNAPSHOTS, market_side.market.key, first, last, columns, wanted)
    return list(rows.sort_by("snapshot_at").to_pylist())


def _reason(rows: Sequence[dict[str, Any]], reader: RawReader | None) -> GapReason:
    if not rows:
        return GapReason(GapCause.NOBODY_LOOKED)
    usual, _ = Counter(row["stop_reason"] for row in rows).most_common(1)[0]
    cause, status = GapCause.SOFT_BLOCK if usual == StopReason.SOFT_BLOCK else GapCause.FAILED, None
    if reader is not None:
        sample = next(row for row in rows if row["stop_reason"] == usual)
        try:
            capture = reader.capture_at(sample["raw_path"], sample["raw_offset"])
        except (ClearError, OSError):
            # The bytes may be gone: they are kept only so long.
            return GapReason(cause, len(rows))
        cause, status = _CAUSES.get(capture.outcome, GapCause.UNREADABLE), capture.status
    return GapReason(cause, len(rows), status)
