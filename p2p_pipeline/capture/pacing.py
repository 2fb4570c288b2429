"""How fast one venue is asked: slower when it says so, faster again while it doesn't. Pure.

All market sides of a venue share one pace, because the venue counts requests by address, not by market.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class PacingLimits:
    """Between what the pace moves."""

    requests_per_second: float = 4.0
    """Where it starts and what it recovers to."""
    minimum_per_second: float = 0.05
    slow_down_factor: float = 0.5
    """What a refusal multiplies the pace by."""
    recover_per_success: float = 0.02
    """What a success adds, as a share of `requests_per_second`: fifty successes win back a whole slow-down."""
    longest_pause_seconds: float = 3600.0
    """A venue that asks for more than this is asked again after it: a Retry-After of years is a mistake."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Where the pacing of one venue stands. Times are seconds of the monotonic clock."""

    per_second: float
    next_at: float = 0.0
    """When the next request may start."""
    paused_until: float = 0.0
    """Until when the venue asked to be left alone."""
    slowed_at: float = float("-inf")


def starting_pace(limits: PacingLimits) -> Pace:
    """The pace of a venue nothing is known about."""
    return Pace(limits.requests_per_second)


def take_turn(pace: Pace, now: float) -> tuple[float, Pace]:
    """Take the next request's turn: when it may start, and the pace with that turn taken."""
    start = max(now, pace.next_at, pace.paused_until)
    return start, replace(pace, next_at=start + 1.0 / pace.per_second)


def next_turn(pace: Pace, now: float) -> float:
    """When the next request could start, without taking the turn."""
    return max(now, pace.next_at, pace.paused_until)


def after_success(pace: Pace, limits: PacingLimits) -> Pace:
    """Recover a little."""
    per_second = pace.per_second + limits.recover_per_success * limits.requests_per_second
    return replace(pace, per_second=min(limits.requests_per_second, per_second))


def after_slow_down(
    pace: Pace, limits: PacingLimits, sent_at: float, now: float, retry_after_seconds: float | None
) -> Pace:
    """Slow down after a 429, 418, 403 or an error body that means the same, and pause for a Retry-After.

    Requests that were already on their way at the last slow-down tell nothing about the pace chosen there: a burst of
    refusals slows down once.
    """
    slowed = pace
    if sent_at >= pace.slowed_at:
        per_second = max(limits.minimum_per_second, pace.per_second * limits.slow_down_factor)
        # Turns that were given out at the old pace stay; the next one keeps the new distance from now.
        slowed = replace(pace, per_second=per_second, slowed_at=now, next_at=max(pace.next_at, now + 1.0 / per_second))
    return slowed if retry_after_seconds is None else paused(slowed, limits, now, retry_after_seconds)


def paused(pace: Pace, limits: PacingLimits, now: float, seconds: float) -> Pace:
    """Leave the venue alone for that long, or longer when it asked for longer before."""
    pause = min(max(0.0, seconds), limits.longest_pause_seconds)
    return replace(pace, paused_until=max(pace.paused_until, now + pause))
