"""A ticker frame: a whole one, or what has changed. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from p2p_pipeline.exchanges.venues.reading import Unreadable as Misread
from p2p_pipeline.exchanges.venues.reading import object_of, symbol_of, whole
from p2p_pipeline.paper.events import Ticker
from p2p_pipeline.paper.wire.numbers import number

PRICES = ("markPrice", "lastPrice", "bid1Price", "ask1Price")
FIELDS = frozenset(
    (*PRICES, "openInterest", "openInterestValue", "highPrice24h", "lowPrice24h", "turnover24h", "fundingRate")
)
"""The numbers of a ticker that a session uses, beside the next funding time."""
NEXT_FUNDING = "nextFundingTime"
_ABOVE_0 = r"(?:[1-9][0-9]{0,19}+(?:\.[0-9]{1,20}+)?+|0\.(?=0*+[1-9])[0-9]{1,20}+)"
_USUAL = re.compile(rf"{_ABOVE_0}(?: {_ABOVE_0})*+").fullmatch


class TickerTexts(NamedTuple):
    """What a ticker frame says, its numbers as the exchange spells them."""

    symbol: str
    ts: int
    is_snapshot: bool
    texts: Mapping[str, str | None]
    """Those of FIELDS, and the next funding time; None is a value that the exchange does not know."""

    @property
    def ticker(self) -> Ticker:
        """The same with exact numbers."""
        values = {name: None if text is None else Decimal(text) for name, text in self.texts.items()}
        return Ticker(self.symbol, self.ts, self.is_snapshot, values)


def ticker_texts(symbol: str, message: Mapping[str, Any]) -> TickerTexts:
    """Read a ticker; raises what cannot be read."""
    data, kind = object_of(message["data"]), message["type"]
    if data.get("symbol", symbol) != symbol or kind not in ("snapshot", "delta"):
        raise Misread("a ticker is a snapshot or a delta of its topic's symbol")
    texts = {name: text for name, text in data.items() if name in FIELDS}
    if not _are_usual(texts):
        texts = {name: _checked(name, text) for name, text in texts.items()}
    if NEXT_FUNDING in data:
        text = data[NEXT_FUNDING]
        texts[NEXT_FUNDING] = None if text in ("", "0", 0, None) else str(whole(text))
    return TickerTexts(symbol_of(symbol), whole(message["ts"]), kind == "snapshot", texts)


def _are_usual(texts: Mapping[str, Any]) -> bool:
    """Whether all are numbers above 0, as nearly always: one match, since a day has fifty million frames."""
    try:
        joined = " ".join(texts.values())
    except TypeError:
        return False
    return not texts or (_USUAL(joined) is not None and joined.count(" ") == len(texts) - 1)


def _checked(name: str, text: object) -> str | None:
    """A number's text; None for no text, and for a price of 0: there is no quote."""
    if text == "" or text is None:
        return None
    value = number(text)
    if value <= 0 and name in PRICES:
        return None
    if value < 0 and name != "fundingRate":
        raise Misread(f"{name} is below 0")
    return str(text)
