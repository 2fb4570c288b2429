"""A day's books as tables of numbers: quotes, depth, round trips."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from p2p_pipeline.kernel.money import storable
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.pricing.book import Book
from p2p_pipeline.p2p.metrics.pricing.day_books import SIDE_COLUMNS, DayBooks, units_of
from p2p_pipeline.p2p.metrics.pricing.depth import measure_depth, round_trip
from p2p_pipeline.p2p.metrics.pricing.execution import Quote, quote
from p2p_pipeline.p2p.metrics.pricing.schema import DEPTH, DEPTH_STEPS_PERCENT, QUOTES, ROUND_TRIPS, depth_step_column
from p2p_pipeline.p2p.metrics.pricing.sizes import MAX_SPLITS, QuotePlan

PAIR_WITHIN = timedelta(seconds=60)
"""How far apart the two sides of a round trip may be."""


def priced(book: Book, amount: Decimal) -> Quote:
    """A quote as the tables have it: the same in every rebuild."""
    return quote(book, amount, MAX_SPLITS, with_nearest=False)


def quote_rows(books: DayBooks, plan: QuotePlan, first: int = 0) -> pa.Table:
    """Quotes for every size and profile in each snapshot from a place on; an empty book has none."""
    steps = books.steps(plan)
    rows = []
    for place in range(first, len(books)):
        if books.snapshots[place]["offers"]:
            for profile in plan.profiles:
                book = books.book(place, profile)
                for step in steps:
                    found = priced(book, step[1] if book.side is Side.SELL else step[0])
                    rows.append(_quote_row(books, place, profile.name, step, found))
    return QUOTES.table_of(rows)


def depth_rows(books: DayBooks, first: int = 0) -> pa.Table:
    """Depth of each snapshot with an offer, from a place on."""
    rows = []
    for place in range(first, len(books)):
        offers = books.offers(place)
        if offers.num_rows:
            found = measure_depth(
                books.side(place),
                units_of(offers, "price"),
                units_of(offers, "available_asset"),
                offers.column("advertiser_id").to_pylist(),
                DEPTH_STEPS_PERCENT,
            )
            within = {depth_step_column(step): asset for step, asset in found.asset_within_percent}
            named = {name: getattr(found, name) for name in _DEPTH_FIELDS}
            rows.append({**_side_values(books, place), **named, **within})
    return DEPTH.table_of(rows)


_DEPTH_FIELDS = ("offers", "total_asset", "vwap", "median_price", "best_price", "hhi")


def round_trip_rows(books: DayBooks, plan: QuotePlan, since: datetime | None = None) -> pa.Table:
    """Buying each size and selling what came back at once, for each BUY snapshot from a moment on.

    A BUY snapshot goes with the SELL snapshot nearest in time, at most PAIR_WITHIN away; without one it has no row.
    """
    steps = books.steps(plan)
    sells = _filled(books, Side.SELL)
    times = np.array([books.snapshots[place]["snapshot_at"].timestamp() for place in sells])
    rows = []
    for place in _filled(books, Side.BUY):
        moment = books.snapshots[place]["snapshot_at"]
        sell = _nearest(sells, times, moment.timestamp())
        if sell is None or (since is not None and moment < since):
            continue
        for profile in plan.profiles:
            buy_book, sell_book = books.book(place, profile), books.book(sell, profile)
            for amount_fiat, _ in steps:
                trip = round_trip(buy_book, sell_book, amount_fiat, priced)
                rows.append(
                    {
                        "buy_snapshot_id": books.snapshots[place]["snapshot_id"],
                        "sell_snapshot_id": books.snapshots[sell]["snapshot_id"],
                        "profile": profile.name,
                        "amount_fiat": amount_fiat,
                        "snapshot_at": moment,
                        "market_key": books.snapshots[place]["market_key"],
                        "slot": books.snapshots[place]["slot"],
                        **{name: getattr(trip, name) for name in _TRIP_FIELDS},
                    }
                )
    return ROUND_TRIPS.table_of(rows)


_TRIP_FIELDS = ("bought_asset", "returned_fiat", "cost", "reason")


def _filled(books: DayBooks, side: Side) -> list[int]:
    places = [place for place in range(len(books)) if books.side(place) is side and books.snapshots[place]["offers"]]
    return sorted(places, key=lambda place: books.snapshots[place]["snapshot_at"])


def _nearest(places: list[int], times: np.ndarray[Any, np.dtype[np.float64]], moment: float) -> int | None:
    right = int(np.searchsorted(times, moment))
    near = [index for index in (right - 1, right) if 0 <= index < len(places)]
    best = min(near, key=lambda index: abs(times[index] - moment), default=None)
    if best is None or abs(times[best] - moment) > PAIR_WITHIN.total_seconds():
        return None
    return places[best]


def _quote_row(
    books: DayBooks, place: int, profile: str, step: tuple[Decimal, Decimal], found: Quote
) -> dict[str, Any]:
    single, split = found.best_single, found.best_split
    return {
        **_side_values(books, place),
        "profile": profile,
        "amount_fiat": step[0],
        "amount_asset": step[1] if found.side is Side.SELL else None,
        "best_single_price": single.price if single else None,
        "best_single_offer_id": single.offer_id if single else None,
        "best_split_price": storable(split.price) if split else None,
        "split_count": len(split.legs) if split else 0,
        "greedy_price": None if found.greedy_price is None else storable(found.greedy_price),
        "is_executable": found.is_executable,
        "reason": found.reason.value if found.reason else None,
        "proven_gap": found.proven_gap,
    }


def _side_values(books: DayBooks, place: int) -> dict[str, Any]:
    return {name: books.snapshots[place][name] for name in SIDE_COLUMNS}
