"""The rate of a combo over time, as a table by day, as JSON, as a plot: what `p2p combo` shows of the history."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer

from p2p_pipeline.commands.context import print_json
from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.p2p.answers.combo_history import FINE_DAYS, HistoryQuestion, combo_rows_between
from p2p_pipeline.p2p.installation import CommandContext

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from p2p_pipeline.p2p.metrics.history.series import SeriesKey


def show_history(
    started: CommandContext, asked: HistoryQuestion, *, plot: Path | None, is_printed: bool, as_json: bool
) -> None:
    """Print and draw the best route's rate over time; fails in one line when nothing is kept of it."""
    from p2p_pipeline.lake.lake import Lake
    from p2p_pipeline.p2p.metrics.combos.routes import combo_series_side
    from p2p_pipeline.p2p.metrics.history.schema import EXECUTABLE
    from p2p_pipeline.p2p.steps.series import NoSeries, choose_series

    lake = Lake(started.paths.lake)
    key = choose_series(lake, combo_series_side(asked.source, asked.target), EXECUTABLE, asked.profile, asked.amount)
    hours = combo_rows_between(lake, key, asked, 3600)
    if not hours.num_rows:
        raise NoSeries(f"the history of {asked.source} to {asked.target} has nothing between those days")
    size = hours["amount_fiat"][-1].as_py()
    if is_printed:
        days = _by_day(hours)
        if as_json:
            print_json(_to_json(asked, key, size, days))
        else:
            _print(asked, size, days)
    if plot is not None:
        moments = hours["period_start"].to_pylist()
        is_fine = moments[-1] - moments[0] <= timedelta(days=FINE_DAYS)
        _draw(started, asked, size, combo_rows_between(lake, key, asked, 300) if is_fine else hours, plot)


def _by_day(hours: pa.Table) -> list[dict[str, Any]]:
    """A row a day, from its hours; the median is that of the hours' medians."""
    from statistics import median

    days: dict[date, list[dict[str, Any]]] = {}
    for row in hours.to_pylist():
        days.setdefault(row["period_start"].date(), []).append(row)
    found = []
    for day, rows in days.items():
        priced = [row for row in rows if row["observations"]]
        found.append(
            {
                "day": day,
                "seen": sum(row["seen"] for row in rows),
                "executable": sum(row["observations"] for row in rows),
                "hours": len(rows),
                "low": min((row["low"] for row in priced), default=None),
                "median": median(row["median"] for row in priced) if priced else None,
                "high": max((row["high"] for row in priced), default=None),
            }
        )
    return found


def _to_json(asked: HistoryQuestion, key: SeriesKey, size: Decimal, days: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "source": asked.source,
        "target": asked.target,
        "market_key": key.market_side.market.key,
        "side": key.market_side.side.value,
        "measure": key.measure,
        "profile": key.profile,
        "step": key.step,
        "amount": size,
        "history": days,
    }


def _print(asked: HistoryQuestion, size: Decimal, days: list[dict[str, Any]]) -> None:
    typer.echo(
        f"{asked.target} for 1 {asked.source}, spending {number_text(size)} {asked.source} over the best route, "
        f"profile {asked.profile}"
        + ("" if size == asked.amount else f" (the kept size nearest to {number_text(asked.amount)})")
    )
    typer.echo(f"{'UTC day':>10} {'looks':>6} {'possible':>8} {'hours':>5} {'low':>14} {'median':>14} {'high':>14}")
    for row in days:
        numbers = " ".join(
            f"{'-' if row[name] is None else f'{row[name]:,.6g}':>14}" for name in ("low", "median", "high")
        )
        typer.echo(f"{row['day']} {row['seen']:>6} {row['executable'] / row['seen']:>8.1%} {row['hours']:>5} {numbers}")


def _draw(started: CommandContext, asked: HistoryQuestion, size: Decimal, rows: pa.Table, plot: Path) -> None:
    import numpy as np

    from p2p_pipeline.p2p.plots.style import BAND, LINE, MISSING, dates_of, drawing, time_axis

    starts = (rows["period_start"].cast("int64").to_numpy() // 1_000_000).astype(np.int64)
    series = [rows[name].to_numpy().astype(np.float64) for name in ("median", "low", "high")]
    looks, possible = int(np.sum(rows["seen"])), int(np.sum(rows["observations"]))
    after = _gap_places(starts)
    period = int(np.min(np.diff(starts))) if len(starts) > 1 else 0
    x = dates_of(np.insert(starts, after, starts[after - 1] + 1) if len(after) else starts)
    median, low, high = (np.insert(values, after, np.nan) for values in series)
    title = f"What 1 {asked.source} really became in {asked.target}"
    subtitle = (
        f"{number_text(size)} {asked.source} over the best route of each slot, profile {asked.profile}; "
        f"{looks:,} looks, possible in {possible / looks:.1%}"
    )
    with drawing(plot, title, subtitle) as (_, axes):
        for number, place in enumerate(after.tolist()):
            gap = dates_of(np.array([starts[place - 1] + period, starts[place]]))
            axes.axvspan(gap[0], gap[1], color=MISSING, linewidth=0, label=None if number else "nobody looked")
        if np.nanmax(high - low, initial=0.0) > 0:
            axes.fill_between(x, low, high, color=BAND, linewidth=0, label="lowest to highest in the period")
        axes.plot(x, median, color=LINE, marker="o" if len(starts) < 3 else None, label="median")
        axes.set_ylabel(f"{asked.target} for 1 {asked.source}")
        if len(axes.get_legend_handles_labels()[0]) > 1:
            axes.legend(loc="best")
        time_axis(axes, ZoneInfo(started.settings.timezone))


def _gap_places(starts: NDArray[np.int64]) -> NDArray[np.intp]:
    """Where a pause of more than twice the usual step ends: the line must not cross it."""
    import numpy as np

    steps = np.diff(starts)
    return np.flatnonzero(steps > 2 * np.median(steps)) + 1 if len(steps) else np.empty(0, dtype=np.intp)
