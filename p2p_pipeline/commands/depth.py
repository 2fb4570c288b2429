"""`p2p depth`: the ladder of one side of a book: how much there is, and up to which price."""

from __future__ import annotations

from typing import Annotated

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.options import parsed_market, parsed_time
from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.p2p.markets import MarketSide, Side


def depth(
    context: typer.Context,
    market: Annotated[str, typer.Option(help="For example bybit.USDT-RUB.")],
    side: Annotated[Side, typer.Option(case_sensitive=False, help="BUY shows the asks, SELL the bids.")],
    at: Annotated[str | None, typer.Option(help="As of this time, for example 2024-10-25T12:00Z.")] = None,
    levels: Annotated[int, typer.Option(min=1, help="How many prices.")] = 15,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Show the newest book by price, best first, as stated: what an amount costs is `p2p now`."""
    wanted, moment = MarketSide(parsed_market(market), side), parsed_time(at)

    from p2p_pipeline.p2p.answers.now import AnswerDesk
    from p2p_pipeline.p2p.metrics.pricing.depth import depth_ladder
    from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
    from p2p_pipeline.p2p.raw.reader import RawReader

    started = context_of(context)
    view = AnswerDesk(RawReader(started.paths.root), PaymentMap.load()).newest(wanted, moment)
    offers = [seen.offer for seen in view.offers]
    ladder = depth_ladder(side, [offer.price for offer in offers], [offer.available_asset for offer in offers])[:levels]
    if as_json:
        names = ("price", "offers", "asset", "cumulative_asset", "cumulative_fiat")
        rows = [{name: getattr(level, name) for name in names} for level in ladder]
        print_json({"market_key": wanted.market.key, "side": side, "snapshot_at": view.snapshot_at, "levels": rows})
        return
    typer.echo(f"{wanted}, {len(offers)} offers at {started.shown(view.snapshot_at)}")
    typer.echo(f"{'price':>16} {'offers':>7} {wanted.market.asset:>16} {'up to here':>16} {wanted.market.fiat:>20}")
    for level in ladder:
        typer.echo(
            f"{number_text(level.price):>16} {level.offers:>7} {number_text(level.asset):>16} "
            f"{number_text(level.cumulative_asset):>16} {number_text(level.cumulative_fiat):>20}"
        )
