"""The picture of an advice: the hours of the day with their bands, and the week as a map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from p2p_pipeline.p2p.metrics.timing.advice import Advice
from p2p_pipeline.p2p.metrics.timing.few_hours import few_best
from p2p_pipeline.p2p.metrics.timing.holes import WeekState
from p2p_pipeline.p2p.metrics.timing.profile import TimingProfile, timing_profile
from p2p_pipeline.p2p.metrics.timing.rows import caution_of
from p2p_pipeline.p2p.plots.style import ACCENT, BAND, LINE, MISSING, OUTSIDE, QUIET, drawings

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from p2p_pipeline.p2p.steps.windows import WindowsAnswer

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def draw_windows(file: Path, found: WindowsAnswer) -> None:
    """Draw the answer into a PNG file."""
    advice, key = found.advice, found.series.key
    market = key.market_side.market
    if advice.hours:
        title = f"Best {'days' if advice.is_of_weekdays else 'hours'} to {key.market_side.side} {market.asset} "
    else:
        title = f"No hour is known to be better to {key.market_side.side} {market.asset} "
    profile = timing_profile(found.series, advice.timezone, advice.confidence, trading=found.trading)
    shape = (1.15, 1, 0.16)
    with drawings(file, f"{title}for {market.fiat}", shape, _sample(found), share_x=False) as (_, axes):
        by_hour, by_week, by_time = axes
        if profile is None:
            by_hour.text(0.5, 0.5, advice.reason, ha="center", transform=by_hour.transAxes)
            by_hour.set_axis_off()
            by_week.set_axis_off()
        else:
            _draw_day(by_hour, profile, found)
            _draw_week(by_week, profile, advice)
        _draw_seen(by_time, found)


def _sample(found: WindowsAnswer) -> str:
    advice, measure = found.advice, found.series.key.measure
    meaning = "recommended" if advice.hours else "might be the best, too unsure to recommend"
    judged = sum(week.state is WeekState.JUDGED for week in found.seen)
    text = (
        f"{measure} on {found.series.key.market_side.market.venue}, judged on {judged} of {len(found.seen)} weeks; "
        f"orange: {meaning}; bands: {advice.confidence:.0%}"
    )
    return f"{text}; an aggregate that nobody may have been able to trade at" if caution_of(measure) else text


def _draw_day(axes: Axes, profile: TimingProfile, found: WindowsAnswer) -> None:
    edges, advice = np.arange(25), found.advice
    axes.axhline(0, color=QUIET, linewidth=1)
    axes.stairs(100 * profile.high, edges, baseline=100 * profile.low, fill=True, color=BAND)
    axes.stairs(100 * profile.day, edges, baseline=None, color=LINE, linewidth=2.2)
    if not advice.by_weekday:
        for at in advice.candidates:
            axes.axvspan(at.hour, at.hour + 1, color=ACCENT, alpha=0.18, linewidth=0)
    _mark_few(axes, profile, found)
    allowed = found.trading.mask()
    for where, color, label in (
        (~allowed, OUTSIDE, f"outside your hours ({found.trading})"),
        (allowed & ~np.isfinite(profile.day), MISSING, "too few looks to say"),
    ):
        for number, hour in enumerate(np.flatnonzero(where).tolist()):
            axes.axvspan(hour, hour + 1, color=color, linewidth=0, label=None if number else label)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="best")
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 3), [f"{hour:02}:00" for hour in range(0, 25, 3)])
    against = "time of the day" if found.trading.is_all_day else "time of your hours"
    axes.set_ylabel(f"better than a random\n{against} (%)")


def _mark_few(axes: Axes, profile: TimingProfile, found: WindowsAnswer) -> None:
    """Dots on the few hours to try first; of hours of the week the map has no room for them."""
    few = few_best(found.advice, found.trading)
    if not few or found.advice.by_weekday or not found.advice.hours:
        return
    hours = [at.hour for at in few[-1].hours]
    axes.plot(
        [hour + 0.5 for hour in hours], 100 * profile.day[hours], "o", color=ACCENT, markersize=7, label="first try"
    )


def _draw_seen(axes: Axes, found: WindowsAnswer) -> None:
    """A strip of weeks: judged or not, and why not."""
    colors = {WeekState.JUDGED: LINE, WeekState.NOT_ADVISED: BAND, WeekState.NO_PRICE: MISSING}
    labelled: set[WeekState] = set()
    for number, week in enumerate(found.seen):
        label = None if week.state in labelled else str(week.state)
        labelled.add(week.state)
        axes.axvspan(number, number + 1, color=colors.get(week.state, OUTSIDE), linewidth=0, label=label)
    axes.set_xlim(0, max(1, len(found.seen)))
    places = range(0, len(found.seen), max(1, len(found.seen) // 6))
    axes.set_xticks(list(places), [f"{found.seen[place].first_day:%Y-%m-%d}" for place in places])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.set_ylabel("weeks", rotation=0, ha="right", va="center")
    if found.seen:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.7), ncols=4, frameon=False)


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
