"""What the page *Markets* shows: which rows in which order, and where each premium lies on one scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from p2p_pipeline.p2p.answers.age import BookAge
from p2p_pipeline.p2p.answers.swept_markets import MarketChange
from p2p_pipeline.p2p.metrics.markets.figures import KnownFrom, MarketFigures
from p2p_pipeline.p2p.metrics.markets.ranking import SortedBy, sorted_markets
from p2p_pipeline.web.asked import sentence_of
from p2p_pipeline.web.listed_markets import NOTHING_SWEPT, ListedMarkets
from p2p_pipeline.web.markets_asked import ALL, MarketsTableAsked
from p2p_pipeline.web.pages.premium_strip import PremiumStrip

ROWS_AT_ONCE = 120
"""A page of a thousand rows takes the service a quarter of a second and a phone seconds; a file has all."""
FIELDS = ("venue", "asset", "fiat", "sort", "order", "page")


@dataclass(frozen=True, slots=True)
class MarketsView:
    """The page's values."""

    asked: MarketsTableAsked
    mistake: str | None
    notices: tuple[str, ...]
    """Names in the address that are none."""
    listed: ListedMarkets
    shown: list[MarketFigures]
    """Those that the filter admits, in their order."""
    venues: list[str]
    assets: list[str]
    """The one with the most markets first."""
    strip: PremiumStrip | None
    newest: BookAge | None
    """How old the newest sweep's newest reading is."""
    newest_at: datetime | None
    appeared: list[MarketChange]
    gone: list[MarketChange]

    @property
    def status(self) -> int:
        """Of the HTTP answer."""
        return 400 if self.mistake else 200

    @property
    def rows(self) -> list[MarketFigures]:
        """Those on the page."""
        return self.shown[(self.asked.page - 1) * ROWS_AT_ONCE : self.asked.page * ROWS_AT_ONCE]

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-len(self.shown) // ROWS_AT_ONCE))

    @property
    def nothing_swept(self) -> bool:
        """Whether there is a warehouse, and no sweep in it."""
        return self.listed.missing == NOTHING_SWEPT

    def filters(self) -> dict[str, str]:
        """What the API is asked for the same markets."""
        asset = "" if self.asked.asset == ALL else self.asked.asset
        return {"venue": self.asked.venue, "asset": asset, "fiat": self.asked.fiat}

    def address_values(self, by: SortedBy | None = None) -> dict[str, Any]:
        """For an address of the first page; defaults are left out. With a figure: by it, or the other way round."""
        asked = self.asked
        other_way = by is asked.sort and ("asc" if asked.is_descending else "desc")
        values = {
            "venue": asked.venue,
            "asset": asked.asset if asked.asset != MarketsTableAsked.model_fields["asset"].default else "",
            "fiat": asked.fiat,
            "sort": (by or asked.sort).value,
            "order": other_way or ("" if by else asked.order),
        }
        usual = MarketsTableAsked(sort=SortedBy(values["sort"]))
        is_usual_order = values["order"] == ("desc" if usual.is_descending else "asc")
        return {
            **values,
            "sort": "" if values["sort"] == SortedBy.PREMIUM else values["sort"],
            "order": "" if is_usual_order else values["order"],
        }


def markets_view(listed: ListedMarkets, given: dict[str, str], now: datetime, stale_after: float) -> MarketsView:
    """The table that stands in an address; a mistake in it costs no other part of the page."""
    mistake = None
    try:
        asked = MarketsTableAsked.model_validate({name: given[name].strip() for name in FIELDS if name in given})
    except ValidationError as error:
        mistake, asked = sentence_of(error.errors()), MarketsTableAsked()
    shown = [one for one in listed.markets if asked.admits(one.market)]
    shown = sorted_markets(shown, asked.sort, is_descending=asked.is_descending)
    changes = [change for change in listed.swept.changes if asked.admits(change.market)] if listed.swept else []
    newest_at = max((at for one in listed.markets if (at := _swept_at(one))), default=None)
    assets = Counter(one.market.asset for one in listed.markets)
    return MarketsView(
        asked,
        mistake,
        tuple(sorted(set(given) - set(FIELDS))),
        listed,
        shown,
        sorted({one.market.venue for one in listed.markets}),
        sorted(assets, key=lambda asset: (-assets[asset], asset)),
        _strip_of(shown),
        BookAge.at(newest_at, now, stale_after, is_of_past=False) if newest_at else None,
        newest_at,
        [change for change in changes if change.has_appeared],
        [change for change in changes if not change.has_appeared],
    )


def _swept_at(one: MarketFigures) -> datetime | None:
    return max(side.read_at for side in one.sides) if one.known_from is KnownFrom.SWEEP and one.sides else None


def _strip_of(shown: Sequence[MarketFigures]) -> PremiumStrip | None:
    return PremiumStrip.over([one.premium.share for one in shown if one.premium])
