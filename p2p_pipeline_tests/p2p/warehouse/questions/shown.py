"""What a venue showed in each of some sweeps, to be counted by hand: plain loops, no SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from statistics import mean, median_low

from p2p_pipeline.p2p.markets import Market, MarketSide, Offer, Side
from p2p_pipeline.p2p.warehouse.batch import ReadOffer

Books = Mapping[MarketSide, tuple[ReadOffer, ...]]


def side_of(fiat: str, asset: str = "USDT", side: str = "BUY") -> MarketSide:
    """A market side of the simulated venue."""
    return MarketSide(Market("binance", asset, fiat), Side(side))


def can_be_filled(offer: Offer) -> bool:
    """Whether any amount can be had."""
    return offer.max_fiat > 0 and offer.max_fiat >= offer.min_fiat


def better(side: Side, prices: list[Decimal]) -> Decimal | None:
    """The best of some prices for the taker."""
    if not prices:
        return None
    return min(prices) if side is Side.BUY else max(prices)


@dataclass(frozen=True)
class Span:
    """An offer as it was in the sweeps from one up to another; `ends` is None where it still is so."""

    offer: Offer
    begins: datetime
    ends: datetime | None


@dataclass
class Shown:
    """All sweeps."""

    sweeps: dict[datetime, dict[MarketSide, tuple[ReadOffer, ...]]]

    @property
    def newest(self) -> datetime:
        """When the last sweep began."""
        return max(self.sweeps)

    def book(self, market_side: MarketSide, at: datetime | None = None) -> list[Offer]:
        """A market side's offers, in the last sweep unless another is named."""
        return [read.offer for read in self.sweeps[at or self.newest][market_side]]

    def fiat_offers(self, fiat: str, side: str | None = None) -> list[Offer]:
        """All open offers of a fiat, of one side or both."""
        return [
            offer
            for market_side in self.sides
            if market_side.market.fiat == fiat and side in (None, market_side.side.value)
            for offer in self.book(market_side)
        ]

    @property
    def sides(self) -> list[MarketSide]:
        """All market sides."""
        return list(self.sweeps[self.newest])

    def best(self, market_side: MarketSide, at: datetime) -> Decimal | None:
        """The best price that can be filled."""
        prices = [offer.price for offer in self.book(market_side, at) if can_be_filled(offer)]
        return better(market_side.side, prices)

    def median(self, market_side: MarketSide, at: datetime) -> Decimal | None:
        """The price in the middle."""
        prices = [offer.price for offer in self.book(market_side, at)]
        return median_low(prices) if prices else None

    def hours(self, days: int, until: datetime | None = None) -> dict[datetime, list[datetime]]:
        """The sweeps of each hour after so many days before a moment."""
        until = until or self.newest
        hours: dict[datetime, list[datetime]] = {}
        for start in self.sweeps:
            hour = start.replace(minute=0)
            if until - timedelta(days=days) < hour <= until:
                hours.setdefault(hour, []).append(start)
        return hours

    def hourly_best(self, market_side: MarketSide, days: int) -> dict[datetime, float]:
        """The average best price of each hour that has one."""
        found = {}
        for hour, starts in self.hours(days).items():
            prices = [price for start in starts if (price := self.best(market_side, start)) is not None]
            if prices:
                found[hour] = float(mean(prices))
        return found

    def hourly_median(self, market_side: MarketSide, days: int) -> dict[datetime, float]:
        """The average median price of each hour that has one."""
        found = {}
        for hour, starts in self.hours(days).items():
            prices = [price for start in starts if (price := self.median(market_side, start)) is not None]
            if prices:
                found[hour] = float(mean(prices))
        return found

    @cached_property
    def spans(self) -> dict[MarketSide, list[list[Span]]]:
        """For each market side, the spans of each of its offers in their order."""
        return {market_side: list(self._spans(market_side)) for market_side in self.sides}

    def _spans(self, market_side: MarketSide) -> Iterator[list[Span]]:
        seen: dict[str, list[Span]] = {}
        for start in [*self.sweeps]:
            book = {offer.offer_id: offer for offer in self.book(market_side, start)}
            for offer_id, spans in seen.items():
                last = spans[-1]
                if last.ends is None and (offer_id not in book or _kept(last.offer) != _kept(book[offer_id])):
                    spans[-1] = Span(last.offer, last.begins, start)
            for offer_id, offer in book.items():
                spans = seen.setdefault(offer_id, [])
                if not spans or spans[-1].ends is not None:
                    spans.append(Span(offer, start, None))
        yield from seen.values()

    def changes(self, market_side: MarketSide) -> Iterator[tuple[Span, Span]]:
        """Each change of an offer, as the spans before and after it."""
        for spans in self.spans[market_side]:
            yield from ((before, after) for before, after in pairwise(spans) if before.ends == after.begins)


def _kept(offer: Offer) -> tuple[object, ...]:
    """What a change of makes a new version."""
    return (
        offer.price, offer.available_asset, offer.min_fiat, offer.max_fiat, offer.stated_max_fiat, offer.payments,
        offer.payment_minutes, offer.is_promoted, offer.advertiser_name, offer.is_merchant, offer.remark,
    )  # fmt: skip
