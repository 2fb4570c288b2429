"""A session's equity as a line of steps, and below it how far it stood under its highest. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from p2p_pipeline.paper.results.parts import EquityPoint

WIDTH, HEIGHT, LOW_HEIGHT, PAD = 800, 200, 80, 8
LEAST_POINTS = 2
COLUMNS = 400
"""More steps than a screen has room for are drawn as each column's first, lowest, highest and last."""
LEAST_SHARE = Decimal("0.0002")
"""The scale shows at least so much of the start, or a cent would look like a crash."""

Step = tuple[int, Decimal]
"""When, and what it was from then on."""


@dataclass(frozen=True, slots=True)
class EquityPicture:
    """Points of SVG polylines, and the figures beside them."""

    line: str
    start_height: float
    """Where the start's equity lies."""
    falls: str
    """The area under its highest so far; closed."""
    first_at: int
    last_at: int
    lowest: Decimal
    highest: Decimal
    deepest: Decimal


def equity_picture(points: Sequence[EquityPoint], ended_at: int) -> EquityPicture | None:
    """The picture; None where nothing has changed yet."""
    if len(points) < LEAST_POINTS:
        return None
    start, last = points[0], points[-1]
    end = max(ended_at, last.at, start.at + 1)
    steps = [*_thinned([(point.at, point.equity) for point in points], start.at, end), (end, last.equity)]
    falls = [*_thinned(list(_under_highest(points)), start.at, end)]
    falls.append((end, falls[-1][1]))
    values = [point.equity for point in points]
    low, high = min(values), max(values)
    widened = max(Decimal(0), abs(start.equity) * LEAST_SHARE - (high - low)) / 2
    bottom, top = low - widened, high + widened
    deepest = max(value for _, value in falls)

    def across(at: int) -> float:
        return round(WIDTH * (at - start.at) / (end - start.at), 1)

    def height(value: Decimal) -> float:
        return round(HEIGHT - PAD - (HEIGHT - 2 * PAD) * float((value - bottom) / ((top - bottom) or 1)), 1)

    def depth(value: Decimal) -> float:
        return round((LOW_HEIGHT - PAD) * float(value / (deepest or 1)), 1)

    area = " ".join(_stepped((across(at), depth(value)) for at, value in falls))
    return EquityPicture(
        line=" ".join(_stepped((across(at), height(value)) for at, value in steps)),
        start_height=height(start.equity),
        falls=f"0,0 {area} {WIDTH},0",
        first_at=start.at,
        last_at=end,
        lowest=low,
        highest=high,
        deepest=deepest,
    )


def _under_highest(points: Sequence[EquityPoint]) -> Iterable[Step]:
    highest = points[0].equity
    for point in points:
        highest = max(highest, point.equity)
        yield point.at, highest - point.equity


def _thinned(steps: list[Step], first: int, end: int) -> list[Step]:
    if len(steps) <= 2 * COLUMNS:
        return steps
    columns: dict[int, list[Step]] = {}
    for at, value in steps:
        columns.setdefault(COLUMNS * (at - first) // (end - first), []).append((at, value))
    found: list[Step] = []
    for column in columns.values():
        # of equal times the order stays, so that the line ends where it ends
        extremes = [column[0], min(column, key=lambda one: one[1]), max(column, key=lambda one: one[1]), column[-1]]
        found += sorted(dict.fromkeys(extremes), key=column.index)
    return found


def _stepped(points: Iterable[tuple[float, float]]) -> Iterable[str]:
    before: float | None = None
    for across, height in points:
        if before is not None:
            yield f"{across},{before}"
        yield f"{across},{height}"
        before = height
