"""Which ways lead from one fiat to another over the configured markets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from p2p_pipeline.kernel.told import Told, joined
from p2p_pipeline.p2p.markets import Market, MarketSide, Side

COMBO_VENUE = "combo"
"""Stands for the venue in the name of a combo's series."""
LEGS_WITHIN = timedelta(seconds=60)
"""How far apart the books of the two legs may be to count as seen together."""


@dataclass(frozen=True, slots=True)
class Route:
    """Buy the asset in one market, sell it in another."""

    asset: str
    buy_market: Market
    """Of the source fiat."""
    sell_market: Market
    """Of the target fiat."""
    fee_asset: Decimal
    """What moving the asset costs; 0 within a venue. How long it takes on the chain is not priced."""

    @property
    def needs_transfer(self) -> bool:
        """Whether the asset has to move from one venue to another."""
        return self.buy_market.venue != self.sell_market.venue


def combo_series_side(source: str, target: str) -> MarketSide:
    """How a combo's rate is named among the prices: `combo.RUB-VND`, side SELL.

    Who changes RUB into VND gives RUB and wants many VND for each: a SELL of RUB priced in VND, higher is better.
    Raises ValueError for a fiat that is no code of 3 to 5 capital letters.
    """
    return MarketSide(Market.parse(Market(COMBO_VENUE, source, target).key), Side.SELL)


def fiat_of_sizes(market: Market) -> str:
    """The fiat in which the sizes of a market's series are counted: of a combo the one that is spent."""
    return market.asset if market.venue == COMBO_VENUE else market.fiat


def routes_between(
    source: str, target: str, markets: Iterable[Market], transfer_fees_asset: Mapping[str, Decimal]
) -> tuple[Route, ...]:
    """Every route from source to target fiat, by asset and market; between venues only where the asset has a fee."""
    known = sorted(set(markets))
    found = []
    for buy in known:
        for sell in known:
            if (buy.fiat, sell.fiat) != (source, target) or buy.asset != sell.asset or source == target:
                continue
            fee = Decimal(0) if buy.venue == sell.venue else transfer_fees_asset.get(buy.asset)
            if fee is not None:
                found.append(Route(buy.asset, buy, sell, fee))
    return tuple(sorted(found, key=lambda route: (route.asset, route.buy_market, route.sell_market)))


def why_no_route(source: str, target: str, markets: Iterable[Market], fees: Mapping[str, Decimal]) -> Told:
    """One sentence: what is missing between two fiats, and what is configured."""
    known = sorted(set(markets))
    keys = ", ".join(market.key for market in known) or Told("none")
    buys = [market for market in known if market.fiat == source]
    sells = [market for market in known if market.fiat == target]
    missing = [fiat for fiat, side in ((source, buys), (target, sells)) if not side]
    if missing:
        problem = Told("no configured market trades {missing}", missing=joined(Told(" or "), missing))
    elif not {market.asset for market in buys} & {market.asset for market in sells}:
        problem = Told("no asset is configured for both")
    else:
        problem = Told(
            "the asset would have to move between venues, and analytics.transfer_fees_asset has no fee for it (fees: "
            "{priced})",
            priced=", ".join(sorted(fees)) or Told("none"),
        )
    return Told(
        "there is no route from {source} to {target}: {problem}; configured markets: {keys}",
        source=source,
        target=target,
        problem=problem,
        keys=keys,
    )
