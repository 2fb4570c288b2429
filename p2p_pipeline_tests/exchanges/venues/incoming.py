"""What came in, of recorded frames: our own requests are among them."""

from __future__ import annotations

from collections.abc import Iterable

from p2p_pipeline_tests.exchanges.venues.recorded import Sample


def incoming(frames: Iterable[Sample]) -> list[Sample]:
    """The socket frames that the exchange sent."""
    return [frame for frame in frames if frame.direction == "in" and frame.kind == "ws"]
