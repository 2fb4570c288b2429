"""Every venue the program knows: one module a venue, and its line here. Nothing else names which venues there are.

The simulator's venues are its own (simulator/catalogue.py): it must be able to disagree.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline.p2p.venues.bybit import BybitVenue
from p2p_pipeline.p2p.venues.wire import Venue

_VENUES = {
    "bybit": BybitVenue,
    "binance": BinanceVenue,
}
VENUE_NAMES = tuple(_VENUES)


def venue_directory(source_url: str | None = None) -> dict[str, Venue]:
    """The venues by name. With `source_url` every request goes there, with the path it would have at the venue.

    Raises InvalidInput, with what to write instead, when `source_url` is no http or https address.
    """
    if source_url is None:
        return {name: venue() for name, venue in _VENUES.items()}
    base_url = _base_url(source_url)
    return {name: venue(base_url) for name, venue in _VENUES.items()}


def known_venue(name: str) -> str:
    """The name of a venue that the program knows; raises InvalidInput with what to write instead."""
    if name not in VENUE_NAMES:
        raise InvalidInput("venue was {name!r}; known are {known}", name=name, known=", ".join(VENUE_NAMES))
    return name


def _base_url(source_url: str) -> str:
    parts = urlsplit(source_url.strip())
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise InvalidInput("source was {source_url!r}; write it as http://127.0.0.1:8700", source_url=source_url)
    return source_url.strip().rstrip("/")
