"""`p2p now`: what an amount costs in the newest snapshot."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, end_unless, print_json
from p2p_pipeline.commands.offer_text import from_whom, got_text, leg_lines, offers_text, search_text, warn_of
from p2p_pipeline.commands.options import (
    MORE_STEPS_HINT,
    PayOption,
    SearchStepsOption,
    parsed_amount,
    parsed_market,
    parsed_payments,
    parsed_time,
)
from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.p2p.markets import WIDE, MarketSide, Side
from p2p_pipeline.p2p.metrics.pricing.work import MOST_STEPS

if TYPE_CHECKING:
    from p2p_pipeline.p2p.answers.age import BookAge
    from p2p_pipeline.p2p.answers.now import Answer
    from p2p_pipeline.p2p.metrics.pricing.refusal import Nearest


def now(
    context: typer.Context,
    market: Annotated[str, typer.Option(help="For example bybit.USDT-RUB.")],
    side: Annotated[Side, typer.Option(case_sensitive=False, help="BUY pays fiat, SELL gives the asset.")],
    amount: Annotated[str, typer.Option(help="BUY: fiat to spend. SELL: asset to sell.")],
    profile: Annotated[str, typer.Option(help="Which offers count; see settings.yaml.")] = "wide",
    max_splits: Annotated[int, typer.Option(min=1, max=10, help="At most this many offers.")] = 3,
    search_steps: SearchStepsOption = MOST_STEPS,
    pay: PayOption = None,
    at: Annotated[str | None, typer.Option(help="As of this time, for example 2024-10-25T12:00Z.")] = None,
    usual: Annotated[
        bool, typer.Option("--usual", help="Also what the other profiles cost over the week before (processed days).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Price an amount in the newest snapshot, or the newest at or before a time.

    Exit code 3 says that the amount can't be placed, or that the search ended before that was known: the reason and the
    nearest amounts that can be are printed.
    """
    started = context_of(context)
    wanted, moment, size = MarketSide(parsed_market(market), side), parsed_time(at), parsed_amount(amount)

    from p2p_pipeline.commands.strictness import strictness_line, usual_of
    from p2p_pipeline.p2p.answers.now import AnswerDesk
    from p2p_pipeline.p2p.answers.priced import PriceQuestion, priced
    from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
    from p2p_pipeline.p2p.raw.reader import RawReader

    methods, settings = parsed_payments(pay), started.settings
    desk = AnswerDesk(RawReader(started.paths.root), PaymentMap.load(), [entry.market for entry in settings.markets])
    asked = PriceQuestion(wanted, size, profile, max_splits, methods, moment, search_steps)
    told = priced(desk, settings, asked, datetime.now(UTC))
    found, age, snapshot_at = told.found, told.age, told.found.view.snapshot_at
    past = usual_of(started, wanted, size, snapshot_at) if usual else {}
    if as_json:
        print_json(told.to_json(past))
    else:
        _print(found, age, started.shown(snapshot_at))
        for entry in told.profiles:
            if entry.profile != WIDE.name:
                typer.echo(strictness_line(wanted.side, entry, past.get(entry.profile)))
    warn_of(age)
    end_unless(found.quote.is_executable)


def _print(found: Answer, age: BookAge, shown_time: str) -> None:
    from p2p_pipeline.p2p.metrics.pricing.refusal import refusal_words

    market, side, quote = found.view.market_side.market, found.view.market_side.side, found.quote
    given = market.fiat if side is Side.BUY else market.asset
    paid = f", paid by {' or '.join(sorted(found.profile.payment_methods))}" if found.profile.payment_methods else ""
    typer.echo(
        f"{found.view.market_side}, {offers_text(len(found.view.offers))} ({found.view.extent}) at "
        f"{shown_time}, {age.words}, profile {found.profile.name}{paid}"
    )
    if quote.best_split is None:
        typer.echo(refusal_words(f"{found.amount} {given}", quote.reason, quote.explanation))
        if quote.nearest:
            typer.echo(_nearest_text(quote.nearest, given))
        if quote.would_more_steps_help:
            typer.echo(MORE_STEPS_HINT)
        return
    sellers = found.view.sellers
    if quote.best_single:
        single = quote.best_single
        got = got_text(single, side, market)
        typer.echo(f"best single offer: {number_text(single.price)} {market.fiat}, for {got}")
        typer.echo(f"  {from_whom(sellers[single.offer_id], market.fiat)}")
    else:
        typer.echo("no single offer can take it")
    split = quote.best_split
    typer.echo(
        f"best split: {number_text(split.price)} {market.fiat} over {offers_text(len(split.legs))}, "
        f"for {got_text(split, side, market)}"
    )
    for line in (line for leg in split.legs for line in leg_lines(leg, sellers, market)):
        typer.echo(line)
    if quote.max_splits > 1:
        typer.echo(search_text(quote.proven_gap, quote.max_splits))
    if quote.would_more_steps_help:
        typer.echo(MORE_STEPS_HINT)


def _nearest_text(nearest: Nearest, given: str) -> str:
    near = [f"{value} {given}" for value in (nearest.below, nearest.above) if value is not None]
    if not near:
        return "no amount can be placed" if nearest.is_proven else "no amount was found in the steps of the search"
    unsure = "" if nearest.is_proven else " (nearer ones may exist: the search had to end)"
    return f"nearest amounts that can: {' or '.join(near)}{unsure}"
