"""What a sweep came to, as lines for a person and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from p2p_pipeline.paper.actions.sweeping import Swept
from p2p_pipeline.paper.sweeps.forward import Step


def told_of(swept: Swept) -> Iterator[str]:
    """The verdict first: whoever reads one line reads that."""
    judged, tries = swept.judged, swept.sweep.tries
    yield judged.verdict.told
    if judged.best is not None:
        yield f"best in hindsight: {judged.best.told}"
        luck = f"the best of {judged.tried:,} without any edge: {judged.luck_sharpe:.3f}"
        yield f"  {judged.best_day_return * 100:+.3f} % a day, Sharpe ratio of a day {judged.best_sharpe:.3f} ({luck})"
    if judged.deflated_sharpe is not None and judged.reality_check is not None:
        chance = f"White's reality check p = {judged.reality_check:.3f}"
        yield f"  deflated Sharpe ratio {judged.deflated_sharpe:.3f}, {chance}"
    for step in judged.steps:
        chosen = "nothing, for nothing traded" if step.chosen is None else tries[step.chosen].told
        made = sum(step.judged_returns) / len(step.judged_returns) * 100
        yield f"{_span(swept, step.judged)}: chosen on {_span(swept, step.trained)}: {chosen}: {made:+.3f} % a day"


def swept_json(swept: Swept) -> dict[str, Any]:
    """Everything, for programs."""
    judged = swept.judged
    best = judged.best
    return {
        "sweep": swept.sweep.name,
        "days": [day.isoformat() for day in judged.days],
        "missing": [day.isoformat() for day in swept.missing],
        "combinations": judged.tried,
        "best": None
        if best is None
        else {
            "combination": best.number,
            "parameters": dict(best.values),
            "day_return": judged.best_day_return,
            "sharpe": judged.best_sharpe,
            "luck_sharpe": judged.luck_sharpe,
            "deflated_sharpe": judged.deflated_sharpe,
            "days_needed": None if math.isinf(judged.days_needed) else judged.days_needed,
        },
        "reality_check": judged.reality_check,
        "forward": {
            "day_return": judged.forward_return,
            "sharpe": judged.forward_sharpe,
            "steps": [_step_json(swept, step) for step in judged.steps],
        },
        "answer": judged.verdict.answer.value,
        "verdict": judged.verdict.told,
    }


def _step_json(swept: Swept, step: Step) -> dict[str, Any]:
    days = swept.judged.days
    return {
        "chosen_on": [days[place].isoformat() for place in step.trained],
        "judged_on": [days[place].isoformat() for place in step.judged],
        "combination": None if step.chosen is None else swept.sweep.tries[step.chosen].number,
        "day_returns": list(step.judged_returns),
    }


def _span(swept: Swept, places: tuple[int, ...]) -> str:
    first, last = swept.judged.days[places[0]], swept.judged.days[places[-1]]
    return f"{first}" if first == last else f"{first} to {last}"
