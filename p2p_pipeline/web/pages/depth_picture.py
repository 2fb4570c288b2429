"""The book near its best price as a step line, with the amount in it: what is sold up to which stated price."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from p2p_pipeline.p2p.metrics.pricing.depth import Level

WIDTH, HEIGHT, TOP = 600, 160, 10
AMOUNTS_SHOWN = 8
"""The picture ends where this many of the amount are on offer: beyond, the amount would be a dot."""
LEAST_LEVELS = 12


@dataclass(frozen=True, slots=True)
class DepthPicture:
    """Points for an SVG of 600 by 160."""

    points: str
    amount_line: str
    """How high the amount lies."""
    first: Decimal
    last: Decimal
    """The prices at the left and right edge."""
    most: Decimal
    """Asset up to the right edge."""


def depth_picture(ladder: list[Level], asset: Decimal | None) -> DepthPicture | None:
    """The picture of a ladder, best price first, for an amount of the asset; None where there is no line to draw."""
    if asset is None or len(ladder) < 2:
        return None
    shown = [
        level
        for place, level in enumerate(ladder)
        if place < LEAST_LEVELS or level.cumulative_asset < AMOUNTS_SHOWN * asset
    ]
    first, last, most = shown[0].price, shown[-1].price, shown[-1].cumulative_asset
    if first == last or not most:
        return None
    points, height = [f"0,{HEIGHT}"], float(HEIGHT)
    for level in shown:
        across = WIDTH * float((level.price - first) / (last - first))
        points.append(f"{across:.1f},{height:.1f}")
        height = _height(level.cumulative_asset, most)
        points.append(f"{across:.1f},{height:.1f}")
    points.append(f"{WIDTH},{HEIGHT}")
    return DepthPicture(" ".join(points), f"{_height(min(asset, most), most):.1f}", first, last, most)


def _height(asset: Decimal, most: Decimal) -> float:
    return HEIGHT - (HEIGHT - TOP) * float(asset / most)
