"""Every venue the program knows, by name, all pointed at the real hosts or all at one simulator."""

from __future__ import annotations

from urllib.parse import urlsplit

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.venues import binance, bybit
from p2p_pipeline.p2p.venues.binance_ordinary import BINANCE_ADS
from p2p_pipeline.p2p.venues.bybit_ordinary import BYBIT_ADS
from p2p_pipeline.p2p.venues.ordinary_pages import OrdinaryReader
from p2p_pipeline.p2p.venues.wire import Venue


def venue_directory(
    source_url: str | None = None,
    *,
    bybit_rows: int = bybit.ROWS,
    binance_classifies: tuple[str, ...] = binance.CLASSIFIES,
) -> dict[str, Venue]:
    """The venues by name. With `source_url` every request goes there, with the path it would have at the venue.

    Raises ValueError, with what to write instead, when `source_url` is no http or https address.
    """
    base_url = None if source_url is None else _base_url(source_url)
    return {
        "binance": binance.BinanceVenue(base_url or binance.HOST, binance_classifies),
        "bybit": bybit.BybitVenue(base_url or bybit.HOST, bybit_rows),
    }


def ordinary_reader(venue: Venue) -> OrdinaryReader | None:
    """A quick reader of the venue's ordinary pages; None for a venue whose pages are all read record by record."""
    ads = {"binance": BINANCE_ADS, "bybit": BYBIT_ADS}.get(venue.name)
    return None if ads is None else OrdinaryReader(venue, ads)


def _base_url(source_url: str) -> str:
    parts = urlsplit(source_url.strip())
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise InvalidInput(f"source was {source_url!r}; write it as http://127.0.0.1:8700")
    return source_url.strip().rstrip("/")
