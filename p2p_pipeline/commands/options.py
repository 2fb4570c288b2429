"""The `--timezone` of a command."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import available_timezones

import typer


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
