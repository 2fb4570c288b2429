"""Why a market side was not read: decided by its reason, told in a sentence."""

from __future__ import annotations

import pytest

from p2p_pipeline.p2p.capture.side_reading import SnapshotDraft, SnapshotName
from p2p_pipeline.p2p.capture.sweeps.unread import Unread, Why, why_not_asked, why_unread
from p2p_pipeline.p2p.markets import Market, MarketSide, Side, Source
from p2p_pipeline.p2p.raw.capture import StopReason

SIDE = MarketSide(Market("binance", "USDT", "BOB"), Side.BUY)


def draft(reason: StopReason | None = None, message: str | None = None) -> SnapshotDraft:
    made = SnapshotDraft(SnapshotName("binance.USDT-BOB:BUY:20260801T000000000Z", 1, Source.LIVE), SIDE)
    if reason is not None:
        made.stop(reason, message)
    return made


def test_a_venue_that_happens_to_say_our_own_words_is_not_taken_for_a_stopped_sweep() -> None:
    said = "The sweep was stopped while it was read, says the venue"
    made = draft(StopReason.FAILED, said)
    unread = why_unread(made, made.state, was_stopped=False)
    assert (unread.why, unread.sentence) == (Why.BROKEN_OFF, said)
    made = draft(StopReason.FAILED, "It was not asked to be nice")
    assert not why_unread(made, made.state, was_stopped=False).why.is_not_asked


@pytest.mark.parametrize(
    ("problem", "seconds", "why", "sentence"),
    [
        (OSError("the disk is full"), 9.0, Why.NOTHING_CAN_BE_STORED, "It was not asked: the disk is full"),
        (None, 9.0, Why.SWEEP_ENDED, "It was not asked: the sweep was stopped."),
        (
            None,
            0.0,
            Why.NO_TIME,
            "It was not asked: the sweep's time was used up before its turn; the next sweep begins with it.",
        ),
    ],
)
def test_a_market_side_without_a_turn_says_why_and_that_no_request_was_sent(
    problem: Exception | None, seconds: float, why: Why, sentence: str
) -> None:
    unread = why_not_asked(problem, seconds)
    assert (unread.why, unread.sentence, unread.why.is_not_asked) == (why, sentence, True)


def test_a_stopped_market_side_says_the_last_that_was_heard() -> None:
    made = draft(StopReason.BUDGET)
    assert why_unread(made, made.state, was_stopped=True) == Unread(Why.STOPPED)
    assert Unread(Why.STOPPED, "no answer").sentence == "The sweep was stopped while it was read; last: no answer"
