"""A session of weeks keeps the newest candles of a symbol, and takes none a second time because it forgot it."""

from __future__ import annotations

from decimal import Decimal

from p2p_pipeline.paper.events import Kline
from p2p_pipeline.paper.machine.candles import Candles, take_candle
from p2p_pipeline.paper.machine.market import KEPT, Past
from p2p_pipeline.paper.words import Said

MINUTE = 60_000


def taken(candles: Candles, start: int, close: str = "100") -> Said | None:
    past = Past(MINUTE)
    past.add(start + MINUTE - 1, Decimal(1))
    kline = Kline("AAAUSDT", start, start + MINUTE - 1, True, (Decimal(close),) * 6)
    return take_candle(candles, None, past, kline, start + MINUTE, 10_000).said


def test_the_newest_candles_are_known_and_older_ones_are_passed_over_but_never_taken_again() -> None:
    candles: Candles = {}
    days = 3 * 24 * 60
    for number in range(days):
        said = taken(candles, number * MINUTE)
        assert said is not None
        assert said.type == "candle_confirmed"
        assert len(candles) <= KEPT
    newest = (days - 1) * MINUTE
    conflict = taken(candles, newest - (KEPT - 1) * MINUTE, "101")
    assert conflict is not None
    assert conflict.type == "candle_conflict"
    assert taken(candles, 0) is None
    assert taken(candles, 0, "101") is None
    assert len(candles) == KEPT


def test_the_same_numbers_written_otherwise_are_no_conflict() -> None:
    candles: Candles = {}
    assert taken(candles, 0, "100") is not None
    assert taken(candles, 0, "100.00") is None
    conflict = taken(candles, 0, "100.01")
    assert conflict is not None
    assert conflict.type == "candle_conflict"
