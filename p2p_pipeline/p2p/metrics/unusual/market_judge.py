"""A market's measures hour by hour: each looked at, all judged together, then each decided on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from p2p_pipeline.p2p.metrics.unusual.grid import Floats
from p2p_pipeline.p2p.metrics.unusual.judge import NO_VALUE, Judge, Verdict
from p2p_pipeline.p2p.metrics.unusual.level import LevelChoice
from p2p_pipeline.p2p.metrics.unusual.together import Member, Together


class MarketJudge:
    """Goes through a market's hours in time's order; what it says of an hour uses nothing that came later."""

    def __init__(self, members: Sequence[Member], chosen: Sequence[LevelChoice]) -> None:
        self._judges = [Judge(one.kind, choice) for one, choice in zip(members, chosen, strict=True)]
        self._together = Together(members)

    def verdicts(self, hour: int, levels: Floats, offsets: Floats) -> list[Verdict]:
        """A verdict for each measure of an hour; NaN has no value."""
        looks = [
            judge.look(hour, float(level), float(offset)) if np.isfinite(level) else None
            for judge, level, offset in zip(self._judges, levels, offsets, strict=True)
        ]
        joint = self._together.judge(hour, looks)
        return [
            NO_VALUE
            if look is None
            else judge.decide(
                look,
                joint.thresholds[place],
                joint.score,
                tuple(other for other in joint.moved if other != place) if joint.moved else (),
            )
            for place, (judge, look) in enumerate(zip(self._judges, looks, strict=True))
        ]


def judged_together(
    members: Sequence[Member], chosen: Sequence[LevelChoice], first_hour: int, levels: Floats, offsets: Floats
) -> list[list[Verdict]]:
    """The verdicts of every hour (outer) and measure (inner); `levels` and `offsets` have an hour a row."""
    judge = MarketJudge(members, chosen)
    return [judge.verdicts(first_hour + place, *row) for place, row in enumerate(zip(levels, offsets, strict=True))]
