"""Notice when a venue's wire format changes: fields that are new, gone, or no longer readable.

A record's shape is the tuple of its keys. A page has one or two shapes, so remembering shapes and judging each once
costs a tenth of judging every key of every record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")

_MOST_NOTES = 100
_MOST_NAME_CHARACTERS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One object of the wire format and the fields it is known to have."""

    path: str
    """Its place as a prefix: `adv.`; empty for the record itself."""
    known: frozenset[str]
    usual: frozenset[str] = frozenset()
    """Those that every record of every year had; one that lacks them is noted."""


def named(text: str) -> frozenset[str]:
    """Field names from a text that has them one after the other."""
    return frozenset(text.split())


@dataclass(slots=True)
class FieldNotes:
    """What the records of one answer had that they shouldn't, or the other way round."""

    shapes: set[tuple[Level, tuple[str, ...]]] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    """Paths of optional fields that are there but could not be read: to the reader of the offer they are missing."""
    _newest: dict[Level, tuple[str, ...]] = field(default_factory=dict)

    def see(self, level: Level, record: dict[str, Any]) -> None:
        """Remember a record's shape."""
        shape = tuple(record)
        # Mostly it is that of the record before: comparing is quicker than hashing.
        if self._newest.get(level) != shape:
            self._newest[level] = shape
            self.shapes.add((level, shape))

    def readable(
        self, key: str, record: dict[str, Any], read: Callable[[object], T | None], path: str = ""
    ) -> T | None:
        """An optional field's value; one that is there and can't be read is noted. Null and -1 mean "none"."""
        value = record.get(key)
        if value is None:
            return None
        found = read(value)
        if found is None and value not in (-1, "-1", ""):
            self.unreadable.add(path + key)
        return found

    def unknown_fields(self) -> frozenset[str]:
        """Paths of fields no version of the wire format had."""
        found = {level.path + key for level, keys in self.shapes for key in keys if key not in level.known}
        return frozenset(path[:_MOST_NAME_CHARACTERS] for path in sorted(found)[:_MOST_NOTES])

    def missing_fields(self) -> frozenset[str]:
        """Paths of fields that every version had and some record here lacks or garbles."""
        found = {level.path + key for level, keys in self.shapes for key in level.usual.difference(keys)}
        return frozenset(found | self.unreadable)
