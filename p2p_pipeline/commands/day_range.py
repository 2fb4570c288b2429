"""The `--from` and `--to` of a command: whole days, both included."""

from __future__ import annotations

from datetime import date, datetime

import typer


def days_between(
    first: datetime | None, last: datetime | None, first_name: str = "--from", last_name: str = "--to"
) -> tuple[date | None, date | None]:
    """The days asked for, None for an open end; wrong usage when the first is after the last."""
    if first and last and first > last:
        raise typer.BadParameter(
            f"{first:%Y-%m-%d} is after {last_name} {last:%Y-%m-%d}; swap them", param_hint=first_name
        )
    return first.date() if first else None, last.date() if last else None
