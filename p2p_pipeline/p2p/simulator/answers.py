"""What the wire modules pass to the server: a request as it came, an answer as it will go out, and number texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.simulator.market import SimulatedOffer


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request that reached a simulated venue."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes

    def payload(self) -> dict[str, Any] | None:
        """The JSON object in the body; an empty body is an empty object; None for anything else."""
        if not self.body.strip():
            return {}
        try:
            value = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return value if isinstance(value, dict) else None


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """An answer of a simulated venue before any fault. Searches say what they show, for the log of truth."""

    body: bytes
    status: int = 200
    content_type: str = "application/json;charset=UTF-8"
    market_side: MarketSide | None = None
    page: int | None = None
    offer_ids: tuple[str, ...] = ()
    total: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=65_536)
def decimal_text(units: int, scale: int) -> str:
    """Write a whole number of smallest units as a decimal without trailing zeros."""
    if scale == 0:
        return str(units)
    whole, part = divmod(units, 10**scale)
    digits = str(part).rjust(scale, "0").rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


def padded_text(units: int, scale: int) -> str:
    """The same with all its decimal places: `85.00`."""
    if scale == 0:
        return str(units)
    whole, part = divmod(units, 10**scale)
    return f"{whole}.{part:0{scale}d}"


class RenderCache:
    """Keeps the JSON of offers that have not changed: most of a book is the same from one request to the next."""

    def __init__(self, limit: int = 60_000) -> None:
        self._rendered: dict[str, tuple[SimulatedOffer, bytes]] = {}
        self._limit = limit

    def get(self, offer: SimulatedOffer) -> bytes | None:
        """The JSON made earlier of exactly this state of the offer."""
        entry = self._rendered.get(offer.offer_id)
        return entry[1] if entry is not None and entry[0] is offer else None

    def put(self, offer: SimulatedOffer, text: bytes) -> bytes:
        """Keep the JSON of this state and hand it back; the oldest are dropped at the limit."""
        if len(self._rendered) >= self._limit:
            for offer_id in list(self._rendered)[: self._limit // 2]:
                del self._rendered[offer_id]
        self._rendered[offer.offer_id] = (offer, text)
        return text
