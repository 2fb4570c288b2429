"""`p2p score`: how good a quote is, part by part, and what became of quotes with such a score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from p2p_pipeline.commands.context import context_of, end_unless, print_json
from p2p_pipeline.commands.offer_text import leg_lines, warn_of
from p2p_pipeline.commands.options import (
    PayOption,
    PlotOption,
    SearchStepsOption,
    parsed_amount,
    parsed_market,
    parsed_payments,
    parsed_time,
)
from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.pricing.work import MOST_STEPS
from p2p_pipeline.p2p.plots.style import (
    ACCENT,
    BAND,
    LINE,
    QUIET,
    SECOND,
    drawings,
)

if TYPE_CHECKING:
    from p2p_pipeline.p2p.answers.score import ScoredAnswer

PART_TITLES = {
    "price": "price against its past",
    "liquidity": "room to spare",
    "stability": "stability",
    "advertiser": "advertiser's presence",
    "reputation": "reputation",
    "teaser": "no sign of bait",
    "freshness": "freshness",
}
LEAST_DEALS_DRAWN = 200
_HELD = {"legs": "still there", "amount": "still possible at no worse than 0.2 % from this price"}


def score(
    context: typer.Context,
    market: Annotated[str, typer.Option(help="For example bybit.USDT-RUB.")],
    side: Annotated[Side, typer.Option(case_sensitive=False, help="BUY pays fiat, SELL gives the asset.")],
    amount: Annotated[str, typer.Option(help="BUY: fiat to spend. SELL: asset to sell.")],
    profile: Annotated[str, typer.Option(help="Which offers count; see settings.yaml.")] = "wide",
    max_splits: Annotated[int, typer.Option(min=1, max=10, help="At most this many offers.")] = 3,
    search_steps: SearchStepsOption = MOST_STEPS,
    pay: PayOption = None,
    at: Annotated[str | None, typer.Option(help="As of this time, for example 2024-10-25T12:00Z.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
    plot: PlotOption = None,
) -> None:
    """Score what an amount costs in the newest snapshot, 0 to 100, and show what the score is made of.

    Exit code 3 says that the amount can't be placed.
    """
    started = context_of(context)
    wanted, moment, size = MarketSide(parsed_market(market), side), parsed_time(at), parsed_amount(amount)

    from datetime import UTC, datetime

    from p2p_pipeline.lake.direct import DirectLake
    from p2p_pipeline.p2p.answers.score import score_now
    from p2p_pipeline.p2p.raw.reader import RawReader

    found = score_now(
        RawReader(started.paths.root),
        DirectLake(started.paths.lake),
        started.settings,
        wanted,
        size,
        moment or datetime.now(UTC),
        profile=profile,
        max_splits=max_splits,
        search_steps=search_steps,
        at=moment,
        payment_methods=parsed_payments(pay),
    )
    if as_json:
        print_json(found.to_json())
    else:
        _print(found, started.shown(found.answer.view.snapshot_at))
    if plot is not None:
        _draw(found, plot, started.shown(found.answer.view.snapshot_at))
    warn_of(found.age)
    end_unless(found.score is not None)


def _print(found: ScoredAnswer, shown_time: str) -> None:
    from p2p_pipeline.p2p.metrics.pricing.refusal import refusal_words

    quote, market = found.answer.quote, found.answer.view.market_side.market
    given = market.fiat if quote.side is Side.BUY else market.asset
    profile = found.answer.profile.name
    typer.echo(
        f"{found.answer.view.market_side}, {number_text(quote.amount)} {given} at {shown_time}, {found.age.words}, "
        f"profile {profile}"
    )
    if quote.best_split is None or found.score is None:
        typer.echo(f"no score: {refusal_words('the amount', quote.reason, quote.explanation)}")
        return
    legs = len(quote.best_split.legs)
    offers = "1 offer" if legs == 1 else f"{legs} offers"
    typer.echo(
        f"{number_text(quote.best_split.price)} {market.fiat} over {offers}: score {found.score.total:.1f} of 100, "
        f"{found.score.known_weight:.0%} of it from known inputs"
    )
    sellers = found.answer.view.sellers
    for line in (line for leg in quote.best_split.legs for line in leg_lines(leg, sellers, market)):
        typer.echo(line)
    typer.echo(f"\n{'part':<24}{'value':>6}{'weight':>8}{'points':>8}  why")
    for part in found.score.parts:
        head = f"{PART_TITLES[part.name]:<24}{part.value:>6.2f}{part.weight:>8.0%}{_points(part.contribution):>8}  "
        typer.echo(head + f"\n{'':<48}".join(grade.words for grade in part.grades))
    if found.score.known_weight < 0.5:
        typer.echo("Most of it is not known: run `p2p process` so that the past can be read.")
    typer.echo("")
    for sentence in calibration_sentences(found):
        typer.echo(sentence)


def _points(contribution: float) -> str:
    # Not "-0.0".
    return f"{round(contribution, 1) + 0.0:.1f}"


def calibration_sentences(found: ScoredAnswer) -> list[str]:
    """What became of quotes with such a score, a sentence for each outcome and horizon."""
    similar = found.similar
    if not found.calibration:
        return ["What scores have meant here is not known yet: there is no calibration of this market."]
    if not similar:
        return ["No quote with such a score has been followed in this market yet."]
    first = similar[0]
    if first["predictor"] == "bait":
        head = (
            f"The price looks like bait. Bait stays on show, which says nothing of whether an order is honoured: of "
            f"such quotes in this market ({first['days']} days)"
        )
    else:
        bounds = f"{first['bin_low']:.0f} to {first['bin_high']:.0f}"
        head = f"{_score_when_seen(found)}Of quotes with a score from {bounds} in this market ({first['days']} days)"
    return [f"{head}, after the look they were seen in:", *(_sentence(row) for row in similar)]


def _score_when_seen(found: ScoredAnswer) -> str:
    """What must be said where the score shown and the one that the past is asked for are not the same."""
    score = found.score
    if score is None or abs(score.total - score.fresh_total) < 0.05:
        return ""
    return (
        f"When its book was taken this quote's score was {score.fresh_total:.1f}; age has made it {score.total:.1f}. "
        "What became of others is counted from when their books were taken, so the first number is compared. "
    )


def _sentence(row: dict[str, Any]) -> str:
    return (
        f"  of {row['deals']} such quotes {row['share_held']:.0%} were {_HELD[row['outcome']]} {_after(row)} "
        f"(90 % interval {row['share_low']:.0%} to {row['share_high']:.0%})"
    )


def _after(row: dict[str, Any]) -> str:
    if row["horizon"] == "next":
        return f"at the next look, about {row['later_seconds'] / 3600:.1f} hours later"
    return "1 minute later" if row["horizon"] == "1" else f"{row['horizon']} minutes later"


def _draw(found: ScoredAnswer, file: Path, shown_time: str) -> None:
    quote, market = found.answer.quote, found.answer.view.market_side.market
    given = market.fiat if quote.side is Side.BUY else market.asset
    total = "no score" if found.score is None else f"score {found.score.total:.1f} of 100"
    title = f"{found.answer.view.market_side}, {number_text(quote.amount)} {given}: {total}"
    split = quote.best_split
    no_price = "the search had to end" if quote.is_undecided else "the amount can't be placed"
    price = no_price if split is None else f"{number_text(split.price)} {market.fiat}"
    with drawings(
        file, title, (1.15, 1.0), f"{price}, {shown_time}, profile {found.answer.profile.name}", share_x=False
    ) as (_, (parts, curve)):
        _draw_parts(parts, found)
        _draw_calibration(curve, found)


def _draw_parts(axes: Any, found: ScoredAnswer) -> None:
    parts = [] if found.score is None else list(reversed(found.score.parts))
    places = range(len(parts))
    axes.barh(places, [1.0] * len(parts), color="#f1f3f4", height=0.7)
    axes.barh(places, [part.value for part in parts], color=LINE, height=0.7)
    for place, part in enumerate(parts):
        unknown = "" if part.known_share > 0.999 else f", {1 - part.known_share:.0%} not known"
        axes.text(1.015, place, f"{_points(part.contribution)} points{unknown}", va="center", fontsize=11)
    axes.set_yticks(places, [f"{PART_TITLES[part.name]} ({part.weight:.0%})" for part in parts])
    axes.set_xlim(0, 1.28)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1.0])
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("value of each part, 0 to 1 (weight in brackets); at the right what it takes from 100")


def _draw_calibration(axes: Any, found: ScoredAnswer) -> None:
    rows = [row for row in found.calibration if row["predictor"] == "score" and row["outcome"] == "legs"]
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 1.04)
    axes.set_xlabel("score (bins of 10; bars: 90 % intervals)")
    axes.set_ylabel("share still there")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    if not rows:
        axes.text(50, 0.5, "no calibration of this market yet", ha="center", va="center", color=QUIET)
    deals = Counter[str]()
    for row in rows:
        deals[row["horizon"]] += row["deals"]
    # A few dozen deals over nine bins draw noise; the table has them.
    horizons = [horizon for horizon, count in deals.items() if count >= LEAST_DEALS_DRAWN]
    colors = (SECOND, LINE, QUIET, BAND)
    for number, horizon in enumerate(horizons):
        shift = 1.6 * (number - (len(horizons) - 1) / 2)
        _draw_curve(axes, [row for row in rows if row["horizon"] == horizon], colors[number], shift)
    if found.score is not None:
        axes.axvline(found.score.total, color=ACCENT, linewidth=2, label="this quote")
    if rows or found.score is not None:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, borderaxespad=0.2)


def _draw_curve(axes: Any, rows: Sequence[dict[str, Any]], color: str, shift: float) -> None:
    middles = [(row["bin_low"] + row["bin_high"]) / 2 + shift for row in rows]
    shares = [row["share_held"] for row in rows]
    errors = [
        [row["share_held"] - row["share_low"] for row in rows],
        [row["share_high"] - row["share_held"] for row in rows],
    ]
    label = _after(rows[0])
    axes.errorbar(middles, shares, yerr=errors, color=color, marker="o", capsize=4, label=label)
