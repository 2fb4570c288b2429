"""`p2p depth`: the ladder of one side of a book: how much there is, and up to which price."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.offer_text import offers_text, warn_of
from p2p_pipeline.commands.options import parsed_market, parsed_time
from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.p2p.markets import Market, MarketSide, Side

if TYPE_CHECKING:
    from p2p_pipeline.p2p.metrics.pricing.depth import Level


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

    from p2p_pipeline.p2p.answers.depth import answer_depth
    from p2p_pipeline.p2p.answers.now import AnswerDesk
    from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
    from p2p_pipeline.p2p.raw.reader import RawReader

    started = context_of(context)
    settings = started.settings
    desk = AnswerDesk(RawReader(started.paths.root), PaymentMap.load(), [entry.market for entry in settings.markets])
    found = answer_depth(desk, wanted, levels, datetime.now(UTC), settings.quality.stale_after_seconds, moment)
    view, age = found.view, found.age
    if as_json:
        print_json(found.to_json())
    else:
        seen = started.shown(view.snapshot_at)
        typer.echo(f"{wanted}, {offers_text(len(view.offers))} ({view.extent}) at {seen}, {age.words}")
        for line in ladder_lines(found.ladder, wanted.market):
            typer.echo(line)
    warn_of(age)


def ladder_lines(ladder: Sequence[Level], market: Market) -> list[str]:
    """The ladder as a table: what is at each price, and what is there up to it, decimal points below each other."""
    columns = [
        ("price", number_column([level.price for level in ladder])),
        ("offers", [str(level.offers) for level in ladder]),
        (market.asset, number_column([level.asset for level in ladder])),
        (f"{market.asset}, sum", number_column([level.cumulative_asset for level in ladder])),
        (f"{market.fiat}, sum", number_column([level.cumulative_fiat for level in ladder])),
    ]
    widths = [max(len(text) for text in (head, *cells)) for head, cells in columns]
    rows = [tuple(head for head, _ in columns), *zip(*(cells for _, cells in columns), strict=True)]
    lines = ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    return [*lines, "(sum: of this price and all better ones)"] if ladder else lines


def number_column(values: Sequence[Decimal]) -> list[str]:
    """Numbers with as many decimal places as the finest of them needs, six at most."""
    texts = [number_text(value) for value in values]
    places = max((len(text.partition(".")[2]) for text in texts), default=0)
    return [f"{value:,.{places}f}" for value in values]
