"""The picture of a scored quote: its parts, and how far the chance it was given can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.p2p.answers.score import ScoredAnswer
from p2p_pipeline.p2p.answers.score_words import PART_TITLES, after_text, price_text
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.deals.similar import CHANCES
from p2p_pipeline.p2p.plots.style import ACCENT, LINE, QUIET, SECOND, drawings

LEAST_DEALS_DRAWN = 10
"""A bin with fewer draws noise; the table has it."""


def draw_score(file: Path, found: ScoredAnswer, shown_time: str) -> None:
    """Draw the answer into a PNG file."""
    quote, market = found.answer.quote, found.answer.view.market_side.market
    given = market.fiat if quote.side is Side.BUY else market.asset
    total = "no score" if found.score is None else f"score {found.score.total:.1f} of 100"
    title = f"{found.answer.view.market_side}, {number_text(quote.amount)} {given}: {total}"
    price = "the amount can't be placed"
    if found.score is not None:
        money = found.score.money
        price = f"{price_text(money.price)} {market.fiat}, expected {price_text(money.expected_price)}"
    with drawings(
        file, title, (1.0, 1.1), f"{price}, {shown_time}, profile {found.answer.profile.name}", share_x=False
    ) as (_, (parts, reliability)):
        _draw_parts(parts, found)
        _draw_reliability(reliability, found)


def points_text(contribution: float) -> str:
    """Points a part takes, never "-0.0"."""
    return f"{round(contribution, 1) + 0.0:.1f}"


def _draw_parts(axes: Any, found: ScoredAnswer) -> None:
    parts = [] if found.score is None else list(reversed(found.score.parts))
    places = range(len(parts))
    axes.barh(places, [1.0] * len(parts), color="#f1f3f4", height=0.7)
    axes.barh(places, [part.value for part in parts], color=LINE, height=0.7)
    for place, part in enumerate(parts):
        unknown = "" if part.known_share > 0.999 else f", {1 - part.known_share:.0%} not known"
        axes.text(1.015, place, f"{points_text(part.contribution)} points{unknown}", va="center", fontsize=11)
    axes.set_yticks(places, [PART_TITLES[part.name] for part in parts])
    axes.set_xlim(0, 1.28)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1.0])
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("value of each part, 0 to 1; at the right what its doubt takes from 100")


def _draw_reliability(axes: Any, found: ScoredAnswer) -> None:
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.04)
    axes.set_ylabel("share that was")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle="--")
    drawn: list[dict[str, Any]] = []
    for kind, color, shift in zip(CHANCES, (LINE, SECOND), (-0.003, 0.003), strict=True):
        rows = [row for row in found.chance_rows_of(kind) if row["deals"] >= LEAST_DEALS_DRAWN]
        if rows:
            drawn.append(rows[0])
            _draw_curve(axes, rows, color, shift)
    if not drawn:
        axes.text(0.5, 0.3, "no deal of this market was followed yet", ha="center", va="center", color=QUIET)
    when = after_text(drawn[0]) if drawn else "later"
    axes.set_xlabel(f"chance told of being still there {when} (bars: 90 % intervals)")
    if found.score is not None:
        axes.axvline(found.score.money.still_there, color=ACCENT, linewidth=2, label="told of this quote")
    if drawn or found.score is not None:
        axes.legend(loc="lower right", fontsize=11)


def _draw_curve(axes: Any, rows: Sequence[dict[str, Any]], color: str, shift: float) -> None:
    shares = [row["share_held"] for row in rows]
    errors = [
        [row["share_held"] - row["share_low"] for row in rows],
        [row["share_high"] - row["share_held"] for row in rows],
    ]
    first = rows[0]
    days = first["judged_days"]
    told = f"on {days} later {'day' if days == 1 else 'days'}" if days else "by the general rule"
    kind = "split" if first["predictor"] == CHANCES[1] else "single"
    usual = "" if first["brier_before"] is None else f" (one share for all: {first['brier_before']:.3f})"
    label = f"{kind} deals {told}, Brier {first['brier']:.3f}{usual}"
    means = [row["mean_chance"] + shift for row in rows]
    axes.errorbar(means, shares, yerr=errors, color=color, marker="o", capsize=4, label=label)
