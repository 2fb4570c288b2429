"""What a combo was worth over the last days: the middle of each hour in the band of its looks, gaps as gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

WIDTH, HEIGHT, EDGE = 1000, 160, 6
_MOST_APART = timedelta(hours=1, minutes=30)
"""Hours further apart are not joined: nobody knows what was between them."""


@dataclass(frozen=True, slots=True)
class RatePicture:
    """Points for an SVG of 1000 by 160."""

    lines: tuple[str, ...]
    """One for each stretch without a gap."""
    bands: tuple[str, ...]
    least: float
    most: float
    first: datetime
    last: datetime
    newest: float


def rate_picture(hours: Sequence[dict[str, Any]]) -> RatePicture | None:
    """The picture of rows of `rollups`, an hour each, by time; None with fewer than two that have a rate."""
    told = [row for row in hours if row["observations"]]
    if len(told) < 2:
        return None
    first, last = told[0]["period_start"], told[-1]["period_start"]
    least, most = min(row["low"] for row in told), max(row["high"] for row in told)
    span, length = (most - least) or 1.0, (last - first) / timedelta(seconds=1)

    def point(row: dict[str, Any], name: str) -> str:
        across = WIDTH * ((row["period_start"] - first) / timedelta(seconds=1)) / length
        return f"{across:.1f},{EDGE + (HEIGHT - 2 * EDGE) * (most - row[name]) / span:.1f}"

    stretches = _stretches(told)
    return RatePicture(
        tuple(" ".join(point(row, "median") for row in one) for one in stretches),
        tuple(
            " ".join([*(point(row, "high") for row in one), *(point(row, "low") for row in reversed(one))])
            for one in stretches
        ),
        float(least),
        float(most),
        first,
        last,
        float(told[-1]["median"]),
    )


def _stretches(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    found: list[list[dict[str, Any]]] = [[rows[0]]]
    for before, row in pairwise(rows):
        if row["period_start"] - before["period_start"] > _MOST_APART:
            found.append([])
        found[-1].append(row)
    return found
