"""How long offers live, as a picture: the share still there, its band, and when half are gone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from p2p_pipeline.kernel.texts import span_text
from p2p_pipeline.p2p.plots.style import ACCENT, BAND, LINE, QUIET, PlotRefused, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from p2p_pipeline.p2p.metrics.behaviour.estimates import LifetimeEstimates
    from p2p_pipeline.p2p.metrics.behaviour.summaries import SideBehaviour

_COLOURS = ((LINE, BAND), (ACCENT, "#ecc3b9"))


def draw_behaviour(file: Path, market_key: str, found: Sequence[SideBehaviour]) -> None:
    """Save the lifetimes of each side's offers as a PNG; raises PlotRefused when no side has any to draw."""
    drawn = [(entry, entry.estimates) for entry in found if entry.estimates is not None and entry.place == "all"]
    if not drawn:
        raise PlotRefused("there is nothing to draw: no side has enough lives that began and ended within the window")
    confidence = drawn[0][0].confidence
    last = max(_drawn_until(told) for _, told in drawn)
    counts = ", ".join(
        f"{entry.market['side']}: {told.fit.lives} lives, {told.fit.ended} ended" for entry, told in drawn
    )
    subtitle = (
        f"{counts}; looked at every {span_text(drawn[0][1].fit.gap_seconds)}; "
        f"band: {confidence:.0%} interval for a market like it"
    )
    with drawing(file, f"How long offers live: {market_key}", subtitle) as (_, axes):
        for (entry, told), (line, band) in zip(drawn, _COLOURS, strict=False):
            _draw_side(axes, entry.market["side"], told, line, band)
        axes.axhline(0.5, color=QUIET, linewidth=0.8)
        axes.set(xlim=(0, last / 3600), ylim=(0, 1.02), xlabel="hours since an offer appeared")
        axes.set_ylabel("share of offers still there")
        axes.legend(loc="upper right")


def _drawn_until(told: LifetimeEstimates) -> float:
    late = told.curve.quantile(0.95)
    return late if math.isfinite(late) else told.curve.longest_seconds


def _draw_side(axes: Axes, name: str, told: LifetimeEstimates, line: str, band: str) -> None:
    median = told.gone_by(0.5)
    if median is None:
        # Below one gap only the families would speak: no line from the beginning, no share of all, no band.
        times = np.linspace(told.fit.gap_seconds, _drawn_until(told), 60)
        value = np.array([told.curve.share(at) for at in times.tolist()])
        axes.plot(
            times / 3600, value / value[0], color=line, linewidth=2.4, label=f"{name}: of those that outlive one gap"
        )
        return
    # Drawn through the quantiles, as the table says them.
    shares = np.linspace(0.05, 0.95, 19)
    ends = [(share, found) for share in shares.tolist() if (found := told.gone_by(share)) is not None]
    left = np.array([1.0 - share for share, _ in ends])
    value, low, high = (
        np.array([getattr(found, field) for _, found in ends]) / 3600 for field in ("value", "like_low", "like_high")
    )
    axes.fill_betweenx(left, low, np.minimum(high, told.fit.longest_seen_seconds / 3600), color=band, alpha=0.55, lw=0)
    axes.plot([0.0, *value], [1.0, *left], color=line, linewidth=2.4, label=f"{name}: lives as they are")
    here = [median.value - median.here_low, median.here_high - median.value]
    axes.errorbar(
        [median.value / 3600], [0.5], fmt="o", color=line, capsize=5, markersize=7,
        xerr=[[max(0.0, part) / 3600] if math.isfinite(part) else [0.0] for part in here],
        label=f"{name}: half are gone after {span_text(median.value)} (bar: this market as observed)",
    )  # fmt: skip
