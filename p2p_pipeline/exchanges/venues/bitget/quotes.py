"""Best prices as Bitget's tickers spell them, over sockets and REST alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2p_pipeline.exchanges.events import Levels
from p2p_pipeline.exchanges.venues.reading import quote

_OLDER = ("bidPr", "bidSz", "askPr", "askSz")
_UNIFIED = ("bid1Price", "bid1Size", "ask1Price", "ask1Size")


def quotes_of(row: Mapping[str, Any]) -> tuple[Levels, Levels]:
    """Best bid and best ask. Raises what reading raises where there are none, as in the first wire."""
    bid, bid_quantity, ask, ask_quantity = (row[name] for name in (_OLDER if _OLDER[0] in row else _UNIFIED))
    return quote(bid, bid_quantity), quote(ask, ask_quantity)
