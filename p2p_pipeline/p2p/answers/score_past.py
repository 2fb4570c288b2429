"""The past of one deal, read from the lake: what its offers and advertisers did, what its size cost lately.

The same past that a day's scores are made from (steps/score_past.py, for all offers at once), without pyarrow and the
pandas that it loads: a person waits for this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from p2p_pipeline.lake.direct import DirectLake
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
from p2p_pipeline.p2p.offers.usable import NO_BOOK

_AT = "epoch_us(snapshot_at)"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class DealPast:
    """What is known of one side up to a moment."""

    def __init__(self, lake: DirectLake, market_side: MarketSide, at: datetime) -> None:
        self._lake, self._side, self._at = lake, market_side, at

    def offers(self, offer_ids: Sequence[str], advertiser_ids: Sequence[str]) -> OfferPast:
        """What the looks of the last week showed of these offers and advertisers."""
        first = self._at - OFFERS_LOOKBACK
        seen = self._rows(
            "snapshots", first, [_AT, "snapshot_id"],
            "pages > 0 AND NOT list_contains($no_book, stop_reason)", no_book=list(NO_BOOK),
        )  # fmt: skip
        kept = is_look_kept(_seconds(seen), (self._at - EVERY_LOOK_WITHIN).timestamp())
        looks = [row for row, is_kept in zip(seen, kept.tolist(), strict=True) if is_kept]
        best = dict(self._rows("depth", first, ["snapshot_id", "CAST(best_price AS DOUBLE)"], "best_price IS NOT NULL"))
        place_of = {moment: place for place, (moment, _) in enumerate(looks)}
        rows = self._rows(
            "offers", first,
            [_AT, "offer_id", "advertiser_id", "CAST(price AS DOUBLE)", "CAST(available_asset AS DOUBLE)"],
            "(list_contains($offers, offer_id) OR list_contains($advertisers, advertiser_id))",
            offers=list(offer_ids), advertisers=list(advertiser_ids),
        )  # fmt: skip
        # A time that is no look's: of a snapshot that showed no book, or of one between those that count.
        rows = [row for row in rows if row[0] in place_of]
        sightings = Sightings(
            look=np.array([place_of[row[0]] for row in rows], dtype=np.int64),
            offer_ids=[row[1] for row in rows],
            advertiser_ids=[row[2] for row in rows],
            price=np.array([row[3] for row in rows], dtype=np.float64),
            available_asset=np.array([row[4] for row in rows], dtype=np.float64),
        )
        prices = np.array([best.get(name, np.nan) for _, name in looks], dtype=np.float64)
        return OfferPast(self._side.side, Looks(_seconds(looks), prices), sightings)

    def sizes(self, profile: str) -> list[tuple[Decimal, Decimal | None]]:
        """The sizes that are quoted under a profile, as (fiat, asset)."""
        columns = ["amount_fiat", "last(amount_asset)"]
        found = self._rows(
            "quotes", self._at - PRICES_LOOKBACK, columns, "profile = $profile GROUP BY amount_fiat", profile=profile
        )
        return sorted(found)

    def prices(self, profile: str, amount_fiat: Decimal) -> PricePast:
        """What one size cost."""
        rows = self._rows(
            "quotes", self._at - PRICES_LOOKBACK, [_AT, "CAST(best_split_price AS DOUBLE)"],
            "profile = $profile AND amount_fiat = CAST($amount AS DECIMAL(38, 12))",
            profile=profile, amount=str(amount_fiat),
        )  # fmt: skip
        return PricePast(self._side.side, _seconds(rows), np.array([row[1] for row in rows], dtype=np.float64))

    def _rows(self, table: str, first: datetime, columns: list[str], where: str, **values: Any) -> list[Any]:
        within = f"side = $side AND {_AT} BETWEEN $from AND $until AND {where}"
        order = "" if "GROUP BY" in where else f" ORDER BY {_AT}"
        given = {"side": self._side.side.value, "from": _microseconds(first), "until": _microseconds(self._at)}
        days = (first.date(), self._at.date())
        return self._lake.rows(table, self._side.market.key, days, columns, within + order, {**given, **values})


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _seconds(rows: Sequence[Sequence[Any]]) -> Any:
    return np.array([row[0] for row in rows], dtype=np.int64) / 1e6
