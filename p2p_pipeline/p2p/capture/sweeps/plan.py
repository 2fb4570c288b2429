"""Which market sides a sweep reads, and in which order. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from p2p_pipeline.p2p.capture.soft_block import SWEPT, SideMemory
from p2p_pipeline.p2p.markets import MarketSide

LONGEST_UNASKED_SECONDS = 86_400.0
"""However rarely empty market sides are to be asked: each one at least once a day."""
_SOONEST_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class SideRecord:
    """What is remembered of one market side from sweep to sweep."""

    offers: int = 0
    """How many it had when it last had any; 0 again once it is believed to be empty."""
    read_at: float | None = None
    """When it was last read to its end, in seconds since 1970."""
    empties: int = 0
    """Empty answers in a row that were not believed."""
    is_empty: bool = False
    """Whether it was last read to its end and had no offers."""
    is_missed: bool = False
    """Whether it was due in the last sweep and was not read to its end."""


UNKNOWN = SideRecord()


def share_of(fiat: str, workers: int) -> int:
    """Which of so many workers sweeps a fiat, from 1.

    Told from its name alone, so that no fiat changes hands when the venue lists one more.
    """
    digest = hashlib.blake2b(fiat.encode(), digest_size=8).digest()
    return int.from_bytes(digest) % workers + 1


def due_sides(
    listed: Iterable[MarketSide],
    records: Mapping[MarketSide, SideRecord],
    now_seconds: float,
    empty_again_seconds: float,
) -> tuple[MarketSide, ...]:
    """The market sides to read now, in order.

    First those that the last sweep missed, then those longest unread (one never read is the longest), and of equally
    old ones the biggest, so that no long book is left for the end; at last those that were empty and are due again.
    Where nothing is known they are mixed: one after the other by name, whole rows of empty markets would come first.
    """
    due = [side for side in set(listed) if is_due(side, records.get(side, UNKNOWN), now_seconds, empty_again_seconds)]

    def rank(side: MarketSide) -> tuple[bool, bool, float, int, float, MarketSide]:
        record = records.get(side, UNKNOWN)
        return not record.is_missed, record.is_empty, _read_at(record, now_seconds), -record.offers, _place(side), side

    return tuple(sorted(due, key=rank))


def is_due(side: MarketSide, record: SideRecord, now_seconds: float, empty_again_seconds: float) -> bool:
    """Whether a market side is to be read now: always, but for one that was empty a short while ago.

    Each empty side has its own interval, between three quarters of the wanted one and all of it: those found empty by
    one sweep must not all come back in one.
    """
    if not record.is_empty or record.is_missed or record.read_at is None:
        return True
    longest = min(empty_again_seconds, LONGEST_UNASKED_SECONDS)
    interval = longest * (_SOONEST_SHARE + (1.0 - _SOONEST_SHARE) * _place(side))
    # A clock that was set back makes the last reading lie ahead: then nothing is known about how long ago it was.
    return not 0.0 <= now_seconds - record.read_at < interval


def after_reading(read_at: float, offers: int) -> SideRecord:
    """The record of a market side that was read to its end."""
    return SideRecord(offers=offers, read_at=read_at, is_empty=offers == 0)


def after_failure(record: SideRecord, offers: int, is_empty_answer: bool) -> SideRecord:
    """The record of one that was due and was not; `offers` is what was seen of it anyway."""
    return replace(
        record,
        offers=max(record.offers, offers),
        empties=record.empties + 1 if is_empty_answer else 0 if offers else record.empties,
        is_missed=True,
    )


def side_memory(record: SideRecord) -> SideMemory:
    """The same for the soft block's judgement: one that was believed to be empty may be so still, without witnesses."""
    if record.is_empty:
        return SideMemory(0, SWEPT.alone_after_empties, SWEPT.alone_after_empties)
    return SideMemory(record.offers, record.empties, record.empties)


def _read_at(record: SideRecord, now_seconds: float) -> float:
    return float("-inf") if record.read_at is None or record.read_at > now_seconds else record.read_at


def _place(side: MarketSide) -> float:
    return int.from_bytes(hashlib.blake2b(str(side).encode(), digest_size=4).digest()) / 2**32
