"""The life of each opportunity: from the scan that found it first to the last that found it again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from p2p_pipeline.exchanges.scan.results import Spatial

Key = tuple[str, str, str]
"""Buying exchange, selling exchange, symbol."""


class Ending(StrEnum):
    """How a life ended."""

    GONE = "gone"
    """The next scan did not find it again."""
    UNSEEN = "unseen"
    """The data ended, or scans are missing: it lived at least so long, nobody knows how much longer."""


@dataclass(frozen=True, slots=True)
class Later:
    """What the quantity that was found would have given one cycle later, at whatever prices stood there then."""

    quantity: Decimal
    """Less than was found where the books had less; 0 where there was none any more."""
    net_profit_quote: Decimal
    net_edge_pct: Decimal


@dataclass(slots=True)
class Episode:
    """One opportunity with its life."""

    first: Spatial
    """As it was found first: who acts, acts on this."""
    first_cycle: int
    first_at: datetime
    scans: int = 1
    """That found it, one after the other."""
    ending: Ending | None = None
    later: Later | None = None
    """None: the books could not be believed one cycle later, or there was no scan."""

    @property
    def key(self) -> Key:
        """What makes it the same in the next scan."""
        return self.first.buy, self.first.sell, self.first.symbol


class Lives:
    """Follows the opportunities of one setup from scan to scan."""

    def __init__(self) -> None:
        self.episodes: list[Episode] = []
        self._alive: dict[Key, Episode] = {}
        self._cycle: int | None = None

    def take(self, cycle: int, at: datetime, found: Iterable[Spatial]) -> list[Episode]:
        """The opportunities of a scan; gives back those that are new. Scans come in order."""
        if self._cycle is not None and cycle != self._cycle + 1:
            self.end()
        self._cycle = cycle
        now = {(one.buy, one.sell, one.symbol): one for one in found}
        for key in [key for key in self._alive if key not in now]:
            self._alive.pop(key).ending = Ending.GONE
        born = []
        for key, one in now.items():
            known = self._alive.get(key)
            if known is not None:
                known.scans += 1
            else:
                self._alive[key] = episode = Episode(one, cycle, at)
                born.append(episode)
        self.episodes += born
        return born

    def end(self) -> None:
        """No more scans, or some are missing: nobody knows what became of those alive."""
        for episode in self._alive.values():
            episode.ending = Ending.UNSEEN
        self._alive.clear()
