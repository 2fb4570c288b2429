"""The picture of an advice: the hours of the day with their bands, and the week as a map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from p2p_pipeline.p2p.metrics.timing.advice import Advice
from p2p_pipeline.p2p.metrics.timing.profile import TimingProfile, timing_profile
from p2p_pipeline.p2p.metrics.timing.rows import caution_of
from p2p_pipeline.p2p.plots.style import ACCENT, BAND, LINE, MISSING, QUIET, drawings

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from p2p_pipeline.p2p.steps.windows import WindowsAnswer

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def draw_windows(file: Path, found: WindowsAnswer) -> None:
    """Draw the answer into a PNG file."""
    advice, key = found.advice, found.series.key
    market = key.market_side.market
    if advice.hours:
        title = f"Best hours to {key.market_side.side} {market.asset} for {market.fiat}"
    else:
        title = f"No hour is known to be better to {key.market_side.side} {market.asset} for {market.fiat}"
    meaning = "recommended" if advice.hours else "might be the best, too unsure to recommend"
    sample = (
        f"{key.measure} on {market.venue}, {advice.weeks:.0f} weeks; orange: {meaning}; bands: {advice.confidence:.0%}"
    )
    if caution_of(key.measure):
        sample += "; an aggregate that nobody may have been able to trade at"
    profile = timing_profile(found.series, advice.timezone, advice.confidence)
    with drawings(file, title, (1.15, 1), sample, share_x=False) as (_, (by_hour, by_week)):
        if profile is None:
            by_hour.text(0.5, 0.5, advice.reason, ha="center", transform=by_hour.transAxes)
            by_hour.set_axis_off()
            by_week.set_axis_off()
            return
        _draw_day(by_hour, profile, advice)
        _draw_week(by_week, profile, advice)


def _draw_day(axes: Axes, profile: TimingProfile, advice: Advice) -> None:
    edges = np.arange(25)
    axes.axhline(0, color=QUIET, linewidth=1)
    axes.stairs(100 * profile.high, edges, baseline=100 * profile.low, fill=True, color=BAND)
    axes.stairs(100 * profile.day, edges, baseline=None, color=LINE, linewidth=2.2)
    if not advice.by_weekday:
        for at in advice.candidates:
            axes.axvspan(at.hour, at.hour + 1, color=ACCENT, alpha=0.18, linewidth=0)
    for number, hour in enumerate(np.flatnonzero(~np.isfinite(profile.day)).tolist()):
        label = None if number else "too few looks to say"
        axes.axvspan(hour, hour + 1, color=MISSING, linewidth=0, label=label)
    if not np.isfinite(profile.day).all():
        axes.legend(loc="best")
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 3), [f"{hour:02}:00" for hour in range(0, 25, 3)])
    axes.set_ylabel("better than a random\ntime of the day (%)")


def _draw_week(axes: Axes, profile: TimingProfile, advice: Advice) -> None:
    from matplotlib.patches import Rectangle

    values = 100 * profile.week
    most = float(np.nanmax(np.abs(values), initial=0)) or 1.0
    axes.set_facecolor(MISSING)
    shown = axes.pcolormesh(np.arange(25), np.arange(8), values, cmap="RdBu", vmin=-most, vmax=most)
    axes.invert_yaxis()
    axes.grid(visible=False)
    for at in advice.candidates:
        for day in range(7) if at.weekday is None else (at.weekday,):
            axes.add_patch(Rectangle((at.hour, day), 1, 1, fill=False, edgecolor=ACCENT, linewidth=2))
    axes.set_yticks(np.arange(7) + 0.5, _DAYS)
    axes.set_xticks(range(0, 25, 3), [f"{hour:02}:00" for hour in range(0, 25, 3)])
    axes.set_xlabel(f"hour of the day ({advice.timezone})")
    bar = axes.figure.colorbar(shown, ax=axes, pad=0.01)
    bar.set_label("better (%)")
