"""Between what a venue's pace moves, and how quickly.

The numbers were chosen by simulation against token buckets (test_pacing_simulated.py holds what they promise).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PacingLimits:
    """Between what the pace moves."""

    requests_per_second: float = 4.0
    """Where it starts and what it recovers to: it is never faster."""
    minimum_per_second: float = 0.05
    slow_down_factor: float = 0.5
    """What a refusal multiplies the pace by at most, and by exactly when too little is known to measure."""
    keep_of_ceiling: float = 0.95
    """Where the pace goes on when what the venue puts up with was measured."""
    longest_pause_seconds: float = 3600.0
    """A venue that asks for more than this is asked again after it: a Retry-After of years is a mistake."""
    block_seconds: float = 30.0
    """A Retry-After of so long is no hint about the pace but a block."""
    admitted_to_tell: int = 5
    """So many answers between two refusals say what the venue puts up with."""
    deepest: float = 50.0
    """Refusals in a row bring the pace down to this part of its ceiling, unless they are a block."""
    comeback_seconds: float = 10.0
    """How much asking brings a halved pace back."""
    longest_return_seconds: float = 40.0
    """How much asking brings a lowered pace back, at most: twice that is about the time from probe to probe."""
    most_return_requests: float = 200.0
    least_return_requests: float = 20.0
    asking_per_pause: float = 10.0
    """A pause that a probe costs is worth so many times its length of asking."""
    catch_up_seconds: float = 0.05
    """Delays of this length are made good, longer ones are lost: what is made good comes on top of the rate."""
