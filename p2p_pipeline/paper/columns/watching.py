"""The rows of a symbol at which something can happen to its orders and positions, found by arrays."""

from __future__ import annotations

from decimal import localcontext

import numpy as np

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.paper.columns.chunk import NUMBERS
from p2p_pipeline.paper.columns.rows import Rows, is_accepted
from p2p_pipeline.paper.machine.levels import Level, Waiting, levels_of
from p2p_pipeline.paper.settings import PaperSettings

_LEAST, _MOST = -(2**63), 2**63 - 1


class Watch:
    """Of one symbol, as long as nothing of what waits changes."""

    def __init__(self, rows: Rows, waiting: Waiting, settings: PaperSettings, row: int) -> None:
        self.waiting = waiting
        self._first = row
        self._reaches = np.zeros(rows.end - rows.first - row, np.bool_)
        with localcontext(EXACT):
            for level in levels_of(waiting, settings):
                digits = int(rows.chunk.digits[rows.piece][NUMBERS.index(level.field)])
                values, bound = rows.column(level.field)[row:], _whole(level, digits)
                # a value that is not known is below all: too many rows are no harm
                self._reaches |= values <= bound if level.is_below else values >= bound
        later = self._reaches & is_accepted(rows.column("kind")[row:])
        later[:1] = False
        self._later: list[int] = (np.flatnonzero(later)[::-1] + row).tolist()

    def next(self) -> int | None:
        """The next row that has to be handed over; each time it is asked another."""
        return self._later.pop() if self._later else None

    def reaches(self, row: int) -> bool:
        """Whether a look at the market as of a row can do something."""
        return bool(self._reaches[row - self._first])


def _whole(level: Level, digits: int) -> int:
    """The level's whole number, downwards: from above it is reached there, from below there or at the next one."""
    return min(max(int(level.price.scaleb(digits) // 1), _LEAST), _MOST)
