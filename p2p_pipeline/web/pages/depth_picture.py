"""The believable part of a book as a step line, with the amount in it: what is offered up to which stated price.

Bait stands per cents beyond everybody else: drawn to scale it would leave the real book a stroke at the edge. So the
picture shows what lies near the middle, and says how much it leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.pricing.depth import Level

WIDTH, HEIGHT, TOP = 600, 200, 12
NEAR_SHARE = Decimal("0.01")
"""A price this much better than the middle is not believed; the picture begins there, or at the deal's own price."""
FAR_SHARE = Decimal("0.03")
"""It ends here, or before, where it has shown enough."""
AMOUNTS_SHOWN = 8
"""Enough: so many times the amount on offer. Beyond, the amount would be a dot."""
LEAST_LEVELS = 5
HEADROOM = Decimal("1.3")
MARGIN = Decimal("0.06")
"""Of the width, before the first price and behind the last: a step at the very edge is not seen."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the picture leaves out on one side."""

    offers: int
    asset: Decimal
    price: Decimal
    """The one farthest from the middle on the better side, the nearest on the worse one."""


@dataclass(frozen=True, slots=True)
class DepthPicture:
    """Points for an SVG of 600 by 200."""

    points: str
    amount_at: str
    """How far right the amount ends: up to its worst price it is on offer."""
    amount_height: str
    edge: Decimal
    """The price at the left edge, a little before the first."""
    first: Decimal
    last: Decimal
    end: Decimal
    """And at the right one, a little behind the last."""
    most: Decimal
    """Asset up to the right edge."""
    top: Decimal
    """What the upper edge stands for."""
    better: Outside | None
    """What looks too good to be believed."""
    beyond: Outside | None
    """What is worse than the right edge."""
    levels: tuple[Level, ...]
    """What is drawn, for those who read it as a table."""


def depth_picture(
    side: Side, ladder: Sequence[Level], asset: Decimal | None, middle: Decimal | None, own: Decimal | None
) -> DepthPicture | None:
    """The picture of a ladder, best price first, for an amount of the asset; None where there is no line to draw.

    `middle` is what prices are held against, `own` the best price that the deal uses a good part of.
    """
    if asset is None or len(ladder) < 2:
        return None
    middle = middle or ladder[len(ladder) // 2].price
    sign = 1 if side is Side.BUY else -1
    near, far = middle * (1 - sign * NEAR_SHARE), middle * (1 + sign * FAR_SHARE)
    if own is not None:
        near = min(near, own) if side is Side.BUY else max(near, own)
    better = [level for level in ladder if sign * (level.price - near) < 0]
    believed = [level for level in ladder if sign * (level.price - near) >= 0]
    shown = _enough([level for level in believed if sign * (level.price - far) <= 0], asset)
    if len(shown) < 2:
        shown = believed[:LEAST_LEVELS]
    if len(shown) < 2:
        return None
    before = better[-1].cumulative_asset if better else Decimal(0)
    return _drawn(shown, asset, before, _outside(better), _outside(believed[len(shown) :]))


def _enough(levels: list[Level], asset: Decimal) -> list[Level]:
    start = levels[0].cumulative_asset - levels[0].asset if levels else Decimal(0)
    most = AMOUNTS_SHOWN * asset
    return [
        level
        for place, level in enumerate(levels)
        if place < LEAST_LEVELS or level.cumulative_asset - level.asset - start < most
    ]


def _drawn(
    shown: list[Level], asset: Decimal, before: Decimal, better: Outside | None, beyond: Outside | None
) -> DepthPicture | None:
    first, last, most = shown[0].price, shown[-1].price, shown[-1].cumulative_asset - before
    if first == last or not most:
        return None
    # The last level may be a hundred times the others: it leaves the picture at the top.
    top = min(most, max(AMOUNTS_SHOWN * asset, (most - shown[-1].asset) * HEADROOM))
    margin = (last - first) * MARGIN
    edge, end = first - margin, last + margin
    points, height = [f"0,{HEIGHT}"], float(HEIGHT)
    for level in shown:
        across = _across(level.price, edge, end)
        points.append(f"{across},{height:.1f}")
        height = _height(level.cumulative_asset - before, top)
        points.append(f"{across},{height:.1f}")
    points += [f"{WIDTH},{height:.1f}", f"{WIDTH},{HEIGHT}"]
    reached = next((level.price for level in shown if level.cumulative_asset - before >= asset), last)
    return DepthPicture(
        " ".join(points),
        _across(reached, edge, end),
        f"{_height(min(asset, top), top):.1f}",
        edge,
        first,
        last,
        end,
        most,
        top,
        better,
        beyond,
        tuple(shown),
    )


def _outside(levels: list[Level]) -> Outside | None:
    if not levels:
        return None
    return Outside(sum(level.offers for level in levels), sum((level.asset for level in levels), Decimal(0)),
                   levels[0].price)  # fmt: skip


def _across(price: Decimal, first: Decimal, last: Decimal) -> str:
    return f"{WIDTH * float((price - first) / (last - first)):.1f}"


def _height(asset: Decimal, most: Decimal) -> float:
    return max(0.0, HEIGHT - (HEIGHT - TOP) * float(asset / most))
