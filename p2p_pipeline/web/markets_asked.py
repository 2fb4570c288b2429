"""Which markets a table shows and in which order, as it stands in an address."""

from __future__ import annotations

from pydantic import Field

from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.metrics.markets.ranking import LARGEST_FIRST, SortedBy
from p2p_pipeline.web.asked import Asked


class MarketFilter(Asked):
    """Which markets; an empty field is none."""

    venue: str = Field("", max_length=20, description="Only this venue's.")
    asset: str = Field("", max_length=15, description="Only this asset's.", examples=["USDT"])
    fiat: str = Field("", max_length=8, description="Only this fiat's.", examples=["RUB"])

    def admits(self, market: Market) -> bool:
        """Whether a market is one of them."""
        return (
            self.venue.strip().lower() in ("", market.venue)
            and self.asset.strip().upper() in ("", market.asset)
            and self.fiat.strip().upper() in ("", market.fiat)
        )


class MarketsTableAsked(MarketFilter):
    """The page's table."""

    sort: SortedBy = Field(SortedBy.PREMIUM, description="By which figure.")
    order: str = Field("", pattern="^(asc|desc)?$", description="`asc` or `desc`; what is looked for first without it.")

    @property
    def is_descending(self) -> bool:
        """Whether the largest comes first."""
        return self.order == "desc" if self.order else self.sort in LARGEST_FIRST
