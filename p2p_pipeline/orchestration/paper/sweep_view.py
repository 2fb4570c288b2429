"""What a sweep looks like to a person in Dagster: the odds first, then what was best. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from p2p_pipeline.orchestration.paper.view import money_text, table_text
from p2p_pipeline.orchestration.pictures import markdown_picture
from p2p_pipeline.paper.actions.recorded_days import RecordedDay
from p2p_pipeline.paper.actions.sweeping import Swept
from p2p_pipeline.paper.sweeps.grid import Combination
from p2p_pipeline.paper.sweeps.judging import Judged
from p2p_pipeline.paper.sweeps.running import DayOutcome

_SHOWN = 8
_SHOWN_STEPS = 20
DASH = "–"


def days_table(days: Sequence[RecordedDay]) -> str:
    """Recorded days, the newest first."""
    rows = [
        (day.day.isoformat(), ", ".join(piece.label for piece in day.pieces), f"{day.hours:.2f}")
        for day in reversed(days)
    ]
    return _cut(("day (UTC)", "recordings", "hours"), rows, _SHOWN_STEPS, words=2)


def best_of_day(tries: Sequence[Combination], found: Sequence[DayOutcome]) -> str:
    """The combinations that made most on a day."""
    ordered = sorted(zip(tries, found, strict=True), key=lambda one: (-one[1].net, one[0].number))
    rows = [
        (one.told, f"{outcome.trades:,}", money_text(outcome.net), money_text(outcome.drawdown))
        for one, outcome in ordered
    ]
    return _cut(("combination", "trades", "net", "drawdown"), rows, _SHOWN)


def odds_table(judged: Judged) -> str:
    """How likely it is luck, with the number of tries beside it."""
    needed = judged.days_needed
    rows = [
        ("recorded days", f"{len(judged.days):,}"),
        ("combinations tried", f"{judged.tried:,}"),
        ("Sharpe ratio of a day, of the best in hindsight", f"{judged.best_sharpe:.3f}"),
        ("the same, of the best of so many tries without an edge", f"{judged.luck_sharpe:.3f}"),
        ("deflated Sharpe ratio (an edge from 0.95 on)", _number(judged.deflated_sharpe)),
        ("White's reality check, p (an edge below 0.05)", _number(judged.reality_check)),
        ("days until such an edge would show", DASH if math.isinf(needed) else f"{math.ceil(needed):,}"),
        ("days that were judged by a choice before them", f"{sum(len(step.judged) for step in judged.steps):,}"),
        ("mean return of those", _pct(judged.forward_return)),
    ]
    return table_text(("", "figure"), rows)


def best_of_sweep(judged: Judged) -> str:
    """The best combination, value by value."""
    if judged.best is None:
        return "No combination traded."
    rows = [(path, "off" if value is None else str(value)) for path, value in judged.best.values.items()]
    return table_text(("field", "best in hindsight"), [*rows, ("mean return of a day", _pct(judged.best_day_return))])


def steps_table(swept: Swept) -> str:
    """Each choice and what it made, the newest first."""
    days, tries = swept.judged.days, swept.sweep.tries
    rows = [
        (
            _span(days[step.judged[0]], days[step.judged[-1]]),
            _span(days[step.trained[0]], days[step.trained[-1]]),
            DASH if step.chosen is None else tries[step.chosen].told,
            _pct(sum(step.judged_returns) / len(step.judged_returns)),
        )
        for step in reversed(swept.judged.steps)
    ]
    return _cut(("judged on", "chosen on", "choice", "a day"), rows, _SHOWN_STEPS, words=3)


def forward_picture(judged: Judged) -> str | None:
    """What the choices made day after day, added up."""
    places = [place for step in judged.steps for place in step.judged]
    returns = [one for step in judged.steps for one in step.judged_returns]
    if len(places) < 2:
        return None

    def draw(axes: Any) -> None:
        added, total = [], 0.0
        for one in returns:
            total += one * 100
            added.append(total)
        axes.step([judged.days[place] for place in places], added, where="post", color="#1b7f5c", linewidth=1)
        axes.axhline(0, color="#999999", linewidth=0.6)
        axes.set_title("walk-forward: % of the start, on days not chosen by, added up", fontsize=9, loc="left")

    return markdown_picture("walk-forward", [draw])


def _cut(head: Sequence[str], rows: Sequence[Sequence[str]], most: int, words: int = 1) -> str:
    left = len(rows) - most
    return table_text(head, rows[:most], words) + (f"\n\n… and {left:,} more" if left > 0 else "")


def _span(first: object, last: object) -> str:
    return f"{first}" if first == last else f"{first} to {last}"


def _number(value: float | None) -> str:
    return DASH if value is None else f"{value:.3f}"


def _pct(value: float | None) -> str:
    return DASH if value is None else f"{value * 100:+.4f} %"
