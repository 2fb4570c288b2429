"""Opportunities with their whole calculation: some are unfolded at once, very many only when they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import localcontext
from typing import overload

import numpy as np

from p2p_pipeline.exchanges.books.view import Flags
from p2p_pipeline.exchanges.scan.deciding import PairList
from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.exchanges.scan.levels import Numbers
from p2p_pipeline.exchanges.scan.pairs import Pairs
from p2p_pipeline.exchanges.scan.reasons import Reason
from p2p_pipeline.exchanges.scan.results import Spatial
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.sides import Sides
from p2p_pipeline.exchanges.scan.spatial import price, unfolded

UNFOLDED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Unfolding:
    """What a calculation is made of."""

    rules: ScanRules
    pairs: Pairs
    symbols: tuple[str, ...]
    sides: Sides

    def of(self, pairs: PairList, pair: int, number: int) -> Spatial:
        """The calculation of a pair and notional that was decided to have one."""
        bought, sold = self.sides.of_pair(pairs, pair)
        symbol, notional = self.symbols[pairs.row[pair]], self.rules.notional(number, bought.instrument.quote)
        facts = self.pairs.pair(symbol, bought.instrument.exchange, sold.instrument.exchange)
        with localcontext(EXACT):
            priced = price(bought, sold, notional, facts.withdrawal_fee, self.rules)
        assert not isinstance(priced, Reason)  # noqa: S101 - it was decided to have an edge
        return unfolded(priced, symbol, notional, bought, sold, facts, self.rules)


def all_unfolded(
    unfolding: Unfolding, pairs: PairList, is_rough: Flags, pair: Numbers, number: Numbers
) -> Sequence[Spatial]:
    """All of them, in order."""
    if len(pair) <= UNFOLDED_AT_ONCE:
        return tuple(unfolding.of(pairs, int(p), int(n)) for p, n in zip(pair, number, strict=True))
    for one in np.unique(pair[is_rough[pair]]):
        # Their exact numbers are in the book itself, now.
        unfolding.sides.of_pair(pairs, int(one))
    kept = Unfolding(unfolding.rules, unfolding.pairs, unfolding.symbols, unfolding.sides.kept())
    return Folded(kept, pairs, pair, number)


class Folded(Sequence[Spatial]):
    """More opportunities than anybody reads: decided and counted, each calculated when it is asked for.

    It keeps the books as they were at the scan.
    """

    def __init__(self, unfolding: Unfolding, pairs: PairList, pair: Numbers, number: Numbers) -> None:
        self._unfolding, self._pairs, self._pair, self._number = unfolding, pairs, pair, number

    def __len__(self) -> int:
        return len(self._pair)

    @overload
    def __getitem__(self, index: int) -> Spatial: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Spatial]: ...
    def __getitem__(self, index: int | slice) -> Spatial | Sequence[Spatial]:
        if isinstance(index, slice):
            return Folded(self._unfolding, self._pairs, self._pair[index], self._number[index])
        return self._unfolding.of(self._pairs, int(self._pair[index]), int(self._number[index]))
