"""How fast one venue is asked: never faster than the settings say, and as fast as the venue puts up with. Pure.

All market sides of a venue share one pace, because the venue counts requests by address, not by market.

What a venue puts up with is unknown and is told by its refusals. At a refusal its allowance is used up, so what it let
through from one refusal to the next, over the time between them, is what it puts up with. That is the pace's ceiling:
the pace goes on a little below it, comes back to it, rests there, and then probes above it, gently first. A limit that
was lifted is thus forgotten, in minutes. (The curve is CUBIC's, of TCP, in the logarithm of the pace.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log

from p2p_pipeline.p2p.capture.pacing_limits import PacingLimits

__all__ = [
    "Pace",
    "PacingLimits",
    "after_slow_down",
    "after_success",
    "known_ceiling",
    "next_turn",
    "paused",
    "starting_pace",
    "take_turn",
    "unpaused_seconds",
]

_LONGEST_GAP_SECONDS = 2.0
"""Of the time between two answers no more than this counts as asking: a pause teaches nothing."""
_FASTEST_GROWTH = 50.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Where the pacing of one venue stands. Times are seconds of the monotonic clock."""

    per_second: float
    next_at: float = 0.0
    """When the next request may start."""
    paused_until: float = 0.0
    """Until when the venue asked to be left alone."""
    paused_seconds: float = 0.0
    """All such pauses together, the one that is not over yet too."""
    slowed_at: float = float("-inf")
    ceiling: float = float("inf")
    """What the venue seems to put up with: the pace returns to it and then probes above it."""
    slowed_to: float = 0.0
    """The pace right after the last slow-down."""
    return_seconds: float = 1.0
    """How much asking brings it back to the ceiling."""
    return_requests: float = float("inf")
    """The same in requests: fewer while slowing down does not help."""
    asking_seconds: float = 0.0
    """Spent asking, with success, since the last slow-down."""
    answered_at: float | None = None
    counted_from: float | None = None
    """The refusal since which successes are counted."""
    admitted: int = 0


def starting_pace(limits: PacingLimits, ceiling: float | None = None) -> Pace:
    """The pace of a venue nothing is known about; with a ceiling, of one that put up with so much a while ago."""
    unknown = Pace(limits.requests_per_second, return_requests=limits.most_return_requests)
    if ceiling is None or ceiling >= limits.requests_per_second:
        return unknown
    ceiling = max(limits.minimum_per_second, ceiling)
    slowed_to = max(limits.minimum_per_second, limits.keep_of_ceiling * ceiling)
    seconds = min(limits.longest_return_seconds, limits.most_return_requests / ceiling)
    return replace(unknown, per_second=slowed_to, ceiling=ceiling, slowed_to=slowed_to, return_seconds=seconds)


def known_ceiling(pace: Pace, limits: PacingLimits) -> float | None:
    """What the venue is known to put up with, for whoever asks it next; None when that is all that we ask."""
    known = max(pace.ceiling, pace.per_second)
    return known if known < limits.requests_per_second else None


def next_turn(pace: Pace, now: float) -> float:
    """When the next request could start, without taking the turn."""
    return max(now, pace.next_at, pace.paused_until)


def take_turn(pace: Pace, limits: PacingLimits, now: float, waiting_since: float | None = None) -> tuple[float, Pace]:
    """Take the next request's turn: when it may start, and the pace with that turn taken.

    One that has been waiting since a moment may have its turn in the past: sleeping is never exact, and a delay must
    not add up. But no more than `catch_up_seconds` are made good, and time that nobody waited for is not saved up.
    """
    ready = now if waiting_since is None else min(now, max(waiting_since, now - limits.catch_up_seconds))
    start = max(ready, pace.next_at, pace.paused_until)
    return start, replace(pace, next_at=start + 1.0 / pace.per_second)


def after_success(pace: Pace, limits: PacingLimits, sent_at: float, now: float) -> Pace:
    """Learn from an answer: what the venue let through, and for how long it has gone well."""
    admitted = pace.admitted + (pace.counted_from is not None and sent_at >= pace.counted_from)
    if sent_at < pace.slowed_at or pace.ceiling == float("inf"):
        return replace(pace, admitted=admitted)
    gap = 1.0 / pace.per_second if pace.answered_at is None else max(0.0, now - pace.answered_at)
    asking_seconds = pace.asking_seconds + min(gap, _LONGEST_GAP_SECONDS)
    grown = replace(pace, admitted=admitted, asking_seconds=asking_seconds, answered_at=now)
    return replace(grown, per_second=min(limits.requests_per_second, _on_the_curve(grown, limits)))


def after_slow_down(
    pace: Pace,
    limits: PacingLimits,
    sent_at: float,
    now: float,
    retry_after_seconds: float | None,
    *,
    is_block: bool = False,
) -> Pace:
    """Slow down after a 429, 418, 403 or an error body that means the same, and pause for a Retry-After.

    Requests that were already on their way at the last slow-down tell nothing about the pace chosen there: a burst of
    refusals slows down once. `is_block` says that the venue wants more than a little less: 403, 418.
    """
    slowed = pace
    if sent_at >= pace.slowed_at:
        is_block = is_block or (retry_after_seconds or 0.0) >= limits.block_seconds
        measured = None if is_block else _let_through(pace, limits, sent_at)
        if measured is None:
            slowed = _halved(pace, limits, sent_at, is_block)
        else:
            slowed = _lowered(pace, limits, sent_at, measured, retry_after_seconds or 0.0)
        # Turns that were given out at the old pace stay; the next one keeps the new distance from now.
        next_at = max(pace.next_at, now + 1.0 / slowed.per_second)
        slowed = replace(
            slowed, slowed_at=now, slowed_to=slowed.per_second, next_at=next_at, asking_seconds=0.0, answered_at=None
        )
    return slowed if retry_after_seconds is None else paused(slowed, limits, now, retry_after_seconds)


def paused(pace: Pace, limits: PacingLimits, now: float, seconds: float) -> Pace:
    """Leave the venue alone for that long, or longer when it asked for longer before."""
    pause = min(max(0.0, seconds), limits.longest_pause_seconds)
    until = max(pace.paused_until, now + pause)
    longer = max(0.0, until - max(now, pace.paused_until))
    return replace(pace, paused_until=until, paused_seconds=pace.paused_seconds + longer)


def unpaused_seconds(pace: Pace, now: float) -> float:
    """The clock as it were if it stood still in every pause: for what waits for the venue, but not for its pauses."""
    return now - pace.paused_seconds + max(0.0, pace.paused_until - now)


def _let_through(pace: Pace, limits: PacingLimits, sent_at: float) -> float | None:
    """What the venue let through in a second, from a refusal to this one; None when too little was seen to tell."""
    if pace.counted_from is None or sent_at <= pace.counted_from or pace.admitted < limits.admitted_to_tell:
        return None
    return (pace.admitted + 1) / (sent_at - pace.counted_from)


def _lowered(pace: Pace, limits: PacingLimits, sent_at: float, measured: float, pause_seconds: float) -> Pace:
    # What was let through is too little when some of the allowance ran over unused in a pause; the pace that was
    # refused is too much. Between the two.
    between = (measured * pace.per_second) ** 0.5
    ceiling = min(pace.per_second, max(limits.slow_down_factor * pace.per_second, between))
    # A refusal before the pace was back at its ceiling: slowing down does not help (a venue that refuses by chance),
    # so do it for fewer requests.
    is_early = pace.asking_seconds < pace.return_seconds
    requests = pace.return_requests * (0.5 if is_early else 1.5)
    requests = min(limits.most_return_requests, max(limits.least_return_requests, requests))
    wanted_seconds = max(requests / ceiling, limits.asking_per_pause * pause_seconds)
    return replace(
        pace,
        ceiling=max(limits.minimum_per_second, ceiling),
        per_second=max(limits.minimum_per_second, limits.keep_of_ceiling * ceiling),
        return_seconds=min(limits.longest_return_seconds, wanted_seconds),
        return_requests=requests,
        counted_from=sent_at,
        admitted=0,
    )


def _halved(pace: Pace, limits: PacingLimits, sent_at: float, is_block: bool) -> Pace:
    has_answered = pace.asking_seconds > 0.0 or pace.ceiling == float("inf")
    # Refusals with no answer between them say nothing about how much would be well once they are over.
    ceiling = pace.per_second if has_answered else pace.ceiling
    least = limits.minimum_per_second if is_block else max(limits.minimum_per_second, ceiling / limits.deepest)
    return replace(
        pace,
        ceiling=ceiling,
        per_second=min(pace.per_second, max(least, limits.slow_down_factor * pace.per_second)),
        return_seconds=limits.longest_return_seconds if is_block else limits.comeback_seconds,
        counted_from=sent_at if pace.counted_from is None else pace.counted_from,
        admitted=0 if pace.counted_from is None else pace.admitted,
    )


def _on_the_curve(pace: Pace, limits: PacingLimits) -> float:
    """Back to the ceiling, fast first and ever slower; then above it, slowly first and ever faster."""
    left = 1.0 - pace.asking_seconds / pace.return_seconds
    steepness = log(pace.slowed_to / pace.ceiling) if left > 0.0 else log(limits.keep_of_ceiling)
    return pace.ceiling * exp(min(_FASTEST_GROWTH, steepness * left**3))
