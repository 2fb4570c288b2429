"""What a currency list tells of each asset that an exchange trades: its chain, its contract, what is open."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from p2p_pipeline.exchanges.simulator.assets import asset
from p2p_pipeline.exchanges.simulator.dialects.dialect import Books


@dataclass(frozen=True, slots=True)
class ChainTold:
    """An asset on its chain."""

    chain: str
    contract: str
    deposit_open: bool
    withdraw_open: bool
    withdrawal_fee: Decimal


def chains_told(books: Books) -> dict[str, list[ChainTold]]:
    """By ticker, quotes that are coins too. What is closed for one of an asset's books is closed for the asset."""
    found: dict[str, dict[tuple[str, str], ChainTold]] = {}
    for book in books.all():
        what = book.instrument
        places = found.setdefault(what.base, {})
        before = places.get((what.chain, what.contract))
        places[what.chain, what.contract] = ChainTold(
            what.chain,
            what.contract,
            what.deposit_open and (before is None or before.deposit_open),
            what.withdraw_open and (before is None or before.withdraw_open),
            what.withdrawal_fee,
        )
    for ticker in {book.instrument.quote for book in books.all()} - found.keys():
        quote = asset(ticker)
        if quote.contract or quote.chain not in ("USD", "EUR", "KRW"):
            one = ChainTold(quote.chain, quote.contract, True, True, Decimal(1))
            found[ticker] = {(quote.chain, quote.contract): one}
    return {ticker: list(places.values()) for ticker, places in sorted(found.items())}
