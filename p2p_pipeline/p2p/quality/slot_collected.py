"""Did a slot's collection get every market side? The one property that is judged every 30 seconds."""

from __future__ import annotations

from collections.abc import Mapping

from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.markets import MarketSide, slot_start
from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity, sampled


def slot_collected(problems: Mapping[MarketSide, str | None], slot: int) -> QualityOutcome:
    """Every market side has its snapshot of a slot. `problems` says for each side what stood in the way, or None."""
    failed = {side: problem for side, problem in problems.items() if problem is not None}
    got = len(problems) - len(failed)
    return QualityOutcome(
        name="slot_collected",
        passed=not failed,
        severity=Severity.WARN if got else Severity.ERROR,
        expected=Told("a snapshot of all {all} market sides", all=len(problems)),
        observed=Told(
            "{got} of {all} in the slot of {at:%Y-%m-%d %H:%M:%S} UTC", got=got, all=len(problems), at=slot_start(slot)
        ),
        sample=sampled([{"market_side": str(side), "problem": problem} for side, problem in failed.items()]),
        limit=0.0,
        bad=len(failed),
        total=len(problems),
    )
