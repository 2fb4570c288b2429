"""Who reads a page and how: language, time zone, colours, from the cookie of preferences and what the browser says.

All times of a page are in one zone: the address's (`tz=`, so that a shared link shows the same), else the one that was
chosen, else the browser's own, which a script tells by a cookie, else the settings'. Its name stands on the page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from urllib.parse import parse_qsl, unquote, urlencode
from zoneinfo import ZoneInfo, available_timezones

from starlette.requests import Request

from p2p_pipeline.web.words.languages import language_of

PREFERENCES_COOKIE = "p2p_preferences"
BROWSER_ZONE_COOKIE = "p2p_zone"
"""Written by page.js; like everything from a browser it is a wish, and only a name that there is counts."""
THEMES = ("auto", "light", "dark")
UP_DOWN = ("blue-orange", "green-red", "red-green")
"""The colours of better and worse: the first two can be told apart by everybody."""
YEAR_SECONDS = 31_536_000


class ZoneSource(StrEnum):
    """Where the zone of a page comes from."""

    ADDRESS = "address"
    CHOSEN = "chosen"
    BROWSER = "browser"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Reader:
    """What a person prefers."""

    language: str
    zone: ZoneInfo
    zone_source: ZoneSource = ZoneSource.SETTINGS
    theme: str = THEMES[0]
    up_down: str = UP_DOWN[0]
    has_keys: bool = True
    """Whether single keys do something; some people's tools type them unasked."""

    @property
    def has_own_zone(self) -> bool:
        """Whether the zone is the reader's; else it is the settings', and a script may show the browser's instead."""
        return self.zone_source is not ZoneSource.SETTINGS

    def cookie(self) -> str:
        """As the cookie keeps it."""
        return urlencode(
            {
                "lang": self.language,
                "theme": self.theme,
                "updown": self.up_down,
                **({"tz": self.zone.key} if self.zone_source is ZoneSource.CHOSEN else {}),
                **({} if self.has_keys else {"keys": "off"}),
            }
        )


@cache
def time_zones() -> frozenset[str]:
    """All there are; listing them walks a folder."""
    return frozenset(available_timezones())


def reader_of(request: Request, usual_zone: str) -> Reader:
    """The reader of a request. What the cookies and the address have that can't be is as if it weren't there."""
    chosen = dict(parse_qsl(request.cookies.get(PREFERENCES_COOKIE, "")))
    reader = reader_from(chosen, request.headers.get("accept-language", ""), usual_zone)
    named = request.query_params.get("tz", "")
    if named in time_zones():
        return replace(reader, zone=ZoneInfo(named), zone_source=ZoneSource.ADDRESS)
    browsers = unquote(request.cookies.get(BROWSER_ZONE_COOKIE, ""))
    if not reader.has_own_zone and browsers in time_zones():
        return replace(reader, zone=ZoneInfo(browsers), zone_source=ZoneSource.BROWSER)
    return reader


def reader_from(chosen: dict[str, str], accepted: str, usual_zone: str) -> Reader:
    """The reader who chose these, field by field."""
    zone, theme, up_down = chosen.get("tz", ""), chosen.get("theme", ""), chosen.get("updown", "")
    is_known = zone in time_zones()
    return Reader(
        language_of(chosen.get("lang"), accepted),
        ZoneInfo(zone if is_known else usual_zone),
        ZoneSource.CHOSEN if is_known else ZoneSource.SETTINGS,
        theme if theme in THEMES else THEMES[0],
        up_down if up_down in UP_DOWN else UP_DOWN[0],
        chosen.get("keys") != "off",
    )
