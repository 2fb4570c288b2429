"""Whether a symbol's moves since its references ask for a position. Pure, and exact: nothing is divided to decide."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum, auto

from p2p_pipeline.exchanges.scan.exact import rounded_quotient
from p2p_pipeline.paper.machine.candles import Reference
from p2p_pipeline.paper.settings import Long, PaperSettings, Short
from p2p_pipeline.paper.words import Side


class Signal(Enum):
    """What the moves ask for."""

    NONE = auto()
    LONG = auto()
    SHORT = auto()
    CONFLICTING = auto()
    """Both directions' thresholds hold: neither counts."""

    @property
    def side(self) -> Side | None:
        """The side of a position, if one is asked for."""
        return {Signal.LONG: Side.LONG, Signal.SHORT: Side.SHORT}.get(self)


def evaluate(mark: Decimal, oiv: Decimal, reference: Reference, settings: PaperSettings) -> Signal:
    """Judge the moves; only inside EXACT."""
    price_move, oiv_move = (mark - reference.close) * 100, (oiv - reference.oiv) * 100

    def holds(wanted: Long | Short | None) -> bool:
        return (
            wanted is not None
            and _reached(price_move, wanted.price_move_pct, reference.close)
            and _reached(oiv_move, wanted.oiv_move_pct, reference.oiv)
        )

    is_long, is_short = holds(settings.long), holds(settings.short)
    if is_long and is_short:
        return Signal.CONFLICTING
    return Signal.LONG if is_long else Signal.SHORT if is_short else Signal.NONE


def move_pct(value: Decimal, reference: Decimal) -> Decimal:
    """A move as the log tells it, to 12 decimals; only inside EXACT."""
    return rounded_quotient((value - reference) * 100, reference)


def _reached(move_by_reference: Decimal, threshold: Decimal, reference: Decimal) -> bool:
    wanted = threshold * reference
    return move_by_reference >= wanted if threshold > 0 else move_by_reference <= wanted
