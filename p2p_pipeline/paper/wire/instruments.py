"""The list of instruments: which rows are USDT perpetuals in trading, and their steps. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from p2p_pipeline.exchanges.venues.reading import MISREAD, decimal_of, object_of, step_of, symbol_of
from p2p_pipeline.paper.events import Instrument
from p2p_pipeline.paper.words import Exclusion

_WANTED = (
    ("contractType", "LinearPerpetual", Exclusion.CONTRACT_TYPE),
    ("quoteCoin", "USDT", Exclusion.QUOTE_COIN),
    ("settleCoin", "USDT", Exclusion.SETTLE_COIN),
    ("status", "Trading", Exclusion.STATUS),
)


def page_rows(rows: Sequence[Any]) -> tuple[tuple[Instrument, ...], tuple[tuple[str, str], ...]]:
    """The instruments of a page that are kept, and the others with the first reason that holds."""
    kept, left_out = [], []
    for row in rows:
        try:
            symbol = symbol_of(object_of(row)["symbol"])
        except MISREAD:
            # without a name there is nobody to tell of
            continue
        reason = next((reason for name, value, reason in _WANTED if row.get(name) != value), None)
        if reason is not None:
            left_out.append((symbol, str(reason)))
            continue
        try:
            kept.append(_instrument(symbol, row))
        except MISREAD:
            left_out.append((symbol, str(Exclusion.UNREADABLE)))
    return tuple(kept), tuple(left_out)


def _instrument(symbol: str, row: Any) -> Instrument:
    lot = object_of(row["lotSizeFilter"])
    return Instrument(
        symbol,
        step_of(row["priceFilter"]["tickSize"]),
        step_of(lot["qtyStep"]),
        decimal_of(lot["minOrderQty"]),
        decimal_of(lot["maxOrderQty"]),
        decimal_of(lot["minNotionalValue"]),
    )
