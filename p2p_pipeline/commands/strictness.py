"""The cost of strictness in words: what `p2p now` says of the other profiles."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline.p2p.markets import MarketSide, Side

if TYPE_CHECKING:
    from p2p_pipeline.p2p.metrics.pricing.strictness import Strictness
    from p2p_pipeline.p2p.metrics.pricing.strictness_history import UsualStrictness

_SAME = 0.00005
"""Below half of the last digit shown, two prices are called the same."""


def strictness_line(side: Side, found: Strictness, usual: UsualStrictness | None) -> str:
    """For example `strict costs 0.80 % more now: 86.4 (the week before, for 50,000: 0.60 %, …)`."""
    return f"{found.profile} {_now_text(side, found)}{_usual_text(usual)}"


def _now_text(side: Side, found: Strictness) -> str:
    if found.price is None and found.is_undecided:
        return f"may place it or not: {found.explanation}"
    if found.price is None:
        return f"can't place it: {found.explanation}"
    cost = found.cost_against_wide
    if cost is None:
        return f"can place it at {number_text(found.price)}, and nothing is known to compare that with"
    if abs(cost) < _SAME:
        return "costs nothing more now" if side is Side.BUY else "gives as much now"
    if cost < 0:
        return f"is {percent(-cost)} better than wide now: the search for wide's best split had to end"
    words = f"costs {percent(cost)} more" if side is Side.BUY else f"gives {percent(cost)} less"
    return f"{words} now: {number_text(found.price)}"


def _usual_text(usual: UsualStrictness | None) -> str:
    if usual is None or usual.median is None or usual.low is None or usual.high is None:
        return ""
    never = usual.looks - usual.placed
    missed = f"; it was not placed in {never:,} of {usual.looks:,}" if never else ""
    spread = f"{percent(usual.low)} to {percent(usual.high)} in nine of ten of {usual.placed:,} looks"
    return f" (the week before, for {number_text(usual.amount)}: {percent(usual.median)}, {spread}{missed})"


def percent(share: float) -> str:
    """A share as `0.80 %`."""
    return f"{share * 100:.2f} %"


def usual_of(
    started: CommandContext, market_side: MarketSide, amount: Decimal, until: datetime
) -> dict[str, UsualStrictness]:
    """By profile, what it cost over the week before a moment."""
    # Reading tables takes over a second of imports, which only those who ask for it should pay.
    from p2p_pipeline.lake.lake import Lake
    from p2p_pipeline.p2p.answers.strictness import usual_strictness_of

    found = usual_strictness_of(Lake(started.paths.lake), market_side, amount, until)
    return {entry.profile: entry for entry in found}
