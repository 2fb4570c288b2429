"""Many topics become few requests, each within what its exchange takes at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from p2p_pipeline.exchanges.words import Limits


def batches(topics: Sequence[str], limits: Limits, envelope_characters: int) -> Iterator[list[str]]:
    """The topics in their order, in groups that fit one request.

    `envelope_characters` is what a request has around its topics; a comma stands between two.
    """
    most = limits.topics_per_request or len(topics)
    longest = limits.characters_per_request
    batch: list[str] = []
    characters = envelope_characters
    for topic in topics:
        more = len(topic) + 1
        if batch and (len(batch) >= most or (longest is not None and characters + more > longest)):
            yield batch
            batch, characters = [], envelope_characters
        batch.append(topic)
        characters += more
    if batch:
        yield batch
