"""Whether a change follows the last one. Pure, and strict: leniency serves a wrong book when a number is wrong."""

from __future__ import annotations

from enum import Enum, auto

from p2p_pipeline.exchanges.books.rules import Continuity
from p2p_pipeline.exchanges.events import Event


class Follows(Enum):
    """What a change is to a book."""

    NEXT = auto()
    OLD = auto()
    """It is in the book already."""
    EARLY = auto()
    """Something that must come before it is missing."""
    WRONG = auto()
    """Its numbers fit nowhere."""


def follows_snapshot(continuity: Continuity, state: int, event: Event) -> Follows:
    """A change against a snapshot that was asked for: the first that counts must reach from it to beyond it."""
    last = event.last
    if last is None:
        return Follows.WRONG
    if continuity is Continuity.PREVIOUS:
        if event.previous == state:
            return Follows.NEXT
        if last <= state:
            return Follows.OLD
        # One that reaches over the snapshot's state fits nowhere (HTX's chain has no such joint): ask again.
        return Follows.EARLY
    if last <= state:
        return Follows.OLD
    first = last if event.first is None else event.first
    return Follows.NEXT if first <= state + 1 else Follows.EARLY


def follows_change(continuity: Continuity, state: int, event: Event) -> Follows:
    """A change against the last one applied."""
    last = event.last
    if last is None:
        return Follows.WRONG
    if continuity is Continuity.PREVIOUS:
        if event.previous == state:
            return Follows.NEXT
        return Follows.WRONG if event.previous is None or event.previous < state else Follows.EARLY
    first = last if event.first is None else event.first
    if first == state + 1:
        return Follows.NEXT if last >= first else Follows.WRONG
    if first > state + 1:
        return Follows.EARLY
    return Follows.NEXT if continuity is Continuity.OVERLAPPING and last > state else Follows.WRONG
