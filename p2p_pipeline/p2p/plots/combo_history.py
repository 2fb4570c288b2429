"""What one fiat became in another over time, as a picture."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.p2p.answers.combo_history import ComboHistory
from p2p_pipeline.p2p.plots.style import BAND, LINE, MISSING, dates_of, drawing, time_axis


def draw_combo_history(file: Path, found: ComboHistory, zone: ZoneInfo) -> None:
    """Save the rates as a PNG; the line breaks, and the ground is shaded, where nobody looked."""
    asked, rows = found.question, found.drawn
    starts = (rows["period_start"].cast("int64").to_numpy() // 1_000_000).astype(np.int64)
    series = [rows[name].to_numpy().astype(np.float64) for name in ("median", "low", "high")]
    looks, possible = int(np.sum(rows["seen"])), int(np.sum(rows["observations"]))
    after = _gap_places(starts)
    period = int(np.min(np.diff(starts))) if len(starts) > 1 else 0
    x = dates_of(np.insert(starts, after, starts[after - 1] + 1) if len(after) else starts)
    median, low, high = (np.insert(values, after, np.nan) for values in series)
    title = f"What 1 {asked.source} really became in {asked.target}"
    subtitle = (
        f"{number_text(found.size)} {asked.source} over the best route of each slot, profile {asked.profile}; "
        f"{looks:,} looks, possible in {possible / looks:.1%}"
    )
    with drawing(file, title, subtitle) as (_, axes):
        for number, place in enumerate(after.tolist()):
            gap = dates_of(np.array([starts[place - 1] + period, starts[place]]))
            axes.axvspan(gap[0], gap[1], color=MISSING, linewidth=0, label=None if number else "nobody looked")
        if np.nanmax(high - low, initial=0.0) > 0:
            axes.fill_between(x, low, high, color=BAND, linewidth=0, label="lowest to highest in the period")
        axes.plot(x, median, color=LINE, marker="o" if len(starts) < 3 else None, label="median")
        axes.set_ylabel(f"{asked.target} for 1 {asked.source}")
        if len(axes.get_legend_handles_labels()[0]) > 1:
            axes.legend(loc="best")
        time_axis(axes, zone)


def _gap_places(starts: NDArray[np.int64]) -> NDArray[np.intp]:
    """Where a pause of more than twice the usual step ends: the line must not cross it."""
    steps = np.diff(starts)
    return np.flatnonzero(steps > 2 * np.median(steps)) + 1 if len(steps) else np.empty(0, dtype=np.intp)
