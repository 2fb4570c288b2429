"""What commands share: how an option's text is read, and what is said when it can't be."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

import typer

from p2p_pipeline.p2p.markets import Market, parse_time
from p2p_pipeline.p2p.plots.style import check_plot_file


def checked_timezone(name: str | None) -> str | None:
    """The name of a time zone that exists; wrong usage otherwise."""
    if name is not None and name not in available_timezones():
        raise typer.BadParameter(f"the time zone was {name!r}; write an IANA name such as Europe/Moscow or UTC")
    return name


TimezoneOption = Annotated[
    str | None,
    typer.Option(callback=checked_timezone, help="Whose clock and days, for example Europe/Moscow; the settings'."),
]
"""The type of a command's `timezone` parameter; the name has been checked when the command starts."""


def parsed_market(text: str) -> Market:
    """The market of an option; wrong usage when it is none."""
    try:
        return Market.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--market") from None


def parsed_time(text: str | None) -> datetime | None:
    """The time of an option; wrong usage when it is none."""
    try:
        return parse_time(text) if text else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--at") from None


def parsed_amount(text: str) -> Decimal:
    """The amount of an option; wrong usage when it is no number above 0."""
    try:
        size = Decimal(text)
    except InvalidOperation:
        size = Decimal("NaN")
    if not size.is_finite() or size <= 0:
        raise typer.BadParameter(f"amount was {text!r}; write a number above 0", param_hint="--amount")
    return size


def days_between(
    first: datetime | None, last: datetime | None, first_name: str = "--from", last_name: str = "--to"
) -> tuple[date | None, date | None]:
    """The days asked for, None for an open end; wrong usage when the first is after the last."""
    if first and last and first > last:
        raise typer.BadParameter(
            f"{first:%Y-%m-%d} is after {last_name} {last:%Y-%m-%d}; swap them", param_hint=first_name
        )
    return first.date() if first else None, last.date() if last else None


def checked_plot_file(file: Path | None) -> Path | None:
    """The file of `--plot`, before any work is done for it: wrong usage unless a .png, a failure without its folder."""
    if file is not None:
        if file.suffix.lower() != ".png":
            raise typer.BadParameter(f"the file was {str(file)!r}; plots are PNG: give it a name that ends in .png")
        check_plot_file(file)
    return file


PlotOption = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE.png", callback=checked_plot_file, help="Draw it into this PNG file."),
]
"""The type of a command's `plot` parameter; the file has been checked when the command starts."""
