"""Confirmed candles, each taken once, and the references that come of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.paper.events import Kline
from p2p_pipeline.paper.machine.market import KEPT, Past
from p2p_pipeline.paper.words import Said


class Reference(NamedTuple):
    """What moves are measured from: one candle's close, and the open interest value at its end."""

    start: int
    close: Decimal
    oiv: Decimal
    open_interest: Decimal | None = None
    """As of the same frame as `oiv`; only shown. None after a resume: the log does not have it."""
    end: int = 0


class Taken(NamedTuple):
    """What a candle changed."""

    said: Said | None
    reference: Reference | None
    """The new one; None leaves the one before."""


class Remembered(NamedTuple):
    """What the log says of a candle that was taken before a crash; without a reference that is its start alone."""

    end: int | None = None
    close: Decimal | None = None

    def is_of(self, kline: Kline) -> bool:
        """Whether nothing that is known of it speaks against a row."""
        return self.end in (None, kline.end) and self.close in (None, kline.close)


Candles = dict[int, str | Remembered]
"""End and numbers of the newest KEPT candles that were taken, by their start: as text, a tenth of what numbers take. A
session of 600 symbols in minutes took a GiB a day for candles that nobody sends again."""


def take_candle(
    candles: Candles, reference: Reference | None, past: Past, kline: Kline, at: int, max_age_ms: int
) -> Taken:
    """Take a confirmed candle unless its start is known; one that is known with other numbers is a conflict.

    A candle older than the reference's comes too late to replace it; one older than all that are kept is passed over.
    """
    numbers = _text_of(kline)
    place = {"symbol": kline.symbol, "start": kline.start}
    known = candles.get(kline.start)
    if known is not None:
        is_same = known.is_of(kline) if isinstance(known, Remembered) else known == numbers
        return Taken(None if is_same else Said(at, "candle_conflict", place), None)
    if len(candles) >= KEPT and kline.start < min(candles):
        return Taken(None, None)
    candles[kline.start] = numbers
    _forget(candles)
    was = past.at(kline.end)
    # nothing moves in per cent of 0
    if was is None or not was.value or not kline.close or kline.end - was.ts > max_age_ms:
        return Taken(Said(at, "reference_missing", place), None)
    fields = {**place, "end": kline.end, "close": kline.close, "ref_oiv": was.value, "ref_oiv_at": was.ts}
    said = Said(at, "candle_confirmed", fields)
    if reference is not None and kline.start < reference.start:
        return Taken(said, None)
    return Taken(said, Reference(kline.start, kline.close, was.value, was.open_interest, kline.end))


def remember(candles: Candles, start: int, candle: Remembered) -> None:
    """Take a candle that the log tells of; as many are kept as of those that came."""
    candles[start] = candle
    _forget(candles)


def _forget(candles: Candles) -> None:
    while len(candles) > KEPT:
        del candles[min(candles)]


def _text_of(kline: Kline) -> str:
    """The same for the same numbers, however they were written."""
    return " ".join([f"{kline.end}", *(f"{number.normalize(EXACT)}" for number in kline.numbers)])


def confirmed(rows: tuple[Kline, ...]) -> Iterator[Kline]:
    """The rows that are closed, in the order of the frame."""
    return (row for row in rows if row.is_confirmed)
