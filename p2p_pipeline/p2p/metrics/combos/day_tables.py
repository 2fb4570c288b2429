"""A day of a combo as rows: every slot in which both legs were seen, every route, size and profile.

Here: which snapshots go together, rows of `combos`, and of `history` for the best route.
Not here: files and what of them is still good (steps/combos.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pyarrow as pa

from p2p_pipeline.p2p.markets import Market, Profile, Side
from p2p_pipeline.p2p.metrics.combos.combo import Combo, price_combo
from p2p_pipeline.p2p.metrics.combos.placing import Placed, Taker, place_up_to
from p2p_pipeline.p2p.metrics.combos.routes import LEGS_WITHIN, Route, combo_series_side, routes_between
from p2p_pipeline.p2p.metrics.combos.schema import COMBOS
from p2p_pipeline.p2p.metrics.history.schema import EXECUTABLE, HISTORY
from p2p_pipeline.p2p.metrics.pricing.day_books import DayBooks
from p2p_pipeline.p2p.metrics.pricing.execution import Quote, quote
from p2p_pipeline.p2p.metrics.pricing.sizes import MAX_SPLITS
from p2p_pipeline.p2p.offers.usable import shows_book
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.settings_analytics import ComboSettings

SNAPSHOT_COLUMNS = ("pages", "stop_reason", "source")
"""What is needed of a snapshot besides its book."""
_STORED = Context(prec=38, rounding=ROUND_HALF_EVEN)
_STORED_TICK = Decimal(1).scaleb(-12)


@dataclass(frozen=True, slots=True)
class ComboPlan:
    """What is priced of one combo."""

    source: str
    target: str
    amounts: tuple[Decimal, ...]
    """Of the source fiat, rising, each once: a size's place is its `step`."""
    profiles: tuple[Profile, ...]
    routes: tuple[Route, ...]

    @classmethod
    def for_combo(cls, combo: ComboSettings, settings: Settings) -> ComboPlan:
        """The plan that the settings ask for."""
        markets = [entry.market for entry in settings.markets]
        routes = routes_between(combo.source, combo.target, markets, settings.analytics.transfer_fees_asset)
        amounts = tuple(sorted(set(combo.amounts)))
        return cls(combo.source, combo.target, amounts, settings.all_profiles(), routes)

    @property
    def markets(self) -> tuple[Market, ...]:
        """Every market that a route touches."""
        return tuple(sorted({market for route in self.routes for market in (route.buy_market, route.sell_market)}))

    @property
    def version(self) -> str:
        """Changes when the plan does: rows made under another one are made anew."""
        profiles = [(p.name, sorted(p.payment_methods), p.min_completion_rate, p.min_orders_30d, p.merchants_only)
                    for p in self.profiles]  # fmt: skip
        routes = [(route.buy_market.key, route.sell_market.key, str(route.fee_asset)) for route in self.routes]
        return hashlib.sha256(repr((self.amounts, profiles, routes)).encode()).hexdigest()[:16]


class MarketDay:
    """One market's day: usable snapshots by side and time, and each book ready to take amounts."""

    def __init__(self, snapshots: pa.Table, offers: pa.Table) -> None:
        self.books = DayBooks(snapshots, offers)
        more = snapshots.select(list(SNAPSHOT_COLUMNS)).to_pylist()
        self.origins: list[str] = [row["source"] for row in more]
        self._places = {
            side: sorted(
                (place for place, row in enumerate(more) if shows_book(row) and self.books.side(place) is side),
                key=lambda place: (self.moment(place), self.books.snapshots[place]["snapshot_id"]),
            )
            for side in Side
        }
        self._times = {
            side: np.array([self.moment(place).timestamp() for place in places])
            for side, places in self._places.items()
        }
        # Neighbouring rows ask for the same books and amounts; more than a few slots' worth is never asked again.
        self.taker = lru_cache(maxsize=32)(self._taker)

    def moment(self, place: int) -> datetime:
        """When the snapshot at a place was seen."""
        seen_at = self.books.snapshots[place]["snapshot_at"]
        assert isinstance(seen_at, datetime)  # noqa: S101 - the schema's type
        return seen_at

    def places(self, side: Side) -> list[int]:
        """The usable snapshots of a side, by time."""
        return self._places[side]

    def nearest(self, side: Side, moment: datetime) -> int | None:
        """The usable snapshot of a side nearest to a moment, at most LEGS_WITHIN away; of two the earlier."""
        times, places, wanted = self._times[side], self._places[side], moment.timestamp()
        right = int(np.searchsorted(times, wanted))
        near = [index for index in (right - 1, right) if 0 <= index < len(places)]
        best = min(near, key=lambda index: abs(times[index] - wanted), default=None)
        if best is None or abs(times[best] - wanted) > LEGS_WITHIN.total_seconds():
            return None
        return places[best]

    def _taker(self, place: int, profile: Profile) -> Taker:
        book = self.books.book(place, profile)

        def take(amount: Decimal) -> Placed:
            return place_up_to(book, amount, _priced)

        return lru_cache(maxsize=64)(take)


def _priced(book: Any, amount: Decimal) -> Quote:
    """A quote as the tables have it, with the nearest amounts: the same in every rebuild."""
    return quote(book, amount, MAX_SPLITS)


def combo_rows(plan: ComboPlan, days: Mapping[str, MarketDay], since: datetime | None = None) -> pa.Table:
    """Rows of `combos` for each usable BUY snapshot from a moment on, by time, route, profile and size.

    Each BUY snapshot goes with the SELL snapshot nearest in time, at most LEGS_WITHIN away; a slot in which one of
    the legs was not seen has no row. The mid prices are taken from the other sides nearest to the same moment.
    """
    rows = [row for place in _buy_places(plan, days, since) for row in _rows_of(plan, days, *place)]
    return COMBOS.table_of(rows)


def combo_history(combos: pa.Table) -> pa.Table:
    """The best route's rate of each slot, as rows of `history`: the market `combo.SOURCE-TARGET`, side SELL.

    A slot in which no route could place the amount has an empty value; one that nobody saw has no row. Rows stand by
    profile, step and time, so that one series is one piece of the file.
    """
    columns = ("market_key", "source", "target", "slot", "profile", "step", "amount_fiat", "snapshot_at", "origin",
               "is_executable", "received_target_fiat", "spent_source_fiat")  # fmt: skip
    slots: dict[tuple[int, str, int], dict[str, Any]] = {}
    for row in combos.select(list(columns)).to_pylist():
        key = (row["slot"], row["profile"], row["step"])
        value = None
        if row["is_executable"]:
            rate = _STORED.divide(row["received_target_fiat"], row["spent_source_fiat"])
            value = rate.quantize(_STORED_TICK, context=_STORED)
        known = slots.setdefault(key, _history_row(row, value))
        known["observed_at"] = min(known["observed_at"], row["snapshot_at"])
        if value is not None and (known["value"] is None or value > known["value"]):
            known["value"] = value
    ordered = sorted(slots.values(), key=lambda row: (row["profile"], row["step"], row["observed_at"]))
    return HISTORY.table_of(ordered)


def _history_row(row: Mapping[str, Any], value: Decimal | None) -> dict[str, Any]:
    named = combo_series_side(row["source"], row["target"])
    return {
        "market_key": row["market_key"],
        "venue": named.market.venue,
        "asset": row["source"],
        "fiat": row["target"],
        "side": named.side.value,
        "measure": EXECUTABLE,
        "profile": row["profile"],
        "step": row["step"],
        "amount_fiat": row["amount_fiat"],
        "slot": row["slot"],
        "observed_at": row["snapshot_at"],
        "value": value,
        "origin": row["origin"],
    }


def _buy_places(
    plan: ComboPlan, days: Mapping[str, MarketDay], since: datetime | None
) -> Iterator[tuple[datetime, Market, int]]:
    found = [
        (days[market.key].moment(place), market, place)
        for market in sorted({route.buy_market for route in plan.routes})
        for place in days[market.key].places(Side.BUY)
    ]
    yield from (entry for entry in sorted(found) if since is None or entry[0] >= since)


def _rows_of(
    plan: ComboPlan, days: Mapping[str, MarketDay], moment: datetime, buy_market: Market, place: int
) -> Iterator[dict[str, Any]]:
    buy_day = days[buy_market.key]
    for route in plan.routes:
        sell_day = days[route.sell_market.key]
        sell_place = sell_day.nearest(Side.SELL, moment) if route.buy_market == buy_market else None
        if sell_place is None:
            continue
        back_places = (buy_day.nearest(Side.SELL, moment), sell_day.nearest(Side.BUY, moment))
        for profile in plan.profiles:
            combine = partial(
                price_combo,
                buy_day.taker(place, profile),
                sell_day.taker(sell_place, profile),
                fee_asset=route.fee_asset,
                sell_back=None if back_places[0] is None else buy_day.taker(back_places[0], profile),
                buy_back=None if back_places[1] is None else sell_day.taker(back_places[1], profile),
            )
            seen = _seen(route, buy_day, place, sell_day, sell_place)
            for step, amount in enumerate(plan.amounts):
                yield {**seen, "profile": profile.name, "step": step, **_combo_values(combine(amount))}


def _seen(route: Route, buy_day: MarketDay, buy_place: int, sell_day: MarketDay, sell_place: int) -> dict[str, Any]:
    bought_from, sold_into = buy_day.books.snapshots[buy_place], sell_day.books.snapshots[sell_place]
    source, target = route.buy_market.fiat, route.sell_market.fiat
    apart = abs(bought_from["snapshot_at"] - sold_into["snapshot_at"])
    return {
        "market_key": combo_series_side(source, target).market.key,
        "source": source,
        "target": target,
        "asset": route.asset,
        "buy_market_key": route.buy_market.key,
        "sell_market_key": route.sell_market.key,
        "needs_transfer": route.needs_transfer,
        "slot": bought_from["slot"],
        "snapshot_at": bought_from["snapshot_at"],
        "buy_snapshot_id": bought_from["snapshot_id"],
        "sell_snapshot_id": sold_into["snapshot_id"],
        "apart_seconds": apart.total_seconds(),
        "origin": buy_day.origins[buy_place],
    }


def _combo_values(combo: Combo) -> dict[str, Any]:
    is_bought, is_sold = combo.buy.split is not None, combo.target_received is not None
    rate = combo.effective_rate
    return {
        "amount_fiat": combo.amount,
        "spent_source_fiat": combo.spent_source if is_bought else None,
        "bought_asset": combo.bought_asset if is_bought else None,
        "fee_asset": combo.fee_asset,
        "sold_asset": combo.sold_asset if is_sold else None,
        "left_over_asset": combo.left_over_asset if is_bought else None,
        "received_target_fiat": combo.target_received,
        "effective_rate": None if rate is None else float(rate),
        "loss_against_mid": combo.loss_against_mid,
        "is_executable": combo.is_executable,
        "reason": None if combo.refusal is None else combo.refusal.code,
        "proven_gap": max(combo.buy.proven_gap, combo.sell.proven_gap if combo.sell else 0.0),
    }
