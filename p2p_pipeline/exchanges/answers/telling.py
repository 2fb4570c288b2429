"""A board's values as the API, the sockets and `p2p arbitrage --json` tell them: the same names everywhere."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from p2p_pipeline.exchanges.answers.matrix import Matrix, MatrixCell
from p2p_pipeline.exchanges.answers.unfolded import steps_of, unspent
from p2p_pipeline.exchanges.board import Board, ExchangeHealth, SeenOpportunity, Watched
from p2p_pipeline.exchanges.scan.results import BookUsed, CycleFound, Spatial

_PARTS = ("bought", "sold")


def scan_told(board: Board) -> dict[str, Any]:
    """The scan itself in short, with every reason counted."""
    scan = board.scan
    return {
        "service": board.service,
        "sequence": board.sequence,
        "cycle": scan.cycle,
        "at": scan.at,
        "duration_ms": scan.duration_ms,
        "books_live": scan.books_live,
        "pairs": scan.pairs,
        "found": board.found,
        "opportunities": len(board.opportunities),
        "quarantined": len(scan.quarantined),
        "cycles": len(board.cycles),
        "rejected": {str(reason): count for reason, count in scan.rejected.items()},
    }


def spatial_told(found: Spatial) -> dict[str, Any]:
    """A calculation without its levels."""
    told = {one.name: getattr(found, one.name) for one in fields(found) if one.name not in _PARTS}
    return told | {
        "transfer": str(found.transfer),
        "common_chains": list(found.common_chains),
        "buy_age_ms": found.bought.age_ms,
        "sell_age_ms": found.sold.age_ms,
    }


def opportunity_told(seen: SeenOpportunity) -> dict[str, Any]:
    """An opportunity as a line of a list."""
    life = {name: getattr(seen, name) for name in ("first_seen", "last_seen", "scans", "best_edge_pct")}
    return {"key": seen.key, **life, **spatial_told(seen.found)}


def opportunity_unfolded(seen: SeenOpportunity) -> dict[str, Any]:
    """An opportunity with all of its calculation."""
    return opportunity_told(seen) | unfolded(seen.found)


def unfolded(found: Spatial) -> dict[str, Any]:
    """What a calculation was made of: both books to the filled depth, and each step."""
    return {
        "unspent": unspent(found),
        "bought": _book_told(found.bought),
        "sold": _book_told(found.sold),
        "steps": [{"part": str(step.part), "amount": step.amount, "pct": step.pct} for step in steps_of(found)],
    }


def cycle_told(found: CycleFound) -> dict[str, Any]:
    """A cycle with its legs."""
    legs = [
        {name: getattr(leg, name) for name in ("exchange", "symbol", "side", "quantity", "price")} for leg in found.legs
    ]
    return {one.name: getattr(found, one.name) for one in fields(found)} | {"legs": legs}


def exchange_told(health: ExchangeHealth) -> dict[str, Any]:
    """An exchange's line of the health board."""
    return {one.name: getattr(health, one.name) for one in fields(health)}


def watched_told(watched: Watched) -> dict[str, Any]:
    """Whose depth is watched, and why."""
    return {one.name: getattr(watched, one.name) for one in fields(watched)}


def matrix_told(matrix: Matrix) -> dict[str, Any]:
    """The matrix as a list of its cells."""
    cells = [_cell_told(one) for row in matrix.rows for one in row if one is not None]
    return {"exchanges": list(matrix.exchanges), "cells": cells}


def _cell_told(cell: MatrixCell) -> dict[str, Any]:
    best = cell.best
    return {
        "buy": cell.buy,
        "sell": cell.sell,
        "net_edge_pct": cell.net_edge_pct,
        "opportunities": cell.opportunities,
        "symbol": best.found.symbol if best else None,
        "transfer": str(best.found.transfer) if best else None,
    }


def _book_told(book: BookUsed) -> dict[str, Any]:
    levels = [{one.name: getattr(level, one.name) for one in fields(level)} for level in book.eaten]
    return {one.name: getattr(book, one.name) for one in fields(book)} | {"eaten": levels}
