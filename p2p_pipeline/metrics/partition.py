"""A day of one market as tables of numbers: snapshots and offers in, quotes, depth and round trips out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from p2p_pipeline.markets import Profile, Side
from p2p_pipeline.metrics.book import Book
from p2p_pipeline.metrics.depth import measure_depth
from p2p_pipeline.metrics.execution import Quote, quote
from p2p_pipeline.metrics.schema import DEPTH, DEPTH_STEPS_PERCENT, QUOTES, ROUND_TRIPS, depth_step_column
from p2p_pipeline.metrics.units import Units, from_arrow_decimals
from p2p_pipeline.settings import MarketSettings
from p2p_pipeline.tables import Table

MAX_SPLITS = 3
DEFAULT_SIZES_ASSET = (Decimal(100), Decimal(500), Decimal(2_000))
PAIR_WITHIN = timedelta(seconds=60)
_SIDE_COLUMNS = ("snapshot_id", "snapshot_at", "market_key", "venue", "asset", "fiat", "side")


@dataclass(frozen=True, slots=True)
class QuotePlan:
    """Which amounts are quoted under which profiles."""

    steps: tuple[tuple[Decimal, Decimal], ...] | None
    """(fiat, asset) of each size; None: round fiat amounts near DEFAULT_SIZES_ASSET at the snapshot's median price."""
    profiles: tuple[Profile, ...]

    @classmethod
    def for_market(cls, settings: MarketSettings, profiles: Sequence[Profile]) -> QuotePlan:
        """The plan that a market's settings ask for."""
        steps = None
        if settings.amounts_fiat is not None and settings.amounts_asset is not None:
            steps = tuple(zip(settings.amounts_fiat, settings.amounts_asset, strict=True))
        return cls(steps, tuple(profiles))

    @property
    def version(self) -> str:
        """Changes when the plan does: quotes made under another one are made anew."""
        profiles = [(p.name, sorted(p.payment_methods), p.min_completion_rate, p.min_orders_30d, p.merchants_only)
                    for p in self.profiles]  # fmt: skip
        return hashlib.sha256(repr((self.steps, profiles)).encode()).hexdigest()[:16]

    def sizes(self, median_price: Decimal) -> tuple[tuple[Decimal, Decimal], ...]:
        """The sizes to quote in a book with this median price."""
        if self.steps is not None:
            return self.steps
        return tuple((round_amount(size * median_price), size) for size in DEFAULT_SIZES_ASSET)


def round_amount(amount: Decimal) -> Decimal:
    """The nearest of 1, 2, 5, 10, 20, 50, …, by ratio."""
    exponent = amount.adjusted()
    mantissa = amount.scaleb(-exponent)
    # The limits are where the ratio to both neighbours is the same: sqrt(2), sqrt(10), sqrt(50).
    for limit, nearest in ((Decimal("1.4142"), 1), (Decimal("3.1623"), 2), (Decimal("7.0711"), 5)):
        if mantissa < limit:
            return Decimal(nearest).scaleb(exponent)
    return Decimal(10).scaleb(exponent)


def quote_rows(snapshots: pa.Table, offers: pa.Table, plan: QuotePlan) -> pa.Table:
    """Quotes for every snapshot, size and profile. Offers stand in their snapshots' order."""
    rows: list[dict[str, Any]] = []
    for snapshot, book_offers in _books(snapshots, offers):
        prices = book_offers.column("price").to_pylist()
        if not prices:
            continue
        side = Side(snapshot["side"])
        for profile in plan.profiles:
            book = _book(side, book_offers, profile)
            for amount_fiat, amount_asset in plan.sizes(_median(prices)):
                found = quote(book, amount_fiat if side is Side.BUY else amount_asset, MAX_SPLITS, with_nearest=False)
                rows.append(_quote_row(snapshot, profile.name, amount_fiat, amount_asset, found))
    return _table(QUOTES, rows)


def depth_rows(snapshots: pa.Table, offers: pa.Table) -> pa.Table:
    """Depth for every snapshot with an offer. Offers stand in their snapshots' order."""
    rows = []
    for snapshot, book_offers in _books(snapshots, offers):
        if book_offers.num_rows:
            found = measure_depth(
                Side(snapshot["side"]),
                _units(book_offers, "price"),
                _units(book_offers, "available_asset"),
                book_offers.column("advertiser_id").to_pylist(),
                DEPTH_STEPS_PERCENT,
            )
            within = {depth_step_column(step): asset for step, asset in found.asset_within_percent}
            named = {name: getattr(found, name) for name in _DEPTH_FIELDS}
            rows.append({**{name: snapshot[name] for name in _SIDE_COLUMNS}, **named, **within})
    return _table(DEPTH, rows)


_DEPTH_FIELDS = ("offers", "total_asset", "vwap", "median_price", "best_price", "hhi")


def round_trip_rows(snapshots: pa.Table, quotes: pa.Table) -> pa.Table:
    """Buying and selling back at once: each buy quote with the sell quote of the nearest snapshot in time."""
    slots = dict(zip(snapshots["snapshot_id"].to_pylist(), snapshots["slot"].to_pylist(), strict=True))
    names = ("snapshot_id", "snapshot_at", "market_key", "side", "profile", "amount_fiat", "amount_asset",
             "best_split_price")  # fmt: skip
    listed = quotes.select(list(names)).to_pylist()
    sells: dict[tuple[str, Decimal], list[dict[str, Any]]] = {}
    for row in listed:
        if row["side"] == Side.SELL:
            sells.setdefault((row["profile"], row["amount_fiat"]), []).append(row)
    times = {}
    for key, group in sells.items():
        group.sort(key=lambda row: row["snapshot_at"])
        times[key] = np.array([row["snapshot_at"].timestamp() for row in group])
    rows = []
    for buy in listed:
        key = (buy["profile"], buy["amount_fiat"])
        if buy["side"] == Side.BUY and key in sells:
            moment = buy["snapshot_at"].timestamp()
            right = int(np.searchsorted(times[key], moment))
            near = [sells[key][place] for place in (right - 1, right) if 0 <= place < len(sells[key])]
            sell = min(near, key=lambda row: abs(row["snapshot_at"] - buy["snapshot_at"]))
            if abs(sell["snapshot_at"] - buy["snapshot_at"]) <= PAIR_WITHIN:
                rows.append(_round_trip_row(buy, sell, slots[buy["snapshot_id"]]))
    return _table(ROUND_TRIPS, rows)


def _round_trip_row(buy: dict[str, Any], sell: dict[str, Any], slot: int) -> dict[str, Any]:
    buy_price, sell_price = buy["best_split_price"], sell["best_split_price"]
    can_both = buy_price is not None and sell_price is not None
    return {
        "buy_snapshot_id": buy["snapshot_id"],
        "sell_snapshot_id": sell["snapshot_id"],
        "profile": buy["profile"],
        "amount_fiat": buy["amount_fiat"],
        "amount_asset": sell["amount_asset"],
        "snapshot_at": buy["snapshot_at"],
        "market_key": buy["market_key"],
        "slot": slot,
        "buy_price": buy_price,
        "sell_price": sell_price,
        "cost": float(1 - sell_price / buy_price) if can_both else None,
    }


def _books(snapshots: pa.Table, offers: pa.Table) -> Iterator[tuple[dict[str, Any], pa.Table]]:
    place = 0
    # One chunk, so that a snapshot's slice is a view of it.
    offers = offers.combine_chunks()
    for snapshot in snapshots.select([*_SIDE_COLUMNS, "offers"]).to_pylist():
        yield snapshot, offers.slice(place, snapshot["offers"])
        place += snapshot["offers"]


def _book(side: Side, offers: pa.Table, profile: Profile) -> Book:
    names = ("payment_methods", "completion_rate", "orders_30d", "is_merchant")
    admitted = None
    if profile != Profile(name=profile.name):
        admitted = [
            profile.admits(*row) for row in zip(*(offers.column(name).to_pylist() for name in names), strict=True)
        ]
    return Book.from_columns(
        side,
        offer_ids=offers.column("offer_id").to_pylist(),
        price=_units(offers, "price"),
        min_fiat=_units(offers, "min_fiat"),
        max_fiat=_units(offers, "max_fiat"),
        available_asset=_units(offers, "available_asset"),
        fiat_scale=offers.column("fiat_scale").to_numpy(),
        asset_scale=offers.column("asset_scale").to_numpy(),
        admitted=admitted,
    )


def _units(offers: pa.Table, name: str) -> Units:
    return from_arrow_decimals(offers.column(name).combine_chunks())


def _quote_row(
    snapshot: dict[str, Any], profile: str, amount_fiat: Decimal, amount_asset: Decimal, found: Quote
) -> dict[str, Any]:
    single, split = found.best_single, found.best_split
    return {
        **{name: snapshot[name] for name in _SIDE_COLUMNS},
        "profile": profile,
        "amount_fiat": amount_fiat,
        "amount_asset": amount_asset if snapshot["side"] == Side.SELL else None,
        "best_single_price": single.price if single else None,
        "best_single_offer_id": single.offer_id if single else None,
        "best_split_price": _stored_price(split.price) if split else None,
        "split_count": len(split.legs) if split else 0,
        "greedy_price": None if found.greedy_price is None else _stored_price(found.greedy_price),
        "is_executable": found.is_executable,
        "reason": found.reason.value if found.reason else None,
        "proven_gap": found.proven_gap,
    }


def _stored_price(price: Decimal) -> Decimal:
    return price.quantize(Decimal(1).scaleb(-12))


def _median(prices: list[Decimal]) -> Decimal:
    ordered = sorted(prices)
    return ordered[len(ordered) // 2]


def _table(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    return table.table({name: [row[name] for row in rows] for name in table.arrow_schema.names})
