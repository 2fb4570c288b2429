"""A candle whose end never came is asked for by REST; one that came, or that nobody could have heard, is not."""

from __future__ import annotations

from decimal import Decimal

from p2p_pipeline.paper.events import Instrument
from p2p_pipeline.paper.live.candles import AGAIN_MS, GRACE_MS, MOST_ATTEMPTS, LostCandles
from p2p_pipeline.paper.machine.state import Session, new_session
from p2p_pipeline.paper.machine.trading import Traded
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline_tests.paper.sessions import CONFIG

MINUTE = 60_000
FROZEN = 1_700_000_040_000
"""20 seconds before the end of a minute."""
END = FROZEN // MINUTE * MINUTE + MINUTE
"""Of the first candle that can be heard."""


def frozen(*symbols: str) -> Session:
    session = new_session("test", PaperSettings.model_validate(CONFIG))
    session.is_frozen = True
    for symbol in symbols:
        step = Decimal("0.1")
        session.traded[symbol] = Traded(
            Instrument(symbol, step, step, step, Decimal(1000), step), session.market_of(symbol)
        )
    return session


def asked_at(lost: LostCandles, session: Session, now: int) -> list[str]:
    found = []
    while (symbol := lost.next(session, now)) is not None:
        found.append(symbol)
    return found


def test_a_candle_that_did_not_end_is_asked_for_once_some_seconds_after_its_end() -> None:
    session, lost = frozen("AAAUSDT", "BBBUSDT"), LostCandles()
    assert asked_at(lost, session, FROZEN) == []
    session.traded["AAAUSDT"].candles[END - MINUTE] = f"{END - 1}"
    assert asked_at(lost, session, END + GRACE_MS - 1) == []
    assert asked_at(lost, session, END + GRACE_MS) == ["BBBUSDT"]
    assert asked_at(lost, session, END + GRACE_MS + 1000) == []


def test_a_candle_that_was_over_before_the_universe_was_frozen_is_nobodys() -> None:
    session, lost = frozen("AAAUSDT"), LostCandles()
    assert asked_at(lost, session, END) == []
    assert asked_at(lost, session, END + GRACE_MS) == []
    assert asked_at(lost, session, END + MINUTE + GRACE_MS) == ["AAAUSDT"]


def test_an_answer_that_does_not_have_it_is_asked_for_again_but_not_for_ever_and_the_next_candle_anew() -> None:
    session, lost = frozen("AAAUSDT"), LostCandles()
    lost.next(session, FROZEN)
    length = 4 * MINUTE
    session.settings = PaperSettings.model_validate({**CONFIG, "timeframe_minutes": 240})
    end = FROZEN // (60 * length) * (60 * length) + 60 * length
    times = [now for now in range(end, end + length, 1000) if asked_at(lost, session, now)]
    assert times == [end + GRACE_MS + AGAIN_MS * attempt for attempt in range(MOST_ATTEMPTS)]
    assert asked_at(lost, session, end + 60 * length + GRACE_MS) == ["AAAUSDT"]


def test_before_there_is_a_universe_nothing_is_lost() -> None:
    session = frozen("AAAUSDT")
    session.is_frozen = False
    assert asked_at(LostCandles(), session, END + MINUTE + GRACE_MS) == []
