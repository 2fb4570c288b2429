"""What commands share: how an option's text is read, and what is said when it can't be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import typer

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.answers.asked import asked_amount, asked_fiat, asked_market, asked_payments, asked_time
from p2p_pipeline.p2p.answers.time_range import Bound, asked_bounds
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.metrics.pricing.work import MOST_STEPS, STEPS_ALLOWED
from p2p_pipeline.p2p.plots.style import check_plot_file
from p2p_pipeline.p2p.trading_hours import TradingHours

_Read = TypeVar("_Read")


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
    return _parsed(asked_market, text, "--market")


def parsed_time(text: str | None) -> datetime | None:
    """The time of an option; wrong usage when it is none, or still to come."""
    return _parsed(partial(asked_time, now=datetime.now(UTC)), text, "--at") if text else None


def parsed_amount(text: str) -> Decimal:
    """The amount of an option; wrong usage when it is no number above 0."""
    return _parsed(asked_amount, text, "--amount")


def parsed_fiat(text: str, option: str) -> str:
    """The code of a fiat; wrong usage when it is none."""
    return _parsed(asked_fiat, text, option)


def parsed_hours(text: str) -> TradingHours:
    """The hours of `--between`; wrong usage when they are none."""
    try:
        return TradingHours.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--between") from None


def parsed_payments(text: str | None) -> frozenset[str]:
    """The canonical codes of `--pay`; wrong usage when one of its words is no payment method."""
    if text is not None and not text.strip(" ,"):
        raise typer.BadParameter("it was empty; name a payment method, or leave --pay out", param_hint="--pay")
    return _parsed(asked_payments, text, "--pay") if text else frozenset()


def _parsed(read: Callable[[str], _Read], text: str, option: str) -> _Read:
    try:
        return read(text)
    except InvalidInput as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


PayOption = Annotated[
    str | None,
    typer.Option("--pay", metavar="NAME,NAME", help="Only offers that take one of these, for example sbp,tbank."),
]
"""The type of a command's `pay` parameter, to be read with `parsed_payments`."""


def days_between(
    first: datetime | None, last: datetime | None, first_name: str = "--from", last_name: str = "--to"
) -> tuple[date | None, date | None]:
    """The days asked for, None for an open end; wrong usage when the first is after the last."""
    if first and last and first > last:
        raise typer.BadParameter(
            f"{first:%Y-%m-%d} is after {last_name} {last:%Y-%m-%d}; swap them", param_hint=first_name
        )
    return first.date() if first else None, last.date() if last else None


def parsed_bounds(first: str | None, last: str | None, zone: ZoneInfo) -> tuple[Bound, Bound]:
    """The days or moments of `--from` and `--to`; wrong usage when one is none, or the first is not before the last."""
    return _parsed(partial(asked_bounds, last=last, zone=zone), first or "", "--from")


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


SearchStepsOption = Annotated[
    int,
    typer.Option(
        "--search-steps",
        min=1,
        max=STEPS_ALLOWED,
        help="How far to search before the best so far is told; more is slower, and helps where the answer says so.",
    ),
]
"""The type of a command's `search_steps` parameter; its default is MOST_STEPS."""
MORE_STEPS_HINT = f"`--search-steps N` searches longer (up to {STEPS_ALLOWED:,}; {MOST_STEPS:,} unless told)"
"""What is said where a longer search could say more."""
