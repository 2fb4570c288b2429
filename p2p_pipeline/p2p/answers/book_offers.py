"""The offers of one book, best price first, under the filters of whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from p2p_pipeline.p2p.answers.age import BookAge
from p2p_pipeline.p2p.answers.now import AnswerDesk, BookView, chosen_profile
from p2p_pipeline.p2p.answers.passed_over import obstacle_to
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.offers.assemble import SeenOffer
from p2p_pipeline.p2p.settings import Settings


@dataclass(frozen=True, slots=True)
class OffersQuestion:
    """Which offers are wanted."""

    market_side: MarketSide
    profile: str = "wide"
    payment_methods: frozenset[str] = frozenset()
    amount: Decimal | None = None
    """Only offers that can take it alone: fiat on BUY, the asset on SELL."""
    at: datetime | None = None
    """Of the newest book at or before this time; None for the newest."""
    book_at: datetime | None = None
    """Of the very book of that time, where pages before were of it."""


@dataclass(frozen=True, slots=True)
class BookOffers:
    """Those of them that the book has."""

    view: BookView
    asked_at: datetime
    age: BookAge
    offers: list[SeenOffer]
    """Best price first, ties by the offer's number."""

    def to_json(self) -> dict[str, Any]:
        """What is told of the book beside its offers."""
        return {
            "market_key": self.view.market_side.market.key,
            "side": self.view.market_side.side,
            "snapshot_id": self.view.snapshot["snapshot_id"],
            "snapshot_at": self.view.snapshot_at,
            "is_complete": self.view.snapshot["is_complete"],
            "asked_at": self.asked_at,
            **self.age.to_json(),
        }


def book_offers(desk: AnswerDesk, settings: Settings, asked: OffersQuestion, now: datetime) -> BookOffers:
    """The offers that are wanted. Raises NoSnapshot, and SettingsError for a profile that isn't there."""
    profile = chosen_profile(settings, asked.profile, asked.payment_methods)
    view, asked_at = desk.newest(asked.market_side, asked.book_at or asked.at), asked.at or now
    age = view.age(asked_at, settings.quality.stale_after_seconds, is_of_past=asked.at is not None)
    side = asked.market_side.side

    def is_wanted(seen: SeenOffer) -> bool:
        if asked.amount is not None:
            return obstacle_to(asked.amount, side, profile, seen) is None
        offer = seen.offer
        return profile.admits(seen.payment_methods, offer.completion_rate, offer.orders_30d, offer.is_merchant)

    wanted = [seen for seen in view.offers if is_wanted(seen)]
    return BookOffers(view, asked_at, age, sorted(wanted, key=lambda seen: place_of(side, seen)))


def place_of(side: Side, seen: SeenOffer) -> tuple[Decimal, str]:
    """Where an offer stands in its book: the better the price for the taker, the smaller."""
    return (seen.offer.price if side is Side.BUY else -seen.offer.price), seen.offer.offer_id


def offer_json(seen: SeenOffer) -> dict[str, Any]:
    """One offer as the API gives it, by the columns of the table `offers`."""
    offer = seen.offer
    return {
        "offer_id": offer.offer_id,
        "advertiser_id": offer.advertiser_id,
        "advertiser_name": offer.advertiser_name,
        "price": offer.price,
        "min_fiat": offer.min_fiat,
        "max_fiat": offer.max_fiat,
        "stated_max_fiat": offer.stated_max_fiat,
        "available_asset": offer.available_asset,
        "payment_methods": seen.payment_methods,
        "completion_rate": offer.completion_rate,
        "orders_30d": offer.orders_30d,
        "is_merchant": offer.is_merchant,
        "is_promoted": offer.is_promoted,
        "payment_minutes": offer.payment_minutes,
        "remark": offer.remark,
    }
