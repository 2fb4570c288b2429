"""From when to when: days of a time zone, or moments, as a person names them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from p2p_pipeline.kernel.errors import InvalidInput

Bound = date | datetime | None
"""A local day, a moment (aware), or an open end."""
USUAL_DAYS = 7
FIRST_YEAR, LAST_YEAR = 1971, 9998
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def asked_bound(text: str | None, zone: ZoneInfo) -> Bound:
    """`2026-11-21` is that whole day, `2026-11-21T14:00` a moment by the zone's clock, with `Z` or offset by its own.

    Raises InvalidInput.
    """
    if not text:
        return None
    try:
        found = _read(text.strip(), zone)
    except (ValueError, OverflowError):
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise InvalidInput(
            "the time was {text!r}; write a day such as 2026-11-21, or a moment such as 2026-11-21T14:00 or "
            "2026-11-21T14:00Z, between {first_year} and {last_year}",
            text=text[:40],
            first_year=FIRST_YEAR,
            last_year=LAST_YEAR,
        )
    return found


def _read(text: str, zone: ZoneInfo) -> date | datetime:
    if _DAY.fullmatch(text):
        return date.fromisoformat(text)
    # A plus sign that an address did not spell out arrives as a space.
    moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    return moment.replace(tzinfo=moment.tzinfo or zone).astimezone(UTC)


def asked_bounds(first: str | None, last: str | None, zone: ZoneInfo) -> tuple[Bound, Bound]:
    """Both ends; raises InvalidInput, also where the first lies after the last."""
    bounds = asked_bound(first, zone), asked_bound(last, zone)
    if bounds[0] is not None and bounds[1] is not None:
        start, end = moments_of(bounds, date.max, zone)
        if start >= end:
            raise InvalidInput("from was {first}, which is not before to, {last}; swap them", first=first, last=last)
    return bounds


def moments_of(bounds: tuple[Bound, Bound], newest: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when to when (the latter not included), UTC. Without bounds the last week there is.

    A day counts from its first moment to its last one.
    """
    first, last = bounds
    if last is None:
        last = max(newest, _day(first, zone) or newest)
    if first is None:
        end = last if isinstance(last, datetime) else last - timedelta(days=USUAL_DAYS - 1)
        first = end - timedelta(days=USUAL_DAYS) if isinstance(end, datetime) else end
    start = first if isinstance(first, datetime) else datetime.combine(first, time(), zone)
    end = last if isinstance(last, datetime) else datetime.combine(last + timedelta(days=1), time(), zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def _day(bound: Bound, zone: ZoneInfo) -> date | None:
    return bound.astimezone(zone).date() if isinstance(bound, datetime) else bound
