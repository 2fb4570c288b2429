"""`p2p now`: what an amount costs in the newest snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.options import parsed_amount, parsed_market, parsed_time
from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.p2p.markets import WIDE, MarketSide, Side

if TYPE_CHECKING:
    from p2p_pipeline.p2p.answers.now import Answer


def now(
    context: typer.Context,
    market: Annotated[str, typer.Option(help="For example bybit.USDT-RUB.")],
    side: Annotated[Side, typer.Option(case_sensitive=False, help="BUY pays fiat, SELL gives the asset.")],
    amount: Annotated[str, typer.Option(help="BUY: fiat to spend. SELL: asset to sell.")],
    profile: Annotated[str, typer.Option(help="Which offers count; see settings.yaml.")] = "wide",
    max_splits: Annotated[int, typer.Option(min=1, max=10, help="At most this many offers.")] = 3,
    at: Annotated[str | None, typer.Option(help="As of this time, for example 2024-10-25T12:00Z.")] = None,
    usual: Annotated[
        bool, typer.Option("--usual", help="Also what the other profiles cost over the week before (processed days).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Price an amount in the newest snapshot, or the newest at or before a time."""
    started = context_of(context)
    wanted, moment, size = MarketSide(parsed_market(market), side), parsed_time(at), parsed_amount(amount)

    from p2p_pipeline.commands.strictness import profile_json, strictness_line, usual_of
    from p2p_pipeline.p2p.answers.now import AnswerDesk, answer, compare_profiles
    from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
    from p2p_pipeline.p2p.raw.reader import RawReader

    chosen = started.settings.profile(profile)
    desk = AnswerDesk(RawReader(started.paths.root), PaymentMap.load())
    view = desk.newest(wanted, moment)
    found = answer(view, chosen, size, max_splits)
    profiles = compare_profiles(found, started.settings.all_profiles())
    past = usual_of(started, wanted, size, view.snapshot_at) if usual else {}
    if as_json:
        told = [profile_json(entry, past.get(entry.profile)) for entry in profiles]
        print_json({**found.to_json(), "profiles": told})
        return
    _print(found, started.shown(view.snapshot_at))
    for entry in profiles:
        if entry.profile != WIDE.name:
            typer.echo(strictness_line(wanted.side, entry, past.get(entry.profile)))


def _print(found: Answer, shown_time: str) -> None:
    market, quote = found.view.market_side.market, found.quote
    given, got = (market.fiat, market.asset) if found.view.market_side.side is Side.BUY else (market.asset, market.fiat)
    whole = "the whole book" if found.view.snapshot["is_complete"] else "part of the book"
    typer.echo(
        f"{found.view.market_side}, {len(found.view.offers)} offers ({whole}) at "
        f"{shown_time}, profile {found.profile.name}"
    )
    if quote.best_split is None:
        typer.echo(f"{found.amount} {given} can't be placed: {quote.explanation}")
        if quote.nearest:
            near = [f"{value} {given}" for value in (quote.nearest.below, quote.nearest.above) if value is not None]
            typer.echo(f"nearest amounts that can: {' or '.join(near)}" if near else "no amount can be placed")
        return
    if quote.best_single:
        single = quote.best_single
        typer.echo(f"best single offer: {number_text(single.price)} {market.fiat}, offer {single.offer_id}")
    else:
        typer.echo("no single offer can take it")
    split = quote.best_split
    typer.echo(
        f"best split: {number_text(split.price)} {market.fiat} over {len(split.legs)} offers, "
        f"for {number_text(split.asset if got == market.asset else split.fiat)} {got}"
    )
    for leg in split.legs:
        typer.echo(
            f"  {number_text(leg.fiat)} {market.fiat} for {number_text(leg.asset)} {market.asset} "
            f"at {number_text(leg.price)}, offer {leg.offer_id}"
        )
    if quote.proven_gap:
        typer.echo(f"the search ran out of time; a better split could be at most {quote.proven_gap:.3%} better")
