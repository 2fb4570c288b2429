"""A simulated market's prices as rows of `history`: a year of what an amount cost, without a year of books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.table import MOMENT, MONEY
from p2p_pipeline.p2p.markets import SLOT_SECONDS, WIDE, Market, MarketSide, Side, Source, slots_of_day
from p2p_pipeline.p2p.metrics.history.schema import EXECUTABLE, HISTORY
from p2p_pipeline.p2p.metrics.pricing.sizes import round_amount
from p2p_pipeline.p2p.simulator.currencies import ASSETS, FIATS, price_scale
from p2p_pipeline.p2p.simulator.model import MarketModel
from p2p_pipeline.p2p.simulator.price_series import PriceTexture, executable_prices, seen

_DOLLARS = 500
"""What the one size is worth."""
_ANSWER_SECONDS = 1.2
"""How long after the slot's start its first answer came."""


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """One market's `executable` history: both sides, the profile `wide`, one size, a row a slot.

    Prices, not books: no offer stands behind a row, so there are no quotes, depth or spread to go with it. Slots that
    nobody saw have no row; where the amount could not be placed the value is empty.
    """

    market: Market
    seed: int
    model: MarketModel = field(default_factory=MarketModel)
    texture: PriceTexture = field(default_factory=PriceTexture)
    step: int = 0
    """The size's rank in the ladder of a day with books, which the series then goes on with."""

    def __post_init__(self) -> None:
        """Refuse a market that isn't simulated."""
        if self.market.asset not in ASSETS or self.market.fiat not in FIATS:
            raise InvalidInput(
                f"market was {self.market.key}; the simulator has the assets {', '.join(ASSETS)} and the fiats "
                f"{', '.join(list(FIATS)[:12])}, …"
            )

    @property
    def amount_fiat(self) -> Decimal:
        """The size: a round amount near 500 dollars."""
        return round_amount(_DOLLARS * Decimal(FIATS[self.market.fiat].units_per_dollar))

    def rows(self, day: date, before: datetime | None = None) -> pa.Table:
        """The `history` of a UTC day, or of what of it lies before a moment; the same whenever it is made."""
        slots = np.array(slots_of_day(day), dtype=np.int64)
        if before is not None:
            slots = slots[slots * SLOT_SECONDS + _ANSWER_SECONDS < before.astimezone(UTC).timestamp()]
        return pa.concat_tables([self._side_rows(side, slots) for side in Side]).combine_chunks()

    def _side_rows(self, side: Side, slots: NDArray[np.int64]) -> pa.Table:
        market_side = MarketSide(self.market, side)
        slots = slots[seen(market_side, self.seed, slots * float(SLOT_SECONDS), self.texture)]
        moments = slots * SLOT_SECONDS + _ANSWER_SECONDS
        prices = executable_prices(market_side, self.seed, self.model, moments, self.texture)
        scale = price_scale(FIATS[self.market.fiat], ASSETS[self.market.asset])
        same = {
            "market_key": self.market.key,
            "venue": self.market.venue,
            "asset": self.market.asset,
            "fiat": self.market.fiat,
            "side": str(side),
            "measure": EXECUTABLE,
            "profile": WIDE.name,
            "step": pa.scalar(self.step, pa.int32()),
            "amount_fiat": pa.scalar(self.amount_fiat, MONEY),
            "origin": str(Source.SIMULATED),
        }
        columns = {name: pa.repeat(value, len(slots)) for name, value in same.items()}
        columns["slot"] = pa.array(slots)
        columns["observed_at"] = pa.array((moments * 1e6).astype(np.int64)).cast(MOMENT)
        columns["value"] = to_money(prices, scale)
        return pa.table([columns[name] for name in HISTORY.arrow_schema.names], schema=HISTORY.arrow_schema)


def to_money(values: NDArray[np.float64], decimal_places: int) -> pa.Array:
    """Floats as exact decimals of at most so many places; NaN becomes empty.

    By way of whole numbers: a cast of the floats themselves writes their error out (26000.12 as 26000.120000000003).
    """
    is_there = ~np.isnan(values)
    units = np.rint(np.where(is_there, values, 0) * 10**decimal_places).astype(np.int64)
    whole = pa.array(units, mask=~is_there).cast(pa.decimal128(19, 0))
    moved = pa.Array.from_buffers(pa.decimal128(19, decimal_places), len(whole), whole.buffers(), whole.null_count)
    return moved.cast(MONEY)
