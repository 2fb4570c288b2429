"""How long offers live, as a picture: the share still there, its band, and when half are gone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from p2p_pipeline.kernel.texts import span_text
from p2p_pipeline.p2p.metrics.behaviour.states import LifetimeState
from p2p_pipeline.p2p.plots.style import ACCENT, BAND, LINE, QUIET, PlotRefused, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from p2p_pipeline.p2p.metrics.behaviour.lifetimes import LifetimeFit
    from p2p_pipeline.p2p.metrics.behaviour.summaries import SideBehaviour

_COLOURS = ((LINE, BAND), (ACCENT, "#ecc3b9"))


def draw_behaviour(file: Path, market_key: str, found: Sequence[SideBehaviour]) -> None:
    """Save the lifetimes of each side's offers as a PNG; raises PlotRefused when no side has any to draw."""
    drawn = [(entry, entry.fit) for entry in found if entry.fit is not None and entry.place == "all"]
    if not drawn:
        raise PlotRefused("there is nothing to draw: no side has enough lives that began and ended within the window")
    confidence = drawn[0][0].confidence
    last = max(min(fit.quantile(0.95, confidence).value, fit.longest_seen_seconds) for _, fit in drawn)
    times = np.linspace(min(fit.gap_seconds for _, fit in drawn), last, 400)
    counts = ", ".join(f"{entry.market['side']}: {fit.lives} lives, {fit.ended} ended" for entry, fit in drawn)
    subtitle = f"{counts}; looked at every {span_text(drawn[0][1].gap_seconds)}; band: {confidence:.0%} interval"
    with drawing(file, f"How long offers live: {market_key}", subtitle) as (_, axes):
        for (entry, fit), (line, band) in zip(drawn, _COLOURS, strict=False):
            _draw_side(axes, entry, fit, times, line, band)
        axes.axhline(0.5, color=QUIET, linewidth=0.8)
        axes.set(xlim=(0, last / 3600), ylim=(0, 1.02), xlabel="hours since an offer appeared")
        axes.set_ylabel("share of offers still there")
        axes.legend(loc="upper right")


def _draw_side(
    axes: Axes, entry: SideBehaviour, fit: LifetimeFit, times: np.ndarray[tuple[int], np.dtype[np.float64]],
    line: str, band: str,
) -> None:  # fmt: skip
    name, hours = entry.market["side"], times / 3600
    if entry.state is not LifetimeState.OK:
        # Below one gap only the families would speak: no line from the beginning, no share of all, no band.
        value = np.where(times >= fit.gap_seconds, fit.survival(times, entry.confidence)[0], np.nan)
        axes.plot(
            hours, value / np.nanmax(value), color=line, linewidth=2.4, label=f"{name}: of those that outlive one gap"
        )
        return
    # Drawn through the quantiles, as the table says them: a curve averaged at each time crosses a half elsewhere.
    shares = np.linspace(0.02, 0.98, 33)
    ends, low, high = fit.ends(shares, entry.confidence)
    axes.fill_betweenx(1 - shares, low / 3600, high / 3600, color=band, alpha=0.55, linewidth=0)
    at, left = np.concatenate(([0.0], ends)), np.concatenate(([1.0], 1 - shares))
    axes.plot(at / 3600, left, color=line, linewidth=2.4, label=f"{name}: lives as they are")
    median = fit.quantile(0.5, entry.confidence)
    axes.errorbar(
        [median.value / 3600], [0.5], fmt="o", color=line, capsize=5, markersize=7,
        xerr=[[(median.value - median.low) / 3600], [(median.high - median.value) / 3600]],
        label=f"{name}: half are gone after {span_text(median.value)}",
    )  # fmt: skip
