"""Which markets a table shows and in which order, as it stands in an address."""

from __future__ import annotations

from pydantic import Field

from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.metrics.markets.ranking import LARGEST_FIRST, SortedBy
from p2p_pipeline.web.asked import Asked

ALL = "all"


class MarketFilter(Asked):
    """Which markets; an empty field is none."""

    venue: str = Field("", max_length=20, description="Only this venue's.")
    asset: str = Field("", max_length=15, description="Only this asset's.", examples=["USDT"])
    fiat: str = Field("", max_length=8, description="Only this fiat's.", examples=["RUB"])

    def admits(self, market: Market) -> bool:
        """Whether a market is one of them."""
        return (
            self.venue.strip().lower() in ("", market.venue)
            and self.asset.strip().upper() in ("", ALL.upper(), market.asset)
            and self.fiat.strip().upper() in ("", market.fiat)
        )


class MarketsTableAsked(MarketFilter):
    """The page's table: of one asset unless all are asked for, for depth and premium compare only within one."""

    asset: str = Field("USDT", max_length=15)
    sort: SortedBy = SortedBy.PREMIUM
    order: str = Field("", pattern="^(asc|desc)?$")
    page: int = Field(1, ge=1, le=100)

    @property
    def is_descending(self) -> bool:
        """Whether the largest comes first; without an order what is looked for first does."""
        return self.order == "desc" if self.order else self.sort in LARGEST_FIRST
