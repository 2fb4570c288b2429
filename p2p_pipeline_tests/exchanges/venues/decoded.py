"""What a venue's decoder makes of recorded and sample frames."""

from __future__ import annotations

from collections.abc import Iterator

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.connector import Wire
from p2p_pipeline_tests.exchanges.venues.recorded import recording, samples


def events_of(wire: Wire, name: str) -> Iterator[Event]:
    """Of all socket frames that the exchange sent in a recording."""
    for frame in recording(name):
        if frame.direction == "in" and frame.kind == "ws":
            yield from wire.decode(frame.body, is_binary=frame.is_binary)


def kinds_of_samples(wire: Wire, exchange: str) -> dict[str, list[Kind]]:
    """By the name of what each sample frame is, those that we would send left out."""
    found: dict[str, list[Kind]] = {}
    for frame in samples(exchange):
        if frame.direction == "in" and not frame.url.startswith("/"):
            kinds = [event.kind for event in wire.decode(frame.body, is_binary=frame.is_binary)]
            found.setdefault(frame.name, []).extend(kinds)
    return found


def sample(exchange: str, name: str) -> bytes:
    """The first sample frame of that name."""
    return next(frame.body for frame in samples(exchange) if frame.name == name)
