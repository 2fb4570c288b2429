"""Whether and when a failed request is asked again. Pure, but for the random generator passed in."""

from __future__ import annotations

import random
from dataclasses import dataclass

from p2p_pipeline.p2p.raw.capture import Outcome

RETRYABLE = frozenset(
    {
        Outcome.RATE_LIMITED,
        Outcome.SERVER_ERROR,
        Outcome.NOT_JSON,
        Outcome.TIMEOUT,
        Outcome.CONNECTION,
        Outcome.TRUNCATED,
    }
)
"""What may be gone a second later. A block, a redirect, an answer too large or of another shape will be there again."""

SLOW_DOWN = frozenset({Outcome.RATE_LIMITED, Outcome.BLOCKED})
"""What says that the venue was asked too fast."""

_PATIENT_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class RetryLimits:
    """How often and how patiently one page is asked for."""

    max_attempts: int = 4
    base_seconds: float = 0.4
    longest_seconds: float = 5.0


def backoff_seconds(attempt: int, limits: RetryLimits, random_source: random.Random) -> float:
    """How long to wait after the attempt of that number (from 1): full jitter under an exponential ceiling.

    Full jitter, because market sides that failed together must not come back together.
    """
    ceiling = min(limits.longest_seconds, limits.base_seconds * 2.0 ** (attempt - 1))
    return random_source.uniform(0.0, ceiling)


def retry_wait(outcome: Outcome, attempt: int, limits: RetryLimits, random_source: random.Random) -> float | None:
    """Seconds to wait before the next attempt, or None when there should be none."""
    if outcome not in RETRYABLE or attempt >= limits.max_attempts:
        return None
    return backoff_seconds(attempt, limits, random_source)


def patient_wait(outcome: Outcome, attempt: int, limits: RetryLimits, random_source: random.Random) -> float | None:
    """The same for somebody with minutes: what asking again seldom helps is still asked for once more."""
    if outcome not in RETRYABLE and attempt >= _PATIENT_ATTEMPTS:
        return None
    return None if attempt >= limits.max_attempts else backoff_seconds(attempt, limits, random_source)
