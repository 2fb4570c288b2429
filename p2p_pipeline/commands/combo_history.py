"""The rate of a combo over time, as `p2p combo --history` prints it."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from p2p_pipeline.commands.context import print_json
from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.combo_history import ComboHistory, HistoryQuestion, answer_combo_history
from p2p_pipeline.p2p.installation import CommandContext


def show_history(
    started: CommandContext, asked: HistoryQuestion, *, plot: Path | None, is_printed: bool, as_json: bool
) -> None:
    """Print and draw the best route's rate over time."""
    found = answer_combo_history(Lake(started.paths.lake), asked)
    if is_printed and as_json:
        print_json(found.to_json())
    elif is_printed:
        _print(found)
    if plot is not None:
        from p2p_pipeline.p2p.plots.combo_history import draw_combo_history

        draw_combo_history(plot, found, ZoneInfo(started.settings.timezone))


def _print(found: ComboHistory) -> None:
    asked, size = found.question, found.size
    typer.echo(
        f"{asked.target} for 1 {asked.source}, spending {number_text(size)} {asked.source} over the best route, "
        f"profile {asked.profile}"
        + ("" if size == asked.amount else f" (the kept size nearest to {number_text(asked.amount)})")
    )
    typer.echo(f"{'UTC day':>10} {'looks':>6} {'possible':>8} {'hours':>5} {'low':>14} {'median':>14} {'high':>14}")
    for row in found.days:
        numbers = " ".join(
            f"{'-' if row[name] is None else f'{row[name]:,.6g}':>14}" for name in ("low", "median", "high")
        )
        typer.echo(f"{row['day']} {row['seen']:>6} {row['executable'] / row['seen']:>8.1%} {row['hours']:>5} {numbers}")
