"""Which cycles are worth walking: those whose best prices alone would pay.

Bellman-Ford on −log(best price after fee), in as many rounds as a cycle may have legs: after each round the least
weight to (and from) an asset in so many legs is known. A cycle of a few legs is then followed only along edges from
which its start can still be reached below the bound, so every cycle that pays at the top of the books is proposed, and
hardly any other. No walk through a depth brings more than the best prices promise, so none that pays is missed.
Floats search here; walk_cycle decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from p2p_pipeline.exchanges.scan.rules import ScanRules

SHORTEST = 3
_TOLERANCE = 1e-9
"""Far above what rounding of floats adds up to: one more cycle is walked, none is lost."""


@dataclass(frozen=True, slots=True)
class Network:
    """All that can be exchanged: each edge gives one asset for another in one book."""

    sources: npt.NDArray[np.intp]
    targets: npt.NDArray[np.intp]
    exchanges: npt.NDArray[np.intp]
    """Where an edge's book is."""
    rows: npt.NDArray[np.intp]
    """Which symbol it is."""
    is_buy: npt.NDArray[np.bool_]
    keep: npt.NDArray[np.float64]
    """What the fee leaves: 1 − fee."""
    nodes: int
    may_move: frozenset[tuple[int, int]] | None = None
    """(asset, exchange) where the asset is held already, so that a cycle may go on there. None: one exchange a node."""
    by_source: Mapping[int, npt.NDArray[np.intp]] = field(default_factory=dict)
    """The edges that give an asset."""

    def weights(self, bids: npt.NDArray[np.float64], asks: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """−log of what one unit becomes at the best prices [exchange, symbol]; infinite where there is none."""
        ask, bid = asks[self.exchanges, self.rows], bids[self.exchanges, self.rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            rates = np.where(self.is_buy, 1.0 / ask, bid) * self.keep
            found = -np.log(rates)
        return np.where(np.isfinite(found), found, np.inf)


def bound_of(rules: ScanRules) -> float:
    """The greatest weight with which a cycle may still pay what the rules ask for."""
    least = 1 + float(rules.min_net_edge_pct + rules.slippage_pct) / 100
    return math.inf if least <= 0 else -math.log(least) + _TOLERANCE


def proposed(
    network: Network, weights: npt.NDArray[np.float64], starts: Sequence[int], bound: float, longest: int
) -> Iterator[tuple[int, ...]]:
    """Cycles from each of some nodes, as edges in order, each node once. No start may lead to another."""
    back = _least_to(network, weights, starts, longest)
    for start in starts:
        yield from _followed(network, weights, back, start, (), (start,), 0.0, bound, longest)


_NONE: npt.NDArray[np.intp] = np.empty(0, dtype=np.intp)


def _least_to(
    network: Network, weights: npt.NDArray[np.float64], starts: Sequence[int], longest: int
) -> Sequence[npt.NDArray[np.float64]]:
    """Rounds of Bellman-Ford against the edges: by legs left, the least weight from each node to the start."""
    rounds = [np.full(network.nodes, np.inf)]
    rounds[0][list(starts)] = 0.0
    for _ in range(longest - 1):
        last = rounds[-1]
        following = last.copy()
        np.minimum.at(following, network.sources, weights + last[network.targets])
        rounds.append(following)
    return rounds


def _followed(
    network: Network,
    weights: npt.NDArray[np.float64],
    back: Sequence[npt.NDArray[np.float64]],
    start: int,
    way: tuple[int, ...],
    passed: tuple[int, ...],
    weight: float,
    bound: float,
    legs_left: int,
) -> Iterator[tuple[int, ...]]:
    edges = network.by_source.get(passed[-1], _NONE)
    totals = weight + weights[edges]
    ends = network.targets[edges]
    least = totals + back[legs_left - 1][ends]
    for position in np.flatnonzero((least <= bound) & np.isfinite(least)):
        edge, end = int(edges[position]), int(ends[position])
        if not _may_follow(network, way, edge, passed[-1]):
            continue
        if end == start:
            if len(way) + 1 >= SHORTEST and _may_follow(network, (edge,), way[0], start):
                yield (*way, edge)
        elif end not in passed and legs_left > 1:
            total = float(totals[position])
            further = (*way, edge), (*passed, end)
            yield from _followed(network, weights, back, start, *further, total, bound, legs_left - 1)


def _may_follow(network: Network, way: tuple[int, ...], edge: int, node: int) -> bool:
    if network.may_move is None or not way:
        return True
    exchange = int(network.exchanges[edge])
    return exchange == int(network.exchanges[way[-1]]) or (node, exchange) in network.may_move


@dataclass(frozen=True, slots=True)
class Edge:
    """One way to exchange, before it is an element of arrays."""

    given: tuple[str, str]
    """(exchange, asset); with an empty exchange where assets of several are one node."""
    received: tuple[str, str]
    exchange: int
    row: int
    is_buy: bool
    taker_fee: Decimal


def network_of(
    edges: Sequence[Edge], may_move: frozenset[tuple[tuple[str, str], int]] | None = None
) -> tuple[Network, dict[tuple[str, str], int]]:
    """The network of some edges, and the number of each node."""
    nodes: dict[tuple[str, str], int] = {}
    for edge in edges:
        nodes.setdefault(edge.given, len(nodes))
        nodes.setdefault(edge.received, len(nodes))
    sources = np.array([nodes[edge.given] for edge in edges], dtype=np.intp)
    order = np.argsort(sources, kind="stable")
    cuts = np.flatnonzero(np.diff(sources[order])) + 1
    groups = np.split(order, cuts) if len(edges) else []
    network = Network(
        sources=sources,
        targets=np.array([nodes[edge.received] for edge in edges], dtype=np.intp),
        exchanges=np.array([edge.exchange for edge in edges], dtype=np.intp),
        rows=np.array([edge.row for edge in edges], dtype=np.intp),
        is_buy=np.array([edge.is_buy for edge in edges], dtype=np.bool_),
        keep=np.array([1 - float(edge.taker_fee) for edge in edges], dtype=np.float64),
        nodes=len(nodes),
        may_move=None if may_move is None else frozenset((nodes[node], at) for node, at in may_move if node in nodes),
        by_source={int(sources[group[0]]): group for group in groups},
    )
    return network, nodes
