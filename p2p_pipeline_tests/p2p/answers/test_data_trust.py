"""The one sentence on the data is never kinder than what it rests on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.answers.checks import CheckHistory
from p2p_pipeline.p2p.answers.data_trust import TrustLevel, data_trust
from p2p_pipeline.p2p.answers.recorded_verdicts import Verdict
from p2p_pipeline.p2p.answers.slots import SlotCell, SlotLine
from p2p_pipeline.p2p.answers.venue_days import VenueState
from p2p_pipeline.p2p.markets import Market, MarketSide, Side

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SIDE = MarketSide(Market.parse("bybit.USDT-RUB"), Side.BUY)
KINDNESS = (TrustLevel.NOTHING_YET, TrustLevel.NOT_NOW, TrustLevel.WITH_CARE, TrustLevel.TRUSTED)


def check(*, passed: bool, is_error: bool, hours_ago: float = 1, name: str = "duplicates") -> CheckHistory:
    verdict = Verdict(NOW - timedelta(hours=hours_ago), passed, is_error, None, "", "")
    return CheckHistory(("bybit", "offers"), name, "", False, (verdict,))


def level(fresh: int, seen: int, *checks: CheckHistory, sides: int = 4, wanted: int = 100) -> TrustLevel:
    states = [VenueState("bybit", sides, fresh, NOW)]
    lines = [SlotLine(SIDE, (SlotCell(NOW, wanted, seen),))]
    return data_trust(states, lines, checks, NOW, max_missing_share=0.02).level


@given(
    fresh=st.integers(0, 4), worse=st.integers(0, 4), seen=st.integers(0, 100), passed=st.booleans(),
    is_error=st.booleans(),
)  # fmt: skip
def test_less_that_is_fresh_and_a_check_more_that_fails_never_make_it_kinder(
    fresh: int, worse: int, seen: int, *, passed: bool, is_error: bool
) -> None:
    one = check(passed=passed, is_error=is_error)
    best = KINDNESS.index(level(fresh, seen))
    assert KINDNESS.index(level(min(fresh, worse), seen)) <= best
    assert KINDNESS.index(level(fresh, seen, one)) <= best


def test_each_level_has_its_reason() -> None:
    assert level(4, 100) is TrustLevel.TRUSTED
    assert level(4, 99) is TrustLevel.TRUSTED, "within what the settings allow"
    assert level(4, 97) is TrustLevel.WITH_CARE
    assert level(3, 100) is TrustLevel.WITH_CARE
    assert level(0, 100) is TrustLevel.NOT_NOW
    assert level(4, 100, check(passed=False, is_error=False)) is TrustLevel.WITH_CARE
    assert level(4, 100, check(passed=False, is_error=True)) is TrustLevel.NOT_NOW
    assert level(0, 0, wanted=0) is TrustLevel.NOTHING_YET


def test_what_a_check_said_days_ago_and_how_markets_behave_count_neither_way() -> None:
    assert level(4, 100, check(passed=False, is_error=True, hours_ago=72)) is TrustLevel.TRUSTED
    assert level(4, 100, check(passed=False, is_error=True, name="nothing_unusual")) is TrustLevel.TRUSTED
