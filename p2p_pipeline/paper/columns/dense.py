"""A chunk of which everything is handed over: before the universe is frozen, and where nothing can be left out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2p_pipeline.paper.columns.chunk import KIND_BITS, Kind
from p2p_pipeline.paper.columns.run import Run
from p2p_pipeline.paper.events import Rank
from p2p_pipeline.paper.words import Said

_SOME = 4096


class Every:
    """Of one chunk, in the order of the queue."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.done = -1
        """The place in the queue of the last frame that was handed over."""

    def run(self) -> Iterator[Said]:
        """Everything that is said in it, or until the universe is frozen."""
        run, chunk = self._run, self._run.chunk
        looks = run.looks
        rows = [run.pieces[symbol] for symbol in chunk.symbols]
        place_of_row = np.repeat(np.arange(len(rows)), np.diff(chunk.starts))
        orders = [chunk.columns["order"], np.array([rare.order for rare in chunk.rare], np.int64)]
        orders += [] if looks is None else [looks.order]
        in_order = np.argsort(np.concatenate(orders), kind="stable")
        rares = chunk.rows + len(chunk.rare)
        ats, kinds = chunk.columns["at"], chunk.columns["kind"]
        for begin in range(0, len(in_order), _SOME):
            for item in in_order[begin : begin + _SOME].tolist():
                if item < chunk.rows:
                    if kinds[item] & KIND_BITS == Kind.CARRIED:
                        continue
                    place, rank = (int(ats[item]), int(orders[0][item])), Rank.FRAME
                elif item < rares:
                    rare = chunk.rare[item - chunk.rows]
                    place, rank = (rare.at, rare.order), rare.rank
                elif looks is not None:
                    place, rank = (int(looks.at[item - rares]), int(looks.order[item - rares])), Rank.FRAME
                yield from self._before(place[0], rank)
                if run.is_sparse:
                    return
                if item < chunk.rows:
                    piece = int(place_of_row[item])
                    yield from run.take_row(rows[piece], item - rows[piece].first, place[0])
                elif item < rares:
                    yield from run.take_rare(rare, run.read(rare))
                elif looks is not None:
                    yield from run.take_look(looks.names[int(looks.symbol[item - rares])], place[0])
                self.done = place[1]
        yield from self._before(chunk.until, Rank.FRAME)

    def _before(self, at: int, rank: Rank) -> Iterator[Said]:
        run = self._run
        for moment in run.moments.before((at, rank, "", -1)):
            yield from run.advance(moment)
            if run.is_sparse:
                return
