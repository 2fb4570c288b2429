"""How good the price of an amount is at this moment: against the middle of both sides, and against what is usual."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.now import AnswerDesk, NoSnapshot
from p2p_pipeline.p2p.answers.priced import PricedAnswer
from p2p_pipeline.p2p.answers.score import LIKE_SIZE_RATIO
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.combos.combo import Mid, mid_of
from p2p_pipeline.p2p.metrics.combos.placing import place_up_to
from p2p_pipeline.p2p.metrics.deals.sheet import OTHER_SIDE_WITHIN_SECONDS, SAME_SWEEP_SECONDS
from p2p_pipeline.p2p.metrics.history.series import Series
from p2p_pipeline.p2p.metrics.pricing.execution import cost_against
from p2p_pipeline.p2p.metrics.timing.local_hours import SeriesUnusable, local_hours
from p2p_pipeline.p2p.metrics.timing.waiting import USUAL_DAYS, Standing, standing
from p2p_pipeline.p2p.steps.series import NoSeries, choose_series
from p2p_pipeline.p2p.steps.windows import read_timed

_SPARE_DAYS = 2
"""The first of the days compared is held against the day before it, and a local day lies in two of UTC."""


@dataclass(frozen=True, slots=True)
class PriceStanding:
    """What a price is held against; each part is None where it isn't known."""

    mid: Mid
    """The middle between buying and selling this size now."""
    cost_against_mid: float | None
    """The share that the best split costs more (BUY) or gives less (SELL) than the middle; below 0 where crossed."""
    usual: Standing | None
    """Against what its hour of the day usually costs, over the last four weeks."""
    like_size_fiat: Decimal | None
    """The size whose stored prices tell what is usual."""
    newest_stored_at: datetime | None
    """The newest of those prices: what is usual isn't told when they end long ago."""

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {
            "mid_price": self.mid.price,
            "mid_unknown": self.mid.reason,
            "cost_against_mid": self.cost_against_mid,
            "usual": None if self.usual is None else asdict(self.usual),
            "like_size_fiat": self.like_size_fiat,
            "newest_stored_at": self.newest_stored_at,
        }


def price_standing(desk: AnswerDesk, told: PricedAnswer, usual: Series | None, timezone: str) -> PriceStanding:
    """How the best split of an answer stands. `usual` is the stored series of its size (`usual_series`)."""
    split, side = told.found.quote.best_split, told.found.view.market_side.side
    mid = _mid(desk, told)
    cost = None if split is None or mid.price is None else cost_against(side, split.price, mid.price)
    if split is None or usual is None or not _is_like(usual.amount_fiat, split.fiat):
        return PriceStanding(mid, cost, None, None, None)
    stored = usual.starts[np.isfinite(usual.values) & (usual.starts < told.asked_at.timestamp())]
    newest = datetime.fromtimestamp(int(stored[-1]), UTC) if len(stored) else None
    return PriceStanding(
        mid,
        cost,
        standing_of_price(usual, side, float(split.price), told.asked_at, timezone),
        usual.amount_fiat,
        newest,
    )


def usual_series(
    lake: Lake, market_side: MarketSide, profile: str, fiat: Decimal, timezone: str, until: datetime
) -> Series | None:
    """The stored prices of the size nearest to an amount over the weeks before a moment; None without any."""
    try:
        key = choose_series(lake, market_side, "executable", profile, fiat)
    except NoSeries:
        return None
    last = until.astimezone(UTC).date()
    return read_timed(lake, key, timezone, last - timedelta(days=USUAL_DAYS + _SPARE_DAYS), last)


def standing_of_price(usual: Series, side: Side, price: float, at: datetime, timezone: str) -> Standing | None:
    """How a price stands as if it were the newest of the series, in the hour that it is.

    None while too few days can be compared, or none of the day before.
    """
    hour = at.astimezone(ZoneInfo(timezone)).replace(minute=0, second=0, microsecond=0).timestamp()
    is_before = usual.starts < hour
    series = replace(
        usual,
        starts=np.append(usual.starts[is_before], int(hour)),
        values=np.append(usual.values[is_before], price),
        observations=np.append(usual.observations[is_before], 1),
    )
    try:
        return standing(local_hours(series, timezone), side)
    except SeriesUnusable:
        return None


def _is_like(size: Decimal | None, fiat: Decimal) -> bool:
    return bool(size) and abs(math.log(float(fiat / (size or fiat)))) <= math.log(LIKE_SIZE_RATIO)


def _mid(desk: AnswerDesk, told: PricedAnswer) -> Mid:
    """Half way to the same size on the other side, under the same profile, in a book of the same minutes."""
    view, found = told.found.view, told.found
    other = MarketSide(view.market_side.market, Side.SELL if view.market_side.side is Side.BUY else Side.BUY)
    taker = None
    try:
        book = desk.newest(other, view.snapshot_at + timedelta(seconds=SAME_SWEEP_SECONDS))
        if abs((view.snapshot_at - book.snapshot_at).total_seconds()) <= OTHER_SIDE_WITHIN_SECONDS:
            taker = partial(place_up_to, book.book(found.profile))
    except NoSnapshot:
        pass
    return mid_of(found.quote.best_split, taker, is_bought=view.market_side.side is Side.BUY)
