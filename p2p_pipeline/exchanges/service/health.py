"""How an exchange is, in one word and its numbers. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from p2p_pipeline.exchanges.books.sequencer import State

ERROR_LASTS = timedelta(minutes=5)
"""An exchange that works has no error that is older."""


@dataclass
class NewestError:
    """What went wrong last at one exchange, for as long as it says something of it."""

    _known: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def told(self, errors: Mapping[str, str], at: datetime, *, is_live: bool) -> str:
        """Out of what each of its parts says; empty once it works and all of that is old."""
        for part, text in errors.items():
            if self._known.get(part, (at, ""))[1] != text:
                self._known[part] = at, text
        still = [one for part, one in self._known.items() if one[1] and not (is_live and self.is_over(part, at))]
        return max(still)[1] if still else ""

    def is_over(self, part: str, at: datetime) -> bool:
        """Whether what a part says is old."""
        since, text = self._known.get(part, (at, ""))
        return bool(text) and at - since >= ERROR_LASTS


def state_of(*, is_unreachable: bool, is_up: bool, in_maintenance: bool, books: Iterable[State]) -> str:
    """The word; `books` are the states of those whose depth is watched.

    It is live as long as half of its books are: one that re-syncs is no trouble of its exchange.
    """
    if is_unreachable:
        return "unreachable"
    if in_maintenance:
        return "maintenance"
    if not is_up:
        return "connecting"
    counted = Counter(books)
    if 2 * counted[State.LIVE] >= counted.total():
        return "live"
    return "stale" if counted[State.STALE] > counted.total() // 2 else "resyncing"
