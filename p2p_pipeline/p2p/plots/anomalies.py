"""The picture of `p2p anomalies`: each side of a measure with what was to be expected, and what was not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from p2p_pipeline.p2p.answers.anomalies import series_text
from p2p_pipeline.p2p.metrics.unusual.measures import Kind, kind_of
from p2p_pipeline.p2p.metrics.unusual.spans import Span
from p2p_pipeline.p2p.metrics.unusual.states import State
from p2p_pipeline.p2p.plots.style import ACCENT, BAND, LINE, MISSING, QUIET, SECOND, drawings, time_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from p2p_pipeline.p2p.answers.anomalies import Unusual

_PREFERRED = ("executable", "vwap", "median")
_MOST_SERIES = 2
_ROOM = 0.6
"""Of the usual height is left above and below it: what lies beyond is drawn at the edge, as an arrow."""


def draw_anomalies(file: Path, found: Unusual, rows: Sequence[Mapping[str, Any]], timezone: str) -> None:
    """Draw one measure, both sides one above the other, into a PNG file: the first that a person would ask for."""
    chosen = _chosen(found.now)
    zone = ZoneInfo(timezone)
    title = f"What was unusual: {found.market} {chosen[0]['measure']}, {found.first} to {found.last}"
    subtitle = "by hour; band: what was usual for the measure itself, as known before each hour"
    with drawings(file, title, [1.0] * len(chosen), subtitle) as (_, panels):
        for axes, series in zip(panels, chosen, strict=True):
            _draw_series(axes, found, rows, series)
        time_axis(panels[-1], zone)
        panels[0].legend(loc="upper center", bbox_to_anchor=(0.5, 1.0), ncols=6, fontsize=10)


def _chosen(now: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    measures = [row["measure"] for row in now]
    measure = next((name for name in _PREFERRED if name in measures), measures[0])
    return [row for row in now if row["measure"] == measure][:_MOST_SERIES]


def _draw_series(axes: Axes, found: Unusual, every: Sequence[Mapping[str, Any]], series: Mapping[str, Any]) -> None:
    key = tuple(series[name] for name in ("side", "measure", "profile", "step"))
    rows = [row for row in every if (row["side"], row["measure"], row["profile"], row["step"]) == key]
    # Whole hours, so that a line breaks where nothing was seen.
    by_hour = {row["hour_start"]: row for row in rows}
    hours = [rows[0]["hour_start"] + timedelta(hours=count) for count in range(_hours_between(rows) + 1)]
    moments = np.array([hour.replace(tzinfo=None) for hour in hours], dtype="datetime64[s]")
    scale = 100.0 if kind_of(series["measure"]) is Kind.SHARE else 1.0
    columns = {
        name: scale * np.array([_number(by_hour.get(hour), name) for hour in hours])
        for name in ("value", "expected", "usual_low", "usual_high")
    }
    low, high = _limits(columns)
    for span in (span for span in found.spans if span.series == key and span.state != State.UNUSUAL):
        _shade(axes, span)
    axes.fill_between(
        moments, columns["usual_low"], columns["usual_high"], color=BAND, alpha=0.6, linewidth=0, label="usual"
    )
    axes.plot(moments, columns["expected"], color=QUIET, linewidth=1, linestyle="--", label="expected")
    axes.plot(moments, columns["value"], color=LINE, label="seen")
    is_unusual = np.array([hour in by_hour and by_hour[hour]["state"] == State.UNUSUAL for hour in hours])
    is_inside = (columns["value"] >= columns["usual_low"]) & (columns["value"] <= columns["usual_high"])
    alone, together = is_unusual & ~is_inside, is_unusual & is_inside
    _mark(axes, moments[alone], columns["value"][alone], low, high)
    axes.plot(
        moments[together], columns["value"][together], "o", color=ACCENT, markersize=6, markerfacecolor="none",
        label="unusual with others",
    )  # fmt: skip
    axes.set_ylim(low, high)
    axes.set_ylabel(f"{series_text(series)}\n({_unit(found, series['measure'])})")


def _hours_between(rows: Sequence[Mapping[str, Any]]) -> int:
    return int((rows[-1]["hour_start"] - rows[0]["hour_start"]).total_seconds() // 3600)


def _number(row: Mapping[str, Any] | None, name: str) -> float:
    return np.nan if row is None or row[name] is None else float(row[name])


def _limits(columns: Mapping[str, np.ndarray[Any, Any]]) -> tuple[float, float]:
    usual = np.concatenate([columns["usual_low"], columns["usual_high"], columns["value"]])
    usual = usual[np.isfinite(usual)]
    if not len(usual):
        return 0.0, 1.0
    low, high = (float(value) for value in np.quantile(usual, [0.02, 0.98]))
    room = _ROOM * max(high - low, 0.002 * abs(high), 1e-9)
    return max(low - room, float(usual.min()) - 0.1 * room), min(high + room, float(usual.max()) + 0.1 * room)


def _mark(axes: Axes, moments: np.ndarray[Any, Any], values: np.ndarray[Any, Any], low: float, high: float) -> None:
    inside = (values >= low) & (values <= high)
    axes.plot(moments[inside], values[inside], "o", color=ACCENT, markersize=5, label="unusual")
    edge = 0.02 * (high - low)
    for is_beyond, marker, place in ((values < low, "v", low + edge), (values > high, "^", high - edge)):
        axes.plot(moments[is_beyond], np.full(int(is_beyond.sum()), place), marker, color=ACCENT, markersize=7)


def _shade(axes: Axes, span: Span) -> None:
    color, label = (SECOND, "regime change") if span.state is State.REGIME_CHANGE else (MISSING, "outage")
    known = axes.get_legend_handles_labels()[1]
    axes.axvspan(
        _bare(span.start), _bare(span.end), color=color, alpha=0.25 if span.state is State.REGIME_CHANGE else 0.9,
        linewidth=0, label=f"_{label}" if label in known else label,
    )  # fmt: skip


def _bare(moment: datetime) -> Any:
    return np.datetime64(moment.replace(tzinfo=None), "s")


def _unit(found: Unusual, measure: str) -> str:
    kind = kind_of(measure)
    units = {Kind.SHARE: "%", Kind.COUNT: "count", Kind.AMOUNT: found.market.asset}
    return units.get(kind, f"{found.market.fiat} per {found.market.asset}")
