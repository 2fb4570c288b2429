"""How long offers live as a picture: the share still there, in steps, with its band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from p2p_pipeline.p2p.metrics.behaviour.summary_schema import CURVE_SHARES

WIDTH, HEIGHT, TOP = 600, 180, 8
_TICKS = (1, 2, 3, 6, 12, 24, 48, 72, 168, 336)
_LEAST_APART = 46.0
"""Between two ticks, so that their words stand beside each other."""


@dataclass(frozen=True, slots=True)
class SurvivalPicture:
    """Points for an SVG of 600 by 180: across is time, up the share still there."""

    line: str
    band: str
    unknown_width: str
    """Left of this nothing is known: it may be below the time between two looks."""
    half_height: str
    ticks: tuple[tuple[str, int], ...]
    """Where on the axis, and how many hours that is."""
    rows: tuple[tuple[float, float, float, float], ...]
    """The same as a table: share still there, by when, low, high (seconds)."""


def longest_drawn(rows: Sequence[Mapping[str, Any]]) -> float:
    """By when the last share told is gone, seconds, over some rows of `lifetimes`; 0 where none tells any."""
    return max((one for row in rows for one in row["gone_seconds"] or () if one is not None), default=0.0)


def survival_picture(row: Mapping[str, Any], longest_seconds: float) -> SurvivalPicture | None:
    """The picture of a row of `lifetimes`, as wide as `longest_seconds`; None where it has no curve."""
    columns = [row[name] or () for name in ("gone_seconds", "gone_seconds_low", "gone_seconds_high")]
    told = [
        (1.0 - share, at, low, high)
        for share, at, low, high in zip(CURVE_SHARES, *columns, strict=False)
        if at is not None
    ]
    if len(told) < 2 or not longest_seconds:
        return None

    def across(seconds: float) -> float:
        return WIDTH * min(seconds / longest_seconds, 1.0)

    line = [(across(told[0][1]), _height(told[0][0] + CURVE_SHARES[0]))]
    for left, at, _, _ in told:
        line += [(across(at), line[-1][1]), (across(at), _height(left))]
    early = [(across(low), _height(left)) for left, _, low, _ in told]
    late = [(across(high), _height(left)) for left, _, _, high in told]
    hours = longest_seconds / 3600
    return SurvivalPicture(
        _points(line),
        _points([*early, *reversed(late)]),
        f"{across(told[0][2]):.1f}",
        f"{_height(0.5):.1f}",
        tuple((f"{WIDTH * hour / hours:.1f}", hour) for hour in _ticks(hours)),
        tuple(told),
    )


def _ticks(hours: float) -> list[int]:
    found: list[int] = []
    for hour in reversed([hour for hour in _TICKS if hour < 0.97 * hours]):
        if WIDTH * hour / hours > _LEAST_APART / 2 and (not found or WIDTH * (found[0] - hour) / hours >= _LEAST_APART):
            found.insert(0, hour)
    return found


def _height(share: float) -> float:
    return TOP + (HEIGHT - TOP) * (1.0 - share)


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
