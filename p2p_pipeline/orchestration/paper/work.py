"""What the assets of paper sessions do when they run."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from typing import Any

from dagster import MetadataValue

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.orchestration.paper.view import (
    best_and_worst,
    by_reason,
    by_symbol,
    equity_picture,
    models_side_by_side,
    set_otherwise,
    what_it_came_to,
)
from p2p_pipeline.paper.results.parts import Results
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.tables.session_files import keep_session

Metadata = dict[str, Any]
WEB_VARIABLE = "P2P_WEB_URL"
"""Where the dashboard is, to link to; `p2p up` sets it."""
_WEB = "http://127.0.0.1:8000"


def tell_session(paths: DataPaths, session: str, names: Collection[str]) -> dict[str, Metadata]:
    """Make a session's tables and say what is in them, by the assets' names. Raises NoResults."""
    folder = SessionFolder(paths, session)
    kept = keep_session(folder, Lake(paths.lake), [f"paper_{name}" for name in names])
    return {
        name: {"dagster/row_count": kept.rows[f"paper_{name}"], **_TOLD[name](kept.results, folder)} for name in names
    }


def _sessions(found: Results, folder: SessionFolder) -> Metadata:
    page = f"{os.environ.get(WEB_VARIABLE) or _WEB}/paper/{folder.session}/results"
    told: Metadata = {
        "page": MetadataValue.url(page),
        "state": found.state,
        "lasted_hours": round((found.ended_at - found.started_at) / 3_600_000, 3),
        "log_lines": found.lines,
        "universe": found.universe,
        "orders_placed": found.orders.placed,
        "orders_filled": found.orders.filled,
        "trades": len(found.trades),
        **{name: float(getattr(found.money, name)) for name in ("realised", "fees", "funding", "equity")},
        "money": MetadataValue.md(what_it_came_to(found)),
        "configuration": MetadataValue.md(set_otherwise(found.config)),
        "believe_it": MetadataValue.md("\n".join(f"- {one}" for one in found.assumptions)),
        "log": MetadataValue.path(str(folder.log)),
    }
    if not found.is_stopped:
        told["note"] = "It has not stopped: this is as far as its log was when this was made."
    return told


def _trades(found: Results, folder: SessionFolder) -> Metadata:  # noqa: ARG001
    if not found.trades:
        return {"note": "No position was closed."}
    return {
        "wins": sum(trade.realised > 0 for trade in found.trades),
        "net": float(sum(trade.net for trade in found.trades)),
        "by_reason": MetadataValue.md(by_reason(found)),
        "by_symbol": MetadataValue.md(by_symbol(found)),
        "best_and_worst": MetadataValue.md(best_and_worst(found.trades)),
    }


def _equity(found: Results, folder: SessionFolder) -> Metadata:  # noqa: ARG001
    told: Metadata = {"equity": float(found.money.equity), "drawdown": float(found.drawdown.amount)}
    if found.drawdown.pct is not None:
        told["drawdown_pct"] = float(found.drawdown.pct)
    picture = equity_picture(found)
    if picture is not None:
        told["drawn"] = MetadataValue.md(picture)
    return told


def _fill_models(found: Results, folder: SessionFolder) -> Metadata:  # noqa: ARG001
    if not found.fill_models:
        return {"note": "A session's fill models are in its summary, which is written when it stops."}
    net = {name: float(one["equity"] - found.money.start) for name, one in found.fill_models.items()}
    return {
        **{f"net_{name}": value for name, value in net.items()},
        "side_by_side": MetadataValue.md(models_side_by_side(found)),
    }


_TOLD: Mapping[str, Callable[[Results, SessionFolder], Metadata]] = {
    "sessions": _sessions,
    "trades": _trades,
    "equity": _equity,
    "fill_models": _fill_models,
}
