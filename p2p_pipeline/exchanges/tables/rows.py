"""A scan as rows of the tables. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import orjson

from p2p_pipeline.exchanges.scan.result_json import decimal_text, plain
from p2p_pipeline.exchanges.scan.results import CycleFound, Scan, Spatial
from p2p_pipeline.kernel.money import MONEY_DIGITS, MONEY_SCALE

MOST_TOLD, MOST_QUARANTINED = 600, 200
"""Of one scan. More is no market but a mistake, and nobody reads it; all are counted."""
_STEP = Decimal(1).scaleb(-MONEY_SCALE)
_ROUNDING = Context(prec=100, rounding=ROUND_HALF_EVEN)
_LARGEST = Decimal(10) ** (MONEY_DIGITS - MONEY_SCALE) - 1

Rows = dict[str, list[dict[str, Any]]]
"""By table."""


@dataclass(frozen=True, slots=True)
class KeptScan:
    """One scan with all that is kept of it."""

    service: str
    is_simulated: bool
    scan: Scan
    """With the first of its opportunities, of very many."""
    opportunities: int
    quarantined: int
    jitter_ms: float
    skipped: int

    @classmethod
    def of(cls, scan: Scan, service: str, *, is_simulated: bool, late_ns: int, skipped: int) -> KeptScan:
        """Of a scan as it was found."""
        first = replace(
            scan,
            opportunities=tuple(scan.opportunities[:MOST_TOLD]),
            quarantined=tuple(scan.quarantined[:MOST_QUARANTINED]),
        )
        counts = len(scan.opportunities), len(scan.quarantined)
        return cls(service, is_simulated, first, *counts, max(0.0, late_ns / 1e6), skipped)


def rows_of(kept: KeptScan) -> Rows:
    """What a scan adds to each table."""
    scan = kept.scan
    place = {"scanned_at": scan.at, "cycle": scan.cycle, "service": kept.service}
    told = [*((one, False) for one in scan.opportunities), *((one, True) for one in scan.quarantined)]
    best = {f"{buy}>{sell}": decimal_text(edge) for (buy, sell), edge in sorted(scan.best_edges.items())}
    whole = {
        **place,
        "is_simulated": kept.is_simulated,
        "books_live": scan.books_live,
        "pairs": scan.pairs,
        "opportunities": kept.opportunities,
        "quarantined": kept.quarantined,
        "cycles": len(scan.cycles),
        "rejected": _json({reason.value: count for reason, count in scan.rejected.items()}),
        "best_edges": _json(best),
    }
    timing = {**place, "jitter_ms": kept.jitter_ms, "duration_ms": scan.duration_ms, "skipped": kept.skipped}
    return {
        "exchange_scans": [whole],
        "exchange_opportunities": [_opportunity(place, one, is_quarantined=is_it) for one, is_it in told],
        "exchange_cycles": [_cycle(place, number, one) for number, one in enumerate(scan.cycles)],
        "exchange_timings": [timing],
    }


def stored(number: Decimal) -> Decimal:
    """As a table keeps it: 12 decimals. What is larger than any amount is kept as the largest; the JSON has it all."""
    return _ROUNDING.quantize(max(-_LARGEST, min(_LARGEST, number)), _STEP)


def _opportunity(place: Mapping[str, Any], found: Spatial, *, is_quarantined: bool) -> dict[str, Any]:
    return {
        **place,
        "is_quarantined": is_quarantined,
        "buy": found.buy,
        "sell": found.sell,
        "symbol": found.symbol,
        "notional": stored(found.notional),
        "quantity": stored(found.quantity),
        "buy_vwap": stored(found.buy_vwap),
        "sell_vwap": stored(found.sell_vwap),
        "net_profit_quote": stored(found.net_profit_quote),
        "net_edge_pct": stored(found.net_edge_pct),
        "is_partial": found.is_partial,
        "transfer": found.transfer.value,
        "buy_age_ms": found.bought.age_ms,
        "sell_age_ms": found.sold.age_ms,
        "calculation": _json(plain(found)),
    }


def _cycle(place: Mapping[str, Any], number: int, found: CycleFound) -> dict[str, Any]:
    return {
        **place,
        "ordinal": number,
        "exchange": found.exchange,
        "start_asset": found.start_asset,
        "start_quantity": stored(found.start_quantity),
        "end_quantity": stored(found.end_quantity),
        "net_edge_pct": stored(found.net_edge_pct),
        "legs": len(found.legs),
        "calculation": _json(plain(found)),
    }


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
