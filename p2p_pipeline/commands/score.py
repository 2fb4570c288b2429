"""`p2p score`: what a quote can be expected to cost, its score, part by part, and what became of such quotes."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, end_unless, print_json
from p2p_pipeline.commands.offer_text import leg_lines, offers_text, warn_of
from p2p_pipeline.commands.options import (
    PayOption,
    PlotOption,
    parsed_amount,
    parsed_market,
    parsed_payments,
    parsed_time,
)
from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.p2p.markets import MarketSide, Side

if TYPE_CHECKING:
    from p2p_pipeline.p2p.answers.score import ScoredAnswer
    from p2p_pipeline.p2p.metrics.deals.score import Score


SCREEN_LETTERS = 120


def score(
    context: typer.Context,
    market: Annotated[str, typer.Option(help="For example bybit.USDT-RUB.")],
    side: Annotated[Side, typer.Option(case_sensitive=False, help="BUY pays fiat, SELL gives the asset.")],
    amount: Annotated[str, typer.Option(help="BUY: fiat to spend. SELL: asset to sell.")],
    profile: Annotated[str, typer.Option(help="Which offers count; see settings.yaml.")] = "wide",
    max_splits: Annotated[int, typer.Option(min=1, max=10, help="At most this many offers.")] = 3,
    pay: PayOption = None,
    at: Annotated[str | None, typer.Option(help="As of this time, for example 2024-10-25T12:00Z.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
    plot: PlotOption = None,
) -> None:
    """Score what an amount can be expected to cost in the newest snapshot: in money, 0 to 100, and why.

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
        at=moment,
        payment_methods=parsed_payments(pay),
    )
    if as_json:
        print_json(found.to_json())
    else:
        _print(found, started.shown(found.answer.view.snapshot_at))
    if plot is not None:
        from p2p_pipeline.p2p.plots.score import draw_score

        draw_score(plot, found, started.shown(found.answer.view.snapshot_at))
    warn_of(found.age)
    end_unless(found.score is not None)


def _print(found: ScoredAnswer, shown_time: str) -> None:
    from p2p_pipeline.p2p.answers import score_words
    from p2p_pipeline.p2p.metrics.deals.money import SCALE

    quote, market = found.answer.quote, found.answer.view.market_side.market
    given = market.fiat if quote.side is Side.BUY else market.asset
    profile = found.answer.profile.name
    typer.echo(
        f"{found.answer.view.market_side}, {number_text(quote.amount)} {given} at {shown_time}, {found.age.words}, "
        f"profile {profile}"
    )
    if quote.best_split is None or found.score is None:
        typer.echo(f"no score: the amount can't be placed: {quote.explanation}")
        return
    legs = offers_text(len(quote.best_split.legs))
    typer.echo(
        f"{score_words.price_text(found.score.money.price)} {market.fiat} over {legs}: score {found.score.total:.1f} "
        f"of 100, {found.score.known_weight:.0%} of what it weighs is known"
    )
    for label, sentence in (*score_words.money_lines(found), ("the score", SCALE)):
        typer.echo(fill(sentence, SCREEN_LETTERS, initial_indent=f"  {label:<20}", subsequent_indent=" " * 22))
    sellers = found.answer.view.sellers
    for line in (line for leg in quote.best_split.legs for line in leg_lines(leg, sellers, market)):
        typer.echo(line)
    _print_parts(found.score, score_words.PART_TITLES)
    typer.echo("")
    for sentence in (*score_words.chance_sentences(found), *score_words.calibration_sentences(found)):
        typer.echo(fill(sentence, SCREEN_LETTERS, subsequent_indent="    "))


def _print_parts(score: Score, titles: Mapping[str, str]) -> None:
    typer.echo(f"\n{'part':<24}{'value':>6}{'points':>8}  why")
    for part in score.parts:
        head = f"{titles[part.name]:<24}{part.value:>6.2f}{round(part.contribution, 1) + 0.0:>8.1f}  "
        typer.echo(head + f"\n{'':<40}".join(grade.words for grade in part.grades))
    if score.known_weight < 0.5:
        typer.echo("Most of it is not known: run `p2p process` so that the past can be read.")
