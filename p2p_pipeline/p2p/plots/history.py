"""A series as a picture: the median, its dispersion, and the times that nobody saw."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.answers.history import summary_of, title_of, unit_of
from p2p_pipeline.p2p.plots.style import ACCENT, BAND, LINE, MISSING, drawing, time_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from p2p_pipeline.p2p.answers.history import ShownSeries
    from p2p_pipeline.p2p.metrics.history.periods import Period

RANGE = "#dfe9f0"


def draw_history(file: Path, shown: ShownSeries) -> None:
    """Save the series as a PNG; the line breaks where there is nothing, and gaps are shaded."""
    from matplotlib.dates import date2num

    market_side = shown.key.market_side
    with drawing(file, title_of(shown), f"{market_side}, by {_PERIODS[shown.period]}: {summary_of(shown)}") as (
        figure,
        axes,
    ):
        _draw_values(axes, shown)
        for place, gap in enumerate(shown.gaps):
            label = "no data" if not place else None
            start, end = (float(date2num(moment)) for moment in (gap.start, gap.end))  # type: ignore[no-untyped-call]
            axes.axvspan(start, end, color=MISSING, lw=0, label=label, zorder=0)
        empty = [_middle(period) for period in shown.periods if period.median is None]
        if empty:
            label = "looked, but the amount could not be placed" if shown.key.step is not None else "looked, no value"
            axes.plot(
                np.array(empty), np.full(len(empty), 0.015), "|", color=ACCENT, ms=9, label=label,
                transform=axes.get_xaxis_transform(),
            )  # fmt: skip
        time_axis(axes, shown.zone)
        axes.set_ylabel(unit_of(shown))
        figure.legend(loc="outside lower center", ncols=5)


_PERIODS = {"5m": "five minutes", "1h": "hour", "1d": "day"}


def _draw_values(axes: Axes, shown: ShownSeries) -> None:
    times, rows = _with_breaks(shown)
    low, high, middle, spread = rows
    axes.fill_between(times, low, high, color=RANGE, lw=0, label="lowest to highest")
    axes.fill_between(times, middle - spread, middle + spread, color=BAND, lw=0, label="median ± median distance")
    axes.plot(times, middle, color=LINE, label="median")
    # A period between two gaps has no line of its own.
    lonely = np.isfinite(middle)
    lonely[1:] &= ~np.isfinite(middle[:-1])
    lonely[:-1] &= ~np.isfinite(middle[1:])
    axes.plot(times[lonely], middle[lonely], ".", color=LINE, ms=5)


def _with_breaks(shown: ShownSeries) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Times and (low, high, median, mad) of each period, with a break at each gap and where there is no value."""
    gap_starts = {gap.start for gap in shown.gaps}
    times, rows = [], []
    for period in shown.periods:
        times.append(_middle(period))
        values = (period.low, period.high, period.median, period.mad)
        rows.append([np.nan if value is None else value for value in values])
        if period.end in gap_starts:
            times.append(_date(period.end))
            rows.append([np.nan] * 4)
    return np.array(times), np.array(rows).T


def _middle(period: Period) -> np.datetime64:
    return _date(period.start + (period.end - period.start) / 2)


def _date(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "s")
