"""The past that scores are made from, read from the lake: bounded in days, thinned where it is old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from p2p_pipeline.kernel.table import MOMENT
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.metrics.deals.past import (
    EVERY_LOOK_WITHIN,
    OFFERS_LOOKBACK,
    PRICES_LOOKBACK,
    Looks,
    OfferPast,
    Sightings,
    is_look_kept,
)
from p2p_pipeline.p2p.metrics.deals.prices import PricePast
from p2p_pipeline.p2p.metrics.pricing.schema import DEPTH, QUOTES
from p2p_pipeline.p2p.offers.schema import OFFERS, SNAPSHOTS
from p2p_pipeline.p2p.offers.usable import is_usable

Floats = NDArray[np.float64]

_SIGHTING_COLUMNS = ["snapshot_at", "offer_id", "advertiser_id", "price", "available_asset"]


@dataclass(frozen=True, slots=True)
class Span:
    """Which stretch of the past is asked about: moments from `first` to `last`, each with its lookback."""

    first: datetime
    last: datetime


def read_offer_past(
    lake: Lake,
    market_side: MarketSide,
    span: Span,
    offer_ids: Sequence[str] | None = None,
    advertiser_ids: Sequence[str] | None = None,
) -> OfferPast:
    """What the lake's looks showed of a side's offers; with ids only of those offers and advertisers."""
    looks = _read_looks(lake, market_side, span)
    at = looks["snapshot_at"]
    in_time = compute.field("snapshot_at") >= pa.scalar(span.first - EVERY_LOOK_WITHIN, MOMENT)
    in_time |= compute.field("snapshot_at").isin(at.combine_chunks())
    wanted = (compute.field("side") == market_side.side.value) & in_time & _from(span.first - OFFERS_LOOKBACK, span)
    if offer_ids is not None:
        of_offers = compute.field("offer_id").isin(pa.array(offer_ids, pa.string()))
        wanted &= of_offers | compute.field("advertiser_id").isin(pa.array(advertiser_ids or [], pa.string()))
    first_day = (span.first - OFFERS_LOOKBACK).date()
    key = market_side.market.key
    rows = lake.read_range(OFFERS, key, first_day, span.last.date(), _SIGHTING_COLUMNS, wanted)
    # A time that is no look's: of a snapshot that showed no book.
    place = compute.index_in(rows["snapshot_at"], value_set=at.combine_chunks())
    rows, place = rows.filter(compute.is_valid(place)), place.drop_null()
    sightings = Sightings(
        look=place.to_numpy().astype(np.int64),
        offer_ids=rows["offer_id"].to_pylist(),
        advertiser_ids=rows["advertiser_id"].to_pylist(),
        price=_floats(rows, "price"),
        available_asset=_floats(rows, "available_asset"),
    )
    return OfferPast(market_side.side, Looks(_seconds(at), _best_prices(lake, market_side, span, looks)), sightings)


def read_price_pasts(
    lake: Lake, market_side: MarketSide, span: Span, profile: str
) -> dict[Decimal, tuple[Decimal | None, PricePast]]:
    """The past prices of every size quoted under a profile: by `amount_fiat`, with the size's `amount_asset`."""
    wanted = (
        (compute.field("side") == market_side.side.value)
        & (compute.field("profile") == profile)
        & _from(span.first - PRICES_LOOKBACK, span)
    )
    first_day = (span.first - PRICES_LOOKBACK).date()
    columns = ["snapshot_at", "amount_fiat", "amount_asset", "best_split_price"]
    key = market_side.market.key
    rows = lake.read_range(QUOTES, key, first_day, span.last.date(), columns, wanted).sort_by("snapshot_at")
    found = {}
    for amount in compute.unique(rows["amount_fiat"]).to_pylist():
        own = rows.filter(compute.equal(rows["amount_fiat"], pa.scalar(amount, rows["amount_fiat"].type)))
        past = PricePast(market_side.side, _seconds(own["snapshot_at"]), _floats(own, "best_split_price"))
        found[amount] = (own["amount_asset"][-1].as_py(), past)
    return found


def _read_looks(lake: Lake, market_side: MarketSide, span: Span) -> pa.Table:
    """`snapshot_id` and `snapshot_at` of the looks that count, oldest first, each time once."""
    first = span.first - OFFERS_LOOKBACK
    wanted = (compute.field("side") == market_side.side.value) & is_usable() & _from(first, span)
    columns = ["snapshot_id", "snapshot_at"]
    rows = lake.read_range(SNAPSHOTS, market_side.market.key, first.date(), span.last.date(), columns, wanted)
    rows = rows.sort_by("snapshot_at")
    kept = is_look_kept(_seconds(rows["snapshot_at"]), (span.first - EVERY_LOOK_WITHIN).timestamp())
    return rows.filter(pa.array(kept))


def _best_prices(lake: Lake, market_side: MarketSide, span: Span, looks: pa.Table) -> Floats:
    first_day = (span.first - OFFERS_LOOKBACK).date()
    wanted = (compute.field("side") == market_side.side.value) & _from(span.first - OFFERS_LOOKBACK, span)
    columns = ["snapshot_id", "best_price"]
    rows = lake.read_range(DEPTH, market_side.market.key, first_day, span.last.date(), columns, wanted)
    known = dict(zip(rows["snapshot_id"].to_pylist(), _floats(rows, "best_price").tolist(), strict=True))
    return np.array([known.get(name, np.nan) for name in looks["snapshot_id"].to_pylist()], dtype=np.float64)


def _from(first: datetime, span: Span) -> compute.Expression:
    at = compute.field("snapshot_at")
    return (at >= pa.scalar(first, MOMENT)) & (at <= pa.scalar(span.last, MOMENT))


def _seconds(times: pa.ChunkedArray) -> Floats:
    seconds: Floats = times.cast(pa.int64()).to_numpy() / 1e6
    return seconds


def _floats(rows: pa.Table, name: str) -> Floats:
    values: Floats = rows[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values
