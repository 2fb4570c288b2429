"""What a chart is drawn from: columns of numbers, small enough to stand in the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from p2p_pipeline.p2p.answers.history import ShownSeries
from p2p_pipeline.p2p.answers.history_chart import Chart
from p2p_pipeline.p2p.metrics.history.period_name import PeriodName
from p2p_pipeline.p2p.metrics.history.periods import Period
from p2p_pipeline.p2p.metrics.unusual.measures import Kind, kind_of

_UNIT_SECONDS = {PeriodName.LOOK: 30}
_USUAL_UNIT_SECONDS = 300
"""Every period begins on a step of five minutes, whatever the time zone."""

Value = Callable[[float | None], float | None]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, at its place on the chart and in the list below it."""

    id: str
    kind: str
    start: datetime
    end: datetime
    title: str
    text: str
    days: tuple[date, date] | None = None
    """Of what is a matter of whole days: the first and the last, where they are days."""


@dataclass(frozen=True, slots=True)
class Labels:
    """How the chart calls its lines."""

    time: str
    value: str
    low: str
    high: str
    book_median: str
    depth: str
    spread: str
    other: str


def drawing_of(chart: Chart, marks: Sequence[Mark], labels: Labels) -> dict[str, Any]:
    """For history.js. A second series of another unit is drawn as its change, and so is the first then."""
    shown = chart.shown
    is_change = chart.comparison is not None and not chart.comparison.is_same_unit
    own = _change_of(shown) if is_change else _as_it_is
    lines = [
        _track(shown, labels.value, own, ("median", "low", "high")),
        *([_track(chart.book_median, labels.book_median, own)] if chart.book_median and not is_change else []),
    ]
    other = None
    if chart.other:
        other = _track(chart.other, labels.other, _change_of(chart.other) if is_change else _as_it_is)
    start, end = shown.asked
    return {
        "from": start.timestamp(),
        "to": min(end, shown.periods[-1].end).timestamp(),
        "kind": "change" if is_change else kind_of(shown.key.measure),
        "time": labels.time,
        "low": labels.low,
        "high": labels.high,
        "main": lines[0],
        "median": lines[1] if len(lines) > 1 else None,
        "other": other,
        "panels": [
            {"kind": kind_of(series.key.measure), "line": _track(series, label, _as_it_is)}
            for series, label in ((chart.depth, labels.depth), (chart.spread, labels.spread))
            if series is not None
        ],
        "gaps": [[gap.seen_until.timestamp(), gap.seen_from.timestamp()] for gap, _ in chart.gaps],
        "imported": [[one.timestamp(), after.timestamp()] for one, after in shown.imported],
        "marks": [
            {
                "id": mark.id,
                "kind": mark.kind,
                "start": mark.start.timestamp(),
                "end": mark.end.timestamp(),
                "text": f"{mark.title}: {mark.text}" if mark.text else mark.title,
            }
            for mark in marks
        ],
    }


def _track(shown: ShownSeries, label: str, value: Value, names: Sequence[str] = ("median",)) -> dict[str, Any]:
    """One series: where its periods begin as steps from one to the next, and a column a number; null parts the line."""
    unit = _UNIT_SECONDS.get(shown.period, _USUAL_UNIT_SECONDS)
    breaks = {gap.end: gap.start for gap in shown.gaps}
    at: list[int] = []
    columns: list[list[float | None]] = [[] for _ in names]
    for period in shown.periods:
        if period.start in breaks:
            at.append(int(breaks[period.start].timestamp()) // unit)
            for column in columns:
                column.append(None)
        at.append(int(period.start.timestamp()) // unit)
        for name, column in zip(names, columns, strict=True):
            column.append(value(getattr(period, name)))
    steps = [after - before for before, after in pairwise(at)]
    return {"label": label, "unit": unit, "first": at[0], "steps": steps, "columns": columns}


def _as_it_is(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.7g}")


def _change_of(shown: ShownSeries) -> Value:
    """The change since the first value: a share of it, of what is a share already the difference."""
    began = next((period.median for period in shown.periods if period.median is not None), None)
    is_share = kind_of(shown.key.measure) is Kind.SHARE

    def change(value: float | None) -> float | None:
        if value is None or began is None or (not is_share and not began):
            return None
        return _as_it_is(value - began if is_share else value / began - 1)

    return change


def values_of(periods: Sequence[Period]) -> list[float]:
    """The medians there are, in order of size."""
    return sorted(period.median for period in periods if period.median is not None)
