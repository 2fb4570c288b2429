"""What commands share: how an option's text is read, and what is said when it can't be."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

import typer

from p2p_pipeline.p2p.markets import Market, parse_time
from p2p_pipeline.p2p.metrics.pricing.work import MOST_STEPS, STEPS_ALLOWED
from p2p_pipeline.p2p.plots.style import check_plot_file
from p2p_pipeline.p2p.trading_hours import TradingHours

# Thousands may stand apart by commas, spaces or underscores; a comma elsewhere may mean a decimal, and is refused.
_AMOUNT = re.compile(r"(?P<number>(?:\d{1,3}(?:[,_ ]\d{3})+|\d+)(?:\.\d+)?|\.\d+)\s*(?P<unit>[kKmM]?)", re.ASCII)
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}


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
    # People write what they read somewhere: venues are lower case here, codes upper.
    venue, dot, pair = text.strip().partition(".")
    try:
        return Market.parse(f"{venue.lower()}{dot}{pair.upper()}")
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
    found = _AMOUNT.fullmatch(text.strip())
    size = Decimal("NaN")
    if found is not None:
        with suppress(InvalidOperation):
            size = Decimal(re.sub(r"[,_ ]", "", found["number"])) * _TIMES[found["unit"].lower()]
    if not size.is_finite() or size <= 0:
        raise typer.BadParameter(
            f"amount was {text!r}; write a number above 0, for example 5000, 5,000, 50k, 1.5m or 0.25",
            param_hint="--amount",
        )
    return size


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
    if not text:
        return frozenset()
    from p2p_pipeline.p2p.offers.payment_methods import PaymentMap, fold_name

    methods = PaymentMap.load().methods
    by_name = {
        fold_name(name): code for code, method in methods.items() for name in (*method.aliases, method.name, code)
    }
    codes = set()
    for word in filter(None, (part.strip() for part in text.split(","))):
        code = by_name.get(fold_name(word))
        if code is None:
            near = get_close_matches(word.lower(), methods, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise typer.BadParameter(
                f"{word!r} is no payment method that is known here{hint} (`p2p doctor --payments` lists them)",
                param_hint="--pay",
            )
        codes.add(code)
    return frozenset(codes)


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
