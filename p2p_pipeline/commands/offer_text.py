"""An order in words: what is paid, what one gets, and from whom; how old its book is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from p2p_pipeline.kernel.foreign_text import shown
from p2p_pipeline.kernel.texts import count_text, number_text
from p2p_pipeline.p2p.markets import Market, Side

if TYPE_CHECKING:
    from p2p_pipeline.p2p.answers.age import BookAge
    from p2p_pipeline.p2p.answers.sellers import Sellers
    from p2p_pipeline.p2p.metrics.pricing.execution import Leg, Split
    from p2p_pipeline.p2p.offers.assemble import SeenOffer


def leg_lines(leg: Leg, sellers: Sellers, market: Market, indent: str = "  ") -> list[str]:
    """What one order pays and gets, and on a line of its own from whom; ids are for `--json`."""
    paid, got = f"{number_text(leg.fiat)} {market.fiat}", f"{number_text(leg.asset)} {market.asset}"
    line = f"{indent}{paid} for {got} at {number_text(leg.price)}"
    seen = sellers.get(leg.offer_id)
    return [line] if seen is None else [line, f"{indent}  {from_whom(seen, market.fiat)}"]


def from_whom(seen: SeenOffer, fiat: str) -> str:
    """The advertiser with what he has done, his limits, and how he is paid."""
    offer = seen.offer
    name = shown(offer.advertiser_name or offer.advertiser_id or "an advertiser without a name")
    done = [
        *(["merchant"] if offer.is_merchant else []),
        *([] if offer.orders_30d is None else [f"{offer.orders_30d:,} orders in 30 days"]),
        *([] if offer.completion_rate is None else [f"{offer.completion_rate:.1%} completed"]),
    ]
    known = f" ({', '.join(done)})" if done else ""
    methods = ", ".join(shown(code) for code in seen.payment_methods) or "payment not named"
    return f"{name}{known}; {number_text(offer.min_fiat)} to {number_text(offer.max_fiat)} {fiat}; {methods}"


def got_text(leg: Leg | Split, side: Side, market: Market) -> str:
    """What the taker gets: asset on BUY, fiat on SELL."""
    if side is Side.BUY:
        return f"{number_text(leg.asset)} {market.asset}"
    return f"{number_text(leg.fiat)} {market.fiat}"


def offers_text(count: int) -> str:
    """`1 offer`, `3 offers`."""
    return count_text(count, "offer")


def search_text(gap: float, max_splits: int) -> str:
    """What was proven of a split."""
    if gap:
        return f"the search had to end: another split could be better by {gap:.3%} at most"
    return f"proven: no split over {offers_text(max_splits)} or fewer is better"


def warn_of(age: BookAge) -> None:
    """Say that a book is stale, where people and logs look for warnings."""
    if age.warning is not None:
        typer.echo(f"Beware: {age.warning}.", err=True)
