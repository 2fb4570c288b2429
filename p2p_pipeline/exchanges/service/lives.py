"""An opportunity that each scan finds again is one, with its life. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from p2p_pipeline.exchanges.board import SeenOpportunity
from p2p_pipeline.exchanges.scan.results import Spatial


def key_of(found: Spatial) -> str:
    """`buy>sell:BASE/QUOTE`."""
    return f"{found.buy}>{found.sell}:{found.symbol}"


def lives(before: Mapping[str, SeenOpportunity], found: Iterable[Spatial], at: datetime) -> dict[str, SeenOpportunity]:
    """What is alive after a scan, best edge first: of each, the notional that earns most is what is shown."""
    best: dict[str, Spatial] = {}
    for one in found:
        key = key_of(one)
        if key not in best or one.net_profit_quote > best[key].net_profit_quote:
            best[key] = one
    ordered = sorted(best.items(), key=lambda row: (-row[1].net_edge_pct, row[0]))
    return {key: _seen(before.get(key), key, one, at) for key, one in ordered}


def _seen(known: SeenOpportunity | None, key: str, found: Spatial, at: datetime) -> SeenOpportunity:
    if known is None:
        return SeenOpportunity(key, found, at, at, 1, found.net_edge_pct)
    best = max(known.best_edge_pct, found.net_edge_pct)
    return replace(known, found=found, last_seen=at, scans=known.scans + 1, best_edge_pct=best)
