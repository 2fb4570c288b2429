"""Who reads a page and how: language, time zone, colours, from the cookie of preferences and what the browser says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo, available_timezones

from starlette.requests import Request

from p2p_pipeline.web.words.languages import language_of

PREFERENCES_COOKIE = "p2p_preferences"
THEMES = ("auto", "light", "dark")
UP_DOWN = ("blue-orange", "green-red", "red-green")
"""The colours of better and worse: the first two can be told apart by everybody."""
YEAR_SECONDS = 31_536_000


@dataclass(frozen=True, slots=True)
class Reader:
    """What a person prefers."""

    language: str
    zone: ZoneInfo
    has_own_zone: bool = False
    """Whether the zone was chosen; else the browser shows its own."""
    theme: str = THEMES[0]
    up_down: str = UP_DOWN[0]

    def cookie(self) -> str:
        """As the cookie keeps it."""
        return urlencode(
            {
                "lang": self.language,
                "theme": self.theme,
                "updown": self.up_down,
                **({"tz": self.zone.key} if self.has_own_zone else {}),
            }
        )


@cache
def time_zones() -> frozenset[str]:
    """All there are; listing them walks a folder."""
    return frozenset(available_timezones())


def reader_of(request: Request, usual_zone: str) -> Reader:
    """The reader of a request. What the cookie has that can't be is as if it weren't there."""
    return reader_from(
        dict(parse_qsl(request.cookies.get(PREFERENCES_COOKIE, ""))),
        request.headers.get("accept-language", ""),
        usual_zone,
    )


def reader_from(chosen: dict[str, str], accepted: str, usual_zone: str) -> Reader:
    """The reader who chose these, field by field."""
    zone = chosen.get("tz", "")
    has_own_zone = zone in time_zones()
    theme, up_down = chosen.get("theme", ""), chosen.get("updown", "")
    return Reader(
        language_of(chosen.get("lang"), accepted),
        ZoneInfo(zone if has_own_zone else usual_zone),
        has_own_zone,
        theme if theme in THEMES else THEMES[0],
        up_down if up_down in UP_DOWN else UP_DOWN[0],
    )
