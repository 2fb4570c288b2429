"""Whether the configured markets are ones that the venues list, by the newest lists kept in the raw store."""

from __future__ import annotations

from difflib import get_close_matches

from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.raw.capture import Outcome, Purpose
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import StoredSnapshot
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.venues.directory import venue_directory


def listed_fiats(reader: RawReader, venue_name: str) -> list[str]:
    """The fiats of the venue's newest list; empty when none was ever kept."""
    venue, file_key = venue_directory()[venue_name], f"{venue_name}.reference"
    for day in reversed(reader.days()):
        if file_key in reader.file_keys(day):
            lists = [
                capture
                for stored in reader.read(day, file_key, 0, reader.end_offset(day, file_key))
                if isinstance(stored, StoredSnapshot)
                for capture, _ in stored.captures
                if capture.purpose is Purpose.FIAT_LIST and capture.outcome is Outcome.OK
            ]
            if lists and venue.refusal(lists[-1].status or 0, lists[-1].body) is None:
                return venue.read_fiat_list(lists[-1].body)
    return []


def unlisted(reader: RawReader, settings: Settings) -> list[str]:
    """A sentence for each configured market whose fiat its venue does not list, with the likely correction."""
    fiats = {entry.market.venue: listed_fiats(reader, entry.market.venue) for entry in settings.markets}
    return [
        _sentence(entry.market, fiats[entry.market.venue])
        for entry in settings.markets
        if fiats[entry.market.venue] and entry.market.fiat not in fiats[entry.market.venue]
    ]


def _sentence(market: Market, fiats: list[str]) -> str:
    near = get_close_matches(market.fiat, fiats, n=1)
    hint = Told(" (did you mean {near}?)", near=near[0]) if near else ""
    return Told(
        "{market}: {venue} lists no {fiat}{hint}; correct it in the settings",
        market=market.key,
        venue=market.venue,
        fiat=market.fiat,
        hint=hint,
    )
