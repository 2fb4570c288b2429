"""How figures are written for people, in their language: the rules are in one table here, and pages never format.

Better is always the taker's view, so shares carry their sign; codes, not symbols; no float ever holds money.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.numbers import NumberPattern, get_currency_precision, parse_pattern

from p2p_pipeline.web.words.languages import Words

NO_BREAK = "\u00a0"
MINUS = "\u2212"
WHOLE_FROM = 10_000
"""From here on an amount of fiat has no decimal places."""
STABLE_ASSETS = ("USDT", "USDC", "DAI", "FDUSD")
ASSET_DIGITS = 4
MOST_PLACES = 8


@dataclass(frozen=True, slots=True)
class Figures:
    """Writes figures in one language and time zone."""

    words: Words
    zone: ZoneInfo

    def fiat(self, amount: Decimal, code: str) -> str:
        """`2,541,000 VND`, `615.70 RUB`: the code comes last, as that of an asset and of what a person typed."""
        places = 0 if abs(amount) >= WHOLE_FROM else get_currency_precision(code)
        return f"{self._number(amount, places, places)}{NO_BREAK}{code}"

    def asset(self, amount: Decimal, code: str) -> str:
        """`615.76 USDT`: two places of what is worth a dollar, else four significant digits."""
        return f"{self.bare_asset(amount, code)}{NO_BREAK}{code}"

    def bare_asset(self, amount: Decimal, code: str) -> str:
        """The same where the code stands at the head of the column."""
        if code in STABLE_ASSETS:
            return self._number(amount, 2, 2)
        places = min(MOST_PLACES, max(2, ASSET_DIGITS - 1 - amount.adjusted())) if amount else 2
        return self._number(amount, 0, places)

    def signed(self, amount: Decimal, code: str) -> str:
        """`+6.65`, `\u22121.00`: a step of a sum whose code stands at the head of the column."""
        text = self.bare_asset(abs(amount), code)
        return f"+{text}" if amount > 0 else f"{MINUS}{text}" if amount < 0 else text

    def given(self, amount: Decimal, code: str) -> str:
        """What a person typed, with its own digits."""
        return f"{self.plain(amount)}{NO_BREAK}{code}"

    def plain(self, amount: Decimal) -> str:
        """A number whose unit stands elsewhere."""
        return self._number(amount, 0, MOST_PLACES).replace("-", MINUS)

    def price(self, price: Decimal, places: int) -> str:
        """A price with the places of its column."""
        return self._number(price, places, places)

    def share(self, share: float) -> str:
        """`+0.42 %`; never a minus before nothing."""
        rounded = round(share * 100, 2) + 0.0
        sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
        return f"{sign}{self._number(Decimal(str(abs(rounded))), 2, 2)}{NO_BREAK}%"

    def bare_share(self, share: float, places: int = 2) -> str:
        """`0.42 %`: of what has no better or worse side."""
        percent = Decimal(str(round(share * 100, places) + 0.0))
        return f"{MINUS if percent < 0 else ''}{self._number(abs(percent), places, places)}{NO_BREAK}%"

    def whole_share(self, share: float) -> str:
        """`+5 %`, `0 %`, `+0.5 %`: a mark on a scale."""
        percent = Decimal(str(round(share * 100, 1))).normalize()
        sign = "+" if percent > 0 else MINUS if percent < 0 else ""
        return f"{sign}{self._number(abs(percent), 0, 1)}{NO_BREAK}%"

    def tenths(self, share: float) -> str:
        """A share in tenths of a per cent, for a cell that has room for three characters: `+4`, `\u22121`, `0`."""
        rounded = round(share * 1000)
        return f"+{rounded}" if rounded > 0 else f"{MINUS}{-rounded}" if rounded < 0 else "0"

    def statistic(self, value: float) -> str:
        """A mean or a median with six significant digits at most: it is no money."""
        places = max(0, 5 - Decimal(str(value)).adjusted()) if value else 2
        return self._number(Decimal(str(value)), 0, min(places, MOST_PLACES))

    def tenth_digits(self, value: float) -> str:
        """`3.5`: of seconds, and of what comes so often in a time."""
        return self._number(Decimal(str(round(value, 1))), 0, 1)

    def tenth(self, value: float) -> str:
        """A statistic with one place, `19.4`; none from a hundred up."""
        places = 0 if abs(value) >= 100 else 1
        return self._number(Decimal(f"{value:.1f}"), 0, places)

    def rate(self, per_hour: float) -> str:
        """`0.4/h`."""
        return f"{self.tenth(per_hour)}/{self.words.text('h')}"

    def points(self, points: float) -> str:
        """Points taken from a hundred: `\u22126`, `0`."""
        rounded = round(abs(points))
        return f"{MINUS}{rounded}" if rounded and points < 0 else str(rounded)

    def count(self, number: int) -> str:
        """`1,240`."""
        return self._number(Decimal(number), 0, 0)

    def age(self, seconds: float) -> str:
        """`12 s`, `4 min`, `3 h`, `2 d`."""
        text = self.words.text
        if seconds < 1:
            return text("now")
        for least, length, unit in ((172_800, 86_400, text("d")), (7_200, 3_600, text("h")), (120, 60, text("min"))):
            if seconds >= least:
                return f"{int(seconds // length)}{NO_BREAK}{unit}"
        return f"{int(seconds)}{NO_BREAK}{text('s')}"

    def span(self, seconds: float) -> str:
        """`45 s`, `12 min`, `3.4 h`, `2.1 d`: a length of time."""
        text = self.words.text
        for least, length, unit in ((172_800, 86_400, text("d")), (5_400, 3_600, text("h")), (90, 60, text("min"))):
            if seconds >= least:
                return f"{self._short(seconds / length)}{NO_BREAK}{unit}"
        return f"{self._short(seconds)}{NO_BREAK}{text('s')}"

    def _short(self, value: float) -> str:
        return self._number(Decimal(str(round(value, 0 if value >= 9.95 else 1))), 0, 1)

    def two_digits(self, value: float) -> str:
        """`0.18`, `3.4`, `18`: a statistic of which no more is known."""
        if not value:
            return "0"
        places = max(0, 1 - Decimal(repr(value)).adjusted())
        return self._number(Decimal(str(round(value, places))), min(places, MOST_PLACES), min(places, MOST_PLACES))

    def clock(self, moment: datetime, now: datetime) -> str:
        """`14:05:30`; with its date when it isn't of today."""
        local, today = moment.astimezone(self.zone), now.astimezone(self.zone)
        return f"{local:%H:%M:%S}" if local.date() == today.date() else f"{local:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def utc_before(cls, now: datetime, seconds: float) -> str:
        """The moment that was so long ago, as `utc` writes it."""
        return cls.utc(now - timedelta(seconds=seconds))

    @staticmethod
    def utc(moment: datetime) -> str:
        """For what is shown on hover, and for the `datetime` of a <time>."""
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    def _number(self, value: Decimal, least: int, most: int) -> str:
        return str(_pattern(least, most).apply(value, _locale(self.words.language)))


@cache
def _pattern(least: int, most: int) -> NumberPattern:
    # Babel reads a pattern anew for each number: a third of the time of a table of a thousand numbers.
    return parse_pattern("#,##0" + ("." + "0" * least + "#" * (most - least) if most else ""))


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def places_of_price(price: Decimal) -> int:
    """Decimal places for a price by itself: four significant digits, two places at least."""
    return min(MOST_PLACES, max(2, 3 - price.adjusted())) if price else 2


def places_of(prices: list[Decimal]) -> int:
    """Decimal places for a column of prices: as many as the finest of them has, two at least."""
    found = [-exponent for price in prices if isinstance(exponent := price.normalize().as_tuple().exponent, int)]
    return min(MOST_PLACES, max([2, *found]))
