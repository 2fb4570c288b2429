"""Books made to be hard, and books made to look real; seeded."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.pricing.book import Book


@dataclass(frozen=True)
class Advert:
    """What a book needs of an offer."""

    offer_id: str
    price: Decimal
    min_fiat: Decimal
    max_fiat: Decimal
    available_asset: Decimal


@dataclass(frozen=True)
class Sheet:
    """A side of a snapshot, before it is a book."""

    side: Side
    adverts: tuple[Advert, ...]
    fiat_scale: int = 2
    asset_scale: int = 2

    def book(self, admitted: Sequence[bool] | None = None) -> Book:
        return Book.from_columns(
            self.side,
            offer_ids=[advert.offer_id for advert in self.adverts],
            price=[advert.price for advert in self.adverts],
            min_fiat=[advert.min_fiat for advert in self.adverts],
            max_fiat=[advert.max_fiat for advert in self.adverts],
            available_asset=[advert.available_asset for advert in self.adverts],
            fiat_scale=self.fiat_scale,
            asset_scale=self.asset_scale,
            admitted=admitted,
        )

    def with_adverts(self, adverts: Sequence[Advert]) -> Sheet:
        return replace(self, adverts=tuple(adverts))


def _log_uniform(rng: random.Random, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def _sheet(
    side: Side,
    rows: Sequence[tuple[float, float, float]],
    price_places: int = 2,
    fiat_scale: int = 2,
    asset_scale: int = 2,
) -> Sheet:
    adverts = []
    for number, (price, low, high) in enumerate(rows):
        exact_price = Decimal(f"{price:.{price_places}f}")
        adverts.append(
            Advert(
                f"{number:05}",
                exact_price,
                Decimal(f"{low:.{fiat_scale}f}"),
                Decimal(f"{high:.{fiat_scale}f}"),
                round(Decimal(high) / exact_price, asset_scale) + 1,
            )
        )
    return Sheet(side, tuple(adverts), fiat_scale, asset_scale)


def _worse(side: Side, share: float) -> float:
    """A factor that makes a price worse for the taker by a share."""
    return 1 + share if side is Side.BUY else 1 / (1 + share)


def realistic(rng: random.Random, offers: int, side: Side) -> Sheet:
    """Teasers with tiny maxima on top, prices on a grid of 0.01, wide ranges, one in ten drained."""
    rows = []
    for _ in range(offers):
        is_teaser = rng.random() < 0.08
        price = 10.5 * _worse(side, abs(rng.gauss(-0.01 if is_teaser else 0.012, 0.012)))
        low = _log_uniform(rng, 50, 200) if is_teaser else _log_uniform(rng, 100, 20_000)
        high = low * (rng.uniform(1, 2) if is_teaser else _log_uniform(rng, 0.8, 60))
        rows.append((price, round(low, -1), high))
    return _sheet(side, rows)


def vnd(rng: random.Random, offers: int, side: Side) -> Sheet:
    """Prices about 26,000 without decimals, limits from a million to billions."""
    rows = []
    for _ in range(offers):
        low = round(_log_uniform(rng, 1e6, 3e8), -5)
        rows.append((26_000 * _worse(side, abs(rng.gauss(0, 0.006))), low, low * _log_uniform(rng, 0.9, 50)))
    return _sheet(side, rows, price_places=0, fiat_scale=0)


def bitcoin(rng: random.Random, offers: int, side: Side) -> Sheet:
    """An asset of 8 decimal places and prices of millions."""
    rows = []
    for _ in range(offers):
        low = _log_uniform(rng, 500, 100_000)
        rows.append((8_123_456.78 * _worse(side, abs(rng.gauss(0, 0.02))), low, low * _log_uniform(rng, 0.9, 100)))
    return _sheet(side, rows, asset_scale=8)


def equal_prices(rng: random.Random, offers: int, side: Side) -> Sheet:
    """Three prices for all: everything is a tie."""
    rows = []
    for _ in range(offers):
        low = _log_uniform(rng, 100, 5_000)
        rows.append((rng.choice([10.50, 10.51, 10.55]), low, low * rng.uniform(1, 6)))
    return _sheet(side, rows)


def fixed_lots(rng: random.Random, offers: int, side: Side) -> Sheet:
    """Minimum equals maximum for nearly all: equality is a sum of lots."""
    rows = []
    for _ in range(offers):
        lot = float(rng.randint(1, 200) * 50)
        is_flexible = rng.random() < 0.05
        rows.append((10 * _worse(side, abs(rng.gauss(0, 0.02))), lot, lot * (1.5 if is_flexible else 1)))
    return _sheet(side, rows)


def odd_lots(rng: random.Random, offers: int, side: Side) -> Sheet:
    """Lots to the cent, and nothing flexible: nearly no amount can be placed, and the proof is a search of sums."""
    rows = []
    for _ in range(offers):
        lot = rng.randint(10_000, 900_000) / 100
        # On SELL a lot must hold a whole tick of the asset, worth about 0.10.
        rows.append((10 * _worse(side, abs(rng.gauss(0, 0.02))), lot, lot if side is Side.BUY else lot + 0.11))
    return _sheet(side, rows)


def narrow_ranges(rng: random.Random, offers: int, side: Side) -> Sheet:
    """Every offer takes only nearly one amount: sets leave gaps."""
    rows = []
    for _ in range(offers):
        low = _log_uniform(rng, 300, 6_000)
        rows.append((10 * _worse(side, abs(rng.gauss(0, 0.03))), low, low * rng.uniform(1, 1.06)))
    return _sheet(side, rows, price_places=4)


def small_maxima(rng: random.Random, offers: int, side: Side) -> Sheet:
    """The better the price the smaller the maximum, on a fine price grid: the count of legs binds."""
    rows = []
    for _ in range(offers):
        quality = rng.random()
        high = 500 * math.exp(3.5 * quality) * rng.uniform(0.7, 1.4)
        rows.append((10 * _worse(side, 0.03 * quality + rng.uniform(0, 0.004)), high * rng.uniform(0.02, 0.9), high))
    return _sheet(side, rows, price_places=4)


KINDS: dict[str, Callable[[random.Random, int, Side], Sheet]] = {
    "realistic": realistic,
    "vnd": vnd,
    "bitcoin": bitcoin,
    "equal_prices": equal_prices,
    "small_maxima": small_maxima,
    "narrow_ranges": narrow_ranges,
    "fixed_lots": fixed_lots,
    "odd_lots": odd_lots,
}


def amounts_for(rng: random.Random, sheet: Sheet, book: Book, count: int, max_splits: int) -> list[Decimal]:
    """Amounts spread over what the book can do: from its lowest minimum to what `max_splits` offers fill."""
    if not len(book):
        return [Decimal(1)] * count
    capacity = sum(sorted(book.maxima.tolist())[-max_splits:])
    lowest = int(book.minima.min())
    return [
        book.amount(max(1, int(_log_uniform(rng, lowest * 0.8, max(capacity, lowest) * 1.05)))) for _ in range(count)
    ]
