"""Which subworkers there are: ours, and those that other installed packages register.

Another package adds its own without touching ours, in its pyproject.toml:

    [project.entry-points."p2p_pipeline.subworkers"]
    cheapest = "their_package.cheapest:CHEAPEST"        # a Subworker
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from itertools import chain, count

from psycopg import Connection

from p2p_pipeline.p2p.warehouse.subworkers.interface import OfferRow, Receives, Subworker, SubworkerError
from p2p_pipeline.p2p.warehouse.subworkers.terms.subworker import TERMS

ENTRY_POINT_GROUP = "p2p_pipeline.subworkers"
SUBWORKERS: tuple[Subworker, ...] = (TERMS,)
"""Ours. What they import when they run, they import then: the graph is drawn from this on every start."""


def registered_subworkers(points: Iterable[EntryPoint] | None = None) -> tuple[Subworker, ...]:
    """All subworkers, ours first, then others' by name.

    One that can't be loaded, or whose name is taken, is there too: it fails when it runs, with the reason, and costs
    nobody else anything.
    """
    found = list(SUBWORKERS)
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP) if points is None else points, key=lambda one: one.name):
        taken = {subworker.name for subworker in found}
        subworker = _loaded(point)
        if subworker.name in taken:
            reason = f"its name {subworker.name!r} is taken by another subworker"
            subworker = _broken(point, reason, taken)
        found.append(subworker)
    return tuple(found)


def chosen(subworkers: Iterable[Subworker], which: Iterable[str] | None) -> tuple[Subworker, ...]:
    """Those with the given names, in their own order; all for None. Raises SubworkerError for an unknown name."""
    known = tuple(subworkers)
    if which is None:
        return known
    wanted = set(which)
    unknown = sorted(wanted - {subworker.name for subworker in known})
    if unknown:
        names = ", ".join(subworker.name for subworker in known) or "none"
        raise SubworkerError(f"there is no subworker {unknown[0]!r}; there are: {names}")
    return tuple(subworker for subworker in known if subworker.name in wanted)


def _loaded(point: EntryPoint) -> Subworker:
    try:
        loaded = point.load()
    except Exception as error:  # noqa: BLE001 - another package's code; its fault is told when its turn comes
        return _broken(point, f"{type(error).__name__}: {error}")
    if not isinstance(loaded, Subworker):
        return _broken(point, f"it is of type {type(loaded).__name__}, not Subworker")
    return loaded


def _broken(point: EntryPoint, reason: str, taken: Container[str] = ()) -> Subworker:
    sentence = f"{point.value} can't be used: {reason}. Mend or remove the package that registers it."

    def work(_connection: Connection[tuple[object, ...]], _batch_id: int, _rows: Iterator[OfferRow]) -> int:
        raise SubworkerError(sentence)

    plain = "".join(character if character.isascii() and character.isalnum() else "_" for character in point.name)
    name = plain.lower().lstrip("0123456789_")[:30] or "unnamed"
    name = next(tried for tried in chain([name], (f"{name}_{number}" for number in count(2))) if tried not in taken)
    return Subworker(name, sentence, (), Receives.CHANGES, work)
