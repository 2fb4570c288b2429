"""A sweep's days, and what is judged of them, as rows. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import orjson

from p2p_pipeline.paper.sweeps.grid import Combination
from p2p_pipeline.paper.sweeps.judging import Judged
from p2p_pipeline.paper.sweeps.running import DayOutcome
from p2p_pipeline.paper.sweeps.settings import SweepSettings
from p2p_pipeline.paper.tables.rows import stored

Row = dict[str, Any]


def day_rows(
    name: str, day: date, hours: float, tries: Sequence[Combination], found: Sequence[DayOutcome]
) -> list[Row]:
    """A day's, in the order of the tries."""
    return [
        {
            "sweep": name,
            "day": _beginning(day),
            "combination": one.number,
            "parameters": _json(one.values),
            "recorded_hours": hours,
            "trades": outcome.trades,
            "wins": outcome.wins,
            "realised": stored(outcome.realised),
            "fees": stored(outcome.fees),
            "funding": stored(outcome.funding),
            "net": stored(outcome.net),
            "day_return": float(outcome.net) / float(one.settings.account.start_equity),
            "drawdown": stored(outcome.drawdown),
        }
        for one, outcome in zip(tries, found, strict=True)
    ]


def outcome_from(row: Mapping[str, Any]) -> DayOutcome:
    """Back; amounts as a table keeps them."""
    amounts = {name: Decimal(row[name]) for name in ("realised", "fees", "funding", "drawdown")}
    return DayOutcome(row["trades"], row["wins"], **amounts)


def sweep_row(name: str, sweep: SweepSettings, judged: Judged) -> Row:
    """What a sweep came to; it has at least one day."""
    best = judged.best
    return {
        "sweep": name,
        "config": sweep.model_dump_json(),
        "first_day": _beginning(judged.days[0]),
        "last_day": _beginning(judged.days[-1]),
        "days": len(judged.days),
        "combinations": judged.tried,
        "best_combination": None if best is None else best.number,
        "best_parameters": None if best is None else _json(best.values),
        "best_day_return": judged.best_day_return,
        "best_sharpe": judged.best_sharpe,
        "luck_sharpe": judged.luck_sharpe,
        "deflated_sharpe": judged.deflated_sharpe,
        "reality_check": judged.reality_check,
        "days_needed": None if math.isinf(judged.days_needed) else judged.days_needed,
        "forward_days": sum(len(step.judged) for step in judged.steps),
        "forward_return": judged.forward_return,
        "forward_sharpe": judged.forward_sharpe,
        "answer": judged.verdict.answer.value,
        "verdict": judged.verdict.told,
    }


def step_rows(name: str, tries: Sequence[Combination], judged: Judged) -> list[Row]:
    """Each choice and what came of it."""
    return [
        {
            "sweep": name,
            "step": number,
            "chosen_from": _beginning(judged.days[step.trained[0]]),
            "chosen_to": _beginning(judged.days[step.trained[-1]]),
            "judged_from": _beginning(judged.days[step.judged[0]]),
            "judged_to": _beginning(judged.days[step.judged[-1]]),
            "combination": None if step.chosen is None else tries[step.chosen].number,
            "parameters": None if step.chosen is None else _json(tries[step.chosen].values),
            "chosen_by": step.trained_value,
            "judged_return": sum(step.judged_returns) / len(step.judged_returns),
        }
        for number, step in enumerate(judged.steps, 1)
    ]


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _json(values: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(values), default=str).decode()
