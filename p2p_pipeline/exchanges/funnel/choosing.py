"""Whose depth is watched: candidates near an edge, held until they are far enough from it, and the watch list. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from p2p_pipeline.exchanges.board import Watched

Key = tuple[str, str]
"""Exchange and BASE/QUOTE."""

NEAR, LISTED, HELD = "near edge", "watch list", "held"
_SHOWN = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class FunnelRules:
    """When depth is wanted, and when not any more."""

    wanted_edge_pct: float
    leave_edge_pct: float
    hold_seconds: float = 60.0
    """At least this long, however far it goes: subscribing is what exchanges limit most."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A watched book, and since when."""

    watched: Watched
    since: float


def choose(
    near: Mapping[Key, float],
    before: Mapping[Key, Candidate],
    always: Collection[Key],
    rules: FunnelRules,
    room: Mapping[str, int],
    now: float,
) -> dict[Key, Candidate]:
    """Who is watched from now on; `room` is how many an exchange can take, the nearest come first.

    `always` is the watch list, which comes before any edge.
    """
    chosen: dict[Key, Candidate] = {}
    left = dict(room)
    wanted = [(key, why) for key in {*always, *near, *before} if (why := _why(key, near, before, always, rules, now))]
    for key, why in sorted(wanted, key=lambda one: _rank(one[0], one[1], near, before)):
        exchange, symbol = key
        if left.get(exchange, 0) <= 0:
            continue
        left[exchange] -= 1
        edge = near.get(key)
        shown = None if edge is None else Decimal(edge).quantize(_SHOWN)
        since = before[key].since if key in before else now
        chosen[key] = Candidate(Watched(exchange, symbol, why, shown), since)
    return chosen


def _why(
    key: Key,
    near: Mapping[Key, float],
    before: Mapping[Key, Candidate],
    always: Collection[Key],
    rules: FunnelRules,
    now: float,
) -> str:
    if key in always:
        return LISTED
    edge = near.get(key, float("-inf"))
    if edge >= rules.wanted_edge_pct:
        return NEAR
    known = before.get(key)
    if known is not None and (edge >= rules.leave_edge_pct or now - known.since < rules.hold_seconds):
        return HELD
    return ""


def _rank(key: Key, why: str, near: Mapping[Key, float], before: Mapping[Key, Candidate]) -> tuple[object, ...]:
    # Who is watched already goes before one as near: a full exchange would swap the two in each cycle.
    order = (LISTED, NEAR, HELD).index(why)
    return order, -round(near.get(key, float("-inf")), 1), key not in before, key
