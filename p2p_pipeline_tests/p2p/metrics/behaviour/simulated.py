"""The simulator as a source whose truth is known: days of books as tables, and every life as it was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.metrics.behaviour.side_day import OFFER_COLUMNS, SNAPSHOT_COLUMNS
from p2p_pipeline.p2p.offers.schema import OFFERS, SNAPSHOTS
from p2p_pipeline.p2p.simulator.lives import Life
from p2p_pipeline.p2p.simulator.market import SimulatedMarket, SimulatedOffer, _Seat
from p2p_pipeline.p2p.simulator.noise import mixed
from p2p_pipeline_tests.p2p.metrics.behaviour.books import typed

MARKET = Market("bybit", "USDT", "RUB")
START = 1_790_000_400.0
"""A Monday of no meaning, at a full hour."""


@dataclass(frozen=True)
class Stay:
    """A time over which an advertisement was really visible."""

    offer_id: str
    since: float
    until: float
    is_drained: bool
    """Whether it ended because too little was left to trade."""
    owner: int = 0
    """The number of the advertiser in the simulator."""


def tables(market: SimulatedMarket, moments: list[float]) -> tuple[pa.Table, pa.Table]:
    """Complete snapshots of both sides at these moments, as the columns of `snapshots` and `offers` that count."""
    snapshots: list[dict[str, Any]] = []
    offers: list[dict[str, Any]] = []
    for moment in moments:
        for side in Side:
            book = market.book(side, moment)
            snapshots.append(_snapshot(market.market, side, moment, len(book)))
            offers += [_offer(offer) for offer in book]
    return typed(SNAPSHOTS.arrow_schema, snapshots, SNAPSHOT_COLUMNS), typed(OFFERS.arrow_schema, offers, OFFER_COLUMNS)


def _snapshot(market: Market, side: Side, moment: float, offers: int) -> dict[str, Any]:
    return {
        "snapshot_id": f"{side}{moment}",
        "snapshot_at": datetime.fromtimestamp(moment, UTC),
        "market_key": market.key,
        "venue": market.venue,
        "asset": market.asset,
        "fiat": market.fiat,
        "side": str(side),
        "slot": int(moment // 30),
        "offers": offers,
        "is_complete": True,
        "pages": 1,
        "stop_reason": "book_end",
    }


def _offer(offer: SimulatedOffer) -> dict[str, Any]:
    fiat, asset = Decimal(1).scaleb(-offer.fiat_scale), Decimal(1).scaleb(-offer.asset_scale)
    return {
        "offer_id": offer.offer_id,
        "advertiser_id": offer.advertiser.user_key,
        "advertiser_name": offer.advertiser.nickname,
        "is_floating_price": offer.is_floating,
        "price": offer.price,
        "min_fiat": offer.min_units * fiat,
        "max_fiat": offer.fillable_units * fiat,
        "available_asset": offer.quantity_units * asset,
    }


def stays(market: SimulatedMarket, side: Side, start: float, end: float) -> list[Stay]:
    """Every time span within [start, end] over which an advertisement of a side was visible, to the minute."""
    steps = np.arange(start, end + 60, 60)
    awake = np.array([market.model.rhythm.awake_share(moment) for moment in steps])
    found = []
    for seat in market._seats[side]:
        number = int((start + seat.phase) // seat.span)
        while (starts_at := number * seat.span - seat.phase) < end:
            market._offer_of(seat, starts_at + seat.span / 2)
            life = seat.life
            assert life is not None
            found += _life_stays(market, seat, life, steps, awake)
            number += 1
    return found


def true_lives(found: list[Stay], rest_seconds: float) -> list[Stay]:
    """Stays of one advertisement joined where it is away for no longer than a rest: lives, as they really were."""
    joined: list[Stay] = []
    for stay in sorted(found, key=lambda entry: (entry.offer_id, entry.since)):
        last = joined[-1] if joined else None
        if last is not None and last.offer_id == stay.offer_id and stay.since - last.until <= rest_seconds:
            joined[-1] = Stay(stay.offer_id, last.since, stay.until, stay.is_drained, stay.owner)
        else:
            joined.append(stay)
    return joined


def _life_stays(
    market: SimulatedMarket, seat: _Seat, life: Life, steps: NDArray[np.float64], awake: NDArray[np.float64]
) -> list[Stay]:
    spans: list[tuple[float, float, str, bool]] = []
    last = len(life.times) - 2
    for index, (since, until) in enumerate(zip(life.times, life.times[1:], strict=False)):
        shown = market._show(seat, life, index, (since + until) / 2) if life.moments[index].is_online else None
        if shown is None:
            if life.moments[index].is_online and spans and spans[-1][1] == since:
                # Online, and hidden by the venue: too little is left for its own smallest order.
                spans[-1] = (*spans[-1][:3], True)
            continue
        is_drained = index == last and _is_drained(seat, life)
        if spans and spans[-1][1] == since:
            spans[-1] = (spans[-1][0], until, shown.offer_id, is_drained)
        else:
            spans.append((since, until, shown.offer_id, is_drained))
    return [
        Stay(name, max(since, low), min(until, high), is_drained and until <= high, seat.person)
        for since, until, name, is_drained in spans
        for low, high in _awake_spans(steps, awake > seat.sleepiness)
        if max(since, low) < min(until, high)
    ]


def _is_drained(seat: _Seat, life: Life) -> bool:
    """Whether the last fill ended a life before its planned end, which the life's own first draws say."""
    random = Random(mixed(seat.key, seat.life_number))
    random.betavariate(1, 6)
    ends_at = (seat.life_number + 1) * seat.span - seat.phase
    return life.times[-1] < ends_at - seat.span * random.betavariate(1, 6) - 1e-6


def _awake_spans(steps: NDArray[np.float64], is_awake: NDArray[np.bool_]) -> list[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_awake, [False])).astype(int)))
    bounds = np.append(steps, steps[-1])
    return [(float(bounds[low]), float(bounds[high])) for low, high in edges.reshape(-1, 2)]
