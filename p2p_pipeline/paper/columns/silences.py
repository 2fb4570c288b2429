"""When symbols become stale and fresh again in a chunk, found by arrays."""

from __future__ import annotations

import numpy as np

from p2p_pipeline.paper.columns.asking import SECOND, first_tick
from p2p_pipeline.paper.columns.chunk import KIND_BITS, Chunk, Kind
from p2p_pipeline.paper.columns.rows import is_accepted


def silences(chunk: Chunk, stale_after_ms: int) -> list[tuple[int, str]]:
    """By time the whole seconds at which a symbol can become stale or fresh, and some at which it does not.

    Right for silences of at least a second: shorter ones can begin and end between two seconds' frames.
    """
    kind = chunk.columns["kind"]
    heard = np.flatnonzero(is_accepted(kind) | (kind & KIND_BITS == Kind.CARRIED))
    at = chunk.columns["at"][heard]
    piece = np.searchsorted(chunk.starts, heard, "right") - 1
    if not len(at):
        return []
    following = np.append(at[1:], chunk.until)
    is_last = np.append(piece[1:] != piece[:-1], True)
    following[is_last] = chunk.until
    silent = np.flatnonzero(following - at > stale_after_ms)
    stale = (at[silent] + stale_after_ms) // SECOND * SECOND + SECOND
    fresh = first_tick(following[silent])
    found = []
    for place, begin, end, last in zip(
        piece[silent].tolist(), stale.tolist(), fresh.tolist(), is_last[silent].tolist(), strict=True
    ):
        if begin < end:
            found.append((begin, chunk.symbols[place]))
            if not last:
                found.append((end, chunk.symbols[place]))
    return sorted(found)
