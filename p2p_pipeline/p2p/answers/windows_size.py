"""The amount that a person names, and which series it means: BUY spends fiat and SELL gives the asset, as `p2p now`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.combos.routes import COMBO_VENUE, fiat_of_sizes
from p2p_pipeline.p2p.metrics.history.schema import OF_AN_AMOUNT
from p2p_pipeline.p2p.metrics.history.series import SeriesKey
from p2p_pipeline.p2p.steps.series import NoSeries, choose_series, newest_day, read_series

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class AskedSize:
    """An amount as it was named, and in the fiat that the sizes of series are kept in."""

    amount: Decimal
    unit: str
    fiat: Decimal
    """The amount itself, or what it was worth at the newest price of the series."""


def asked_series(
    lake: Lake, wanted: MarketSide, measure: str, profile: str | None, amount: Decimal | None
) -> tuple[SeriesKey, AskedSize | None]:
    """The series that is meant, and the amount in its fiat; of the sizes kept the one nearest to the amount.

    Raises NoSeries with the series that there are.
    """
    size = None if amount is None else _size(lake, wanted, measure, profile, amount)
    # A price of the whole book has no size to choose by; the amount then only says what a share of it is worth.
    named = size.fiat if size is not None and measure in OF_AN_AMOUNT else None
    return choose_series(lake, wanted, measure, profile, named), size


def _size(lake: Lake, wanted: MarketSide, measure: str, profile: str | None, amount: Decimal) -> AskedSize:
    market = wanted.market
    # Who changes one fiat into another names the fiat that is given: it is what the sizes of combos are kept in.
    if wanted.side is Side.BUY or market.venue == COMBO_VENUE:
        return AskedSize(amount, fiat_of_sizes(market), amount)
    key = choose_series(lake, wanted, measure, profile)
    day = newest_day(lake, key)
    series = read_series(lake, key, day, day)
    if not len(series.values):
        raise NoSeries(
            "{wanted} has no price by which {amount} {asset} could be told in {fiat}",
            wanted=wanted,
            amount=amount,
            asset=market.asset,
            fiat=market.fiat,
        )
    return AskedSize(amount, market.asset, (amount * Decimal(repr(float(series.values[-1])))).quantize(_CENT))
