"""Where the data comes from: live venues, a simulator, or recordings, and through which proxies they are asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.settings import Settings

DAYS = 2
SOURCE_VARIABLE = "P2P_SOURCE"


@dataclass(frozen=True, slots=True)
class VenueSource:
    """One venue's data of the last days."""

    venue: str
    kinds: tuple[Source, ...]
    """Where it came from; several when recordings lie beside what was collected."""
    proxy_variable: str | None
    """The environment variable that names the proxy of its 30-second collection."""
    is_proxy_set: bool
    sweep_proxies: int
    """How many proxies its sweeps go through."""


@dataclass(frozen=True, slots=True)
class DataSources:
    """All of it."""

    realm: Source | None
    """What this folder holds; live data is never mixed with simulated. None before anything is stored."""
    is_simulated_now: bool
    """Whether this process was told to ask a simulator."""
    venues: tuple[VenueSource, ...]


def data_sources(
    reader: RawReader, settings: Settings, today: date, environment: Mapping[str, str] = os.environ
) -> DataSources:
    """What the raw store's indexes and the settings say; no address of a proxy is shown, for it may hold a password."""
    kinds: dict[str, set[Source]] = {entry.market.venue: set() for entry in settings.markets}
    for day in (day for day in reader.days() if today - timedelta(days=DAYS) < day <= today):
        for key in reader.file_keys(day):
            venue, _, of = key.partition(".")
            # A sweep has a file for each of a hundred fiats, all from where its report is from.
            if not of.startswith("sweep-"):
                kinds.setdefault(venue, set()).update(reader.sources(day, key))
    venues = tuple(
        VenueSource(
            venue,
            tuple(sorted(found)),
            variable := settings.venue_settings(venue).proxy_variable,
            bool(variable and environment.get(variable)),
            len(settings.sweep.proxy_variables) if venue == settings.sweep.venue else 0,
        )
        for venue, found in sorted(kinds.items())
    )
    return DataSources(reader.realm(), bool(environment.get(SOURCE_VARIABLE)), venues)
