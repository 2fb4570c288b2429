"""Which venues' ordinary pages are read quickly, all at once; a venue works without.

Apart from directory.py because what decodes them is not loaded on the way to a price.
"""

from __future__ import annotations

from p2p_pipeline.p2p.venues.binance_ordinary import BINANCE_ADS
from p2p_pipeline.p2p.venues.bybit_ordinary import BYBIT_ADS
from p2p_pipeline.p2p.venues.ordinary_pages import OrdinaryReader
from p2p_pipeline.p2p.venues.wire import Venue

_ORDINARY = {
    "bybit": BYBIT_ADS,
    "binance": BINANCE_ADS,
}


def ordinary_reader(venue: Venue) -> OrdinaryReader | None:
    """A quick reader of the venue's ordinary pages; None for a venue whose pages are all read record by record."""
    ads = _ORDINARY.get(venue.name)
    return None if ads is None else OrdinaryReader(venue, ads)
