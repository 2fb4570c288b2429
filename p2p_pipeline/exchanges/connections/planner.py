"""Which subscription goes over which connection, within an exchange's limits. Pure.

A subscription is whatever its exchange's language makes a topic of: the planner only compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from p2p_pipeline.exchanges.words import Limits

T = TypeVar("T", bound=Hashable)

MOST_TOPICS = 100
"""On one connection where the exchange names no limit: a lost connection costs so many books and no more."""


@dataclass(frozen=True, slots=True)
class PlanChange(Generic[T]):
    """What to do on one connection. One that has nothing left is closed."""

    connection: str
    added: tuple[T, ...] = ()
    removed: tuple[T, ...] = ()
    is_new: bool = False
    is_over: bool = False


@dataclass
class Plan(Generic[T]):
    """What runs over which connection. What stays wanted stays where it is."""

    limits: Limits
    length: Callable[[T], int]
    """Characters that a topic takes of `characters_per_connection`."""
    connections: dict[str, list[T]] = field(default_factory=dict)
    left_out: tuple[T, ...] = ()
    """Wanted, but there is no connection left for it."""

    def want(self, subscriptions: Collection[T]) -> list[PlanChange[T]]:
        """Make these the ones that run; gives what changes."""
        wanted = dict.fromkeys(subscriptions)
        running = {one for there in self.connections.values() for one in there}
        removed = {name: tuple(one for one in there if one not in wanted) for name, there in self.connections.items()}
        for name, gone in removed.items():
            self.connections[name] = [one for one in self.connections[name] if one not in gone]
        before = set(self.connections)
        added = self._place([one for one in wanted if one not in running])
        return list(self._changes(before, added, removed))

    def _place(self, new: Sequence[T]) -> dict[str, list[T]]:
        added: dict[str, list[T]] = {}
        left_out = []
        taken = {name: sum(map(self.length, there)) for name, there in self.connections.items()}
        for one in new:
            name = self._room_for(self.length(one), taken)
            if name is None:
                left_out.append(one)
                continue
            self.connections.setdefault(name, []).append(one)
            taken[name] = taken.get(name, 0) + self.length(one)
            added.setdefault(name, []).append(one)
        self.left_out = tuple(left_out)
        return added

    def _room_for(self, length: int, taken: dict[str, int]) -> str | None:
        most = self.limits.topics_per_connection or MOST_TOPICS
        characters = self.limits.characters_per_connection
        for name, there in self.connections.items():
            if len(there) >= most:
                continue
            if characters is None or taken[name] + length <= characters:
                return name
        used = [name for name, there in self.connections.items() if there]
        if self.limits.connections is not None and len(used) >= self.limits.connections:
            return None
        return next(name for name in map("ws{}".format, range(len(self.connections) + 1)) if name not in used)

    def _changes(
        self, before: set[str], added: dict[str, list[T]], removed: dict[str, tuple[T, ...]]
    ) -> Iterator[PlanChange[T]]:
        for name in list(self.connections):
            is_over = not self.connections[name]
            if is_over:
                del self.connections[name]
            if added.get(name) or removed.get(name) or is_over:
                yield PlanChange(name, tuple(added.get(name, ())), removed.get(name, ()), name not in before, is_over)


def in_parts(subscriptions: Sequence[T], limits: Limits) -> Iterator[Sequence[T]]:
    """As many as one request may name, after each other."""
    size = limits.topics_per_request or MOST_TOPICS
    for begin in range(0, len(subscriptions), size):
        yield subscriptions[begin : begin + size]
