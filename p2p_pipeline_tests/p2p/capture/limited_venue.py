"""A venue with a limit of its own, and a client that asks it at the pace's turns; simulated time, no sockets.

run = ask_for(600.0, Bucket(20.0, 20.0), PacingLimits(100.0), Travel(0.1, 0.2), seed=1)
run.share_of(20.0, 60.0, 600.0)         # of what the venue's limit allows in that span
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from p2p_pipeline.p2p.capture.pacing import (
    Pace,
    PacingLimits,
    after_slow_down,
    after_success,
    next_turn,
    starting_pace,
    take_turn,
)


class Bucket:
    """Lets through so many requests a second, and `holds` at once after a rest."""

    def __init__(self, per_second: float, holds: float) -> None:
        self.per_second = per_second
        self.holds = max(1.0, holds)
        self._tokens = self.holds
        self._last = 0.0

    def __call__(self, now: float) -> bool:
        self._tokens = min(self.holds, self._tokens + (now - self._last) * self.per_second)
        self._last = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


@dataclass(frozen=True, slots=True)
class Travel:
    """How long a request is on its way, there and back, and how late the client's clock wakes it."""

    seconds: float
    jitter: float = 0.0
    """As a share of `seconds`, to both sides."""
    late_seconds: float = 0.002

    def draw(self, chance: random.Random) -> float:
        return self.seconds * (1.0 + self.jitter * chance.uniform(-1.0, 1.0))


@dataclass(slots=True)
class Run:
    """What came of it, by simulated time."""

    pace: Pace
    sent: list[float] = field(default_factory=list)
    admitted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def share_of(self, per_second: float, begin: float, end: float) -> float:
        """What was let through in a span, of what a limit allows in it."""
        return sum(begin <= at < end for at in self.admitted) / (per_second * (end - begin))

    def refused_share(self, begin: float = 0.0) -> float:
        refused = sum(at >= begin for at in self.refused)
        return refused / max(1, refused + sum(at >= begin for at in self.admitted))


def ask_for(
    seconds: float,
    admits: Callable[[float], bool],
    limits: PacingLimits,
    travel: Travel,
    seed: int = 1,
    retry_after: float | None = 1.0,
    ceiling: float | None = None,
) -> Run:
    """Ask without end, one request at each turn, as many on their way as it takes."""
    chance, numbers = random.Random(seed), count()
    run = Run(starting_pace(limits, ceiling))
    events: list[tuple[float, int, str, float, float]] = [(0.0, next(numbers), "turn", 0.0, 0.0)]

    def then(at: float, what: str, sent_at: float, travels: float) -> None:
        heapq.heappush(events, (at, next(numbers), what, sent_at, travels))

    while events and events[0][0] <= seconds:
        now, _, what, sent_at, travels = heapq.heappop(events)
        if what == "turn":
            due = next_turn(run.pace, now)
            if due <= now:
                _, run.pace = take_turn(run.pace, limits, now, waiting_since=0.0)
                run.sent.append(now)
                travels = travel.draw(chance)
                then(now + travels / 2, "arrives", now, travels)
                due = next_turn(run.pace, now)
            then(due + chance.uniform(0.0, travel.late_seconds) * (due > now), "turn", 0.0, 0.0)
        elif what == "arrives":
            let_through = admits(now)
            (run.admitted if let_through else run.refused).append(now)
            then(now + travels / 2, "answers" if let_through else "refuses", sent_at, travels)
        elif what == "answers":
            run.pace = after_success(run.pace, limits, sent_at, now)
        else:
            run.pace = after_slow_down(run.pace, limits, sent_at, now, retry_after)
    return run
