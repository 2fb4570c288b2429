"""A book by price, best first, as stated: what is at each price, and what is there up to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from p2p_pipeline.p2p.answers.age import BookAge
from p2p_pipeline.p2p.answers.now import AnswerDesk, BookView
from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.metrics.pricing.depth import Level, depth_ladder

_SHOWN = ("price", "offers", "asset", "cumulative_asset", "cumulative_fiat")


@dataclass(frozen=True, slots=True)
class DepthAnswer:
    """The prices of one book, best first."""

    view: BookView
    asked_at: datetime
    age: BookAge
    ladder: tuple[Level, ...]

    def to_json(self) -> dict[str, Any]:
        """As `p2p depth --json` prints it."""
        return {
            "market_key": self.view.market_side.market.key,
            "side": self.view.market_side.side,
            "snapshot_at": self.view.snapshot_at,
            "asked_at": self.asked_at,
            **self.age.to_json(),
            "is_complete": self.view.snapshot["is_complete"],
            "levels": [{name: getattr(level, name) for name in _SHOWN} for level in self.ladder],
        }


def ladder_of(view: BookView) -> tuple[Level, ...]:
    """All prices of a book, best first."""
    offers = [seen.offer for seen in view.offers]
    prices, assets = [offer.price for offer in offers], [offer.available_asset for offer in offers]
    return tuple(depth_ladder(view.market_side.side, prices, assets))


def answer_depth(
    desk: AnswerDesk,
    market_side: MarketSide,
    levels: int,
    now: datetime,
    stale_after_seconds: float,
    at: datetime | None = None,
) -> DepthAnswer:
    """The best prices of the newest book, or of the newest at or before a time. Raises NoSnapshot."""
    view, asked_at = desk.newest(market_side, at), at or now
    age = view.age(asked_at, stale_after_seconds, is_of_past=at is not None)
    return DepthAnswer(view, asked_at, age, ladder_of(view)[:levels])
