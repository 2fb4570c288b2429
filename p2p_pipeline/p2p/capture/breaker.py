"""The circuit breaker of one venue: a venue that is down is asked once in a while, not by every market side. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from p2p_pipeline.p2p.raw.capture import Outcome

COUNTED = frozenset(set(Outcome) - {Outcome.OK, Outcome.RATE_LIMITED, Outcome.SOFT_BLOCK})
"""What counts as a failure. A rate limit is the pacing's business: the venue is well, we were too fast."""


class Permission(StrEnum):
    """What the breaker says to a request."""

    GO = "go"
    PROBE = "probe"
    """This one request may try whether the venue is back."""
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """When it opens and for how long."""

    failures_to_open: int = 8
    first_pause_seconds: float = 15.0
    longest_pause_seconds: float = 300.0
    probe_timeout_seconds: float = 60.0
    """A probe that never reported back (its tick was killed) is forgotten after this long."""


PATIENT_BREAKER = BreakerLimits(first_pause_seconds=5.0, longest_pause_seconds=30.0)
"""For a session that waits until the venue is back: it must not sleep through much of its minutes."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """Where the breaker of one venue stands. Times are seconds of the monotonic clock."""

    failures: int = 0
    """Failures since the last success."""
    open_until: float | None = None
    pause_seconds: float = 0.0
    probing_since: float | None = None
    reason: str | None = None
    """The last failure in one sentence."""


def ask_permission(breaker: Breaker, limits: BreakerLimits, now: float) -> tuple[Permission, Breaker]:
    """Whether a request may go, and the breaker after that answer."""
    if breaker.open_until is None:
        return Permission.GO, breaker
    if now < breaker.open_until:
        return Permission.STOP, breaker
    if breaker.probing_since is not None and now - breaker.probing_since < limits.probe_timeout_seconds:
        return Permission.STOP, breaker
    return Permission.PROBE, replace(breaker, probing_since=now)


def is_stopped(breaker: Breaker, limits: BreakerLimits, now: float) -> bool:
    """Whether a request would be stopped now, without asking for permission."""
    return ask_permission(breaker, limits, now)[0] is Permission.STOP


def after_answer(breaker: Breaker) -> Breaker:
    """Close: the venue answered as it should."""
    return Breaker() if breaker.failures or breaker.open_until is not None else breaker


def after_failure(breaker: Breaker, limits: BreakerLimits, now: float, reason: str) -> Breaker:
    """Count a failure; open at the limit, and twice as long each time a probe fails."""
    counted = replace(breaker, failures=breaker.failures + 1, reason=reason)
    if breaker.open_until is None:
        if counted.failures < limits.failures_to_open:
            return counted
        return replace(counted, open_until=now + limits.first_pause_seconds, pause_seconds=limits.first_pause_seconds)
    if breaker.probing_since is None:
        # A request that was on its way when the breaker opened: it says nothing new.
        return counted
    pause = min(limits.longest_pause_seconds, breaker.pause_seconds * 2.0)
    return replace(counted, open_until=now + pause, pause_seconds=pause, probing_since=None)


def explain(breaker: Breaker, venue: str, now: float) -> str:
    """One line for a person on why the venue is not asked now."""
    seconds = max(0.0, (breaker.open_until or now) - now)
    again = f"tried again in {seconds:.0f} s" if seconds >= 1 else "tried again now"
    return f"{venue} failed {breaker.failures} times in a row ({(breaker.reason or '').rstrip('.')}); {again}"
