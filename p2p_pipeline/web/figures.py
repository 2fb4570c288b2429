"""How figures are written for people, in their language: the rules are in one table here, and pages never format.

Better is always the taker's view, so shares carry their sign; codes, not symbols; no float ever holds money.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal, get_currency_precision

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
        """`VND 2,541,000`, `RUB 615.70`; in Russian the code comes last."""
        places = 0 if abs(amount) >= WHOLE_FROM else get_currency_precision(code)
        return self._with_code(self._number(amount, places, places), code)

    def asset(self, amount: Decimal, code: str) -> str:
        """`615.76 USDT`: two places of what is worth a dollar, else four significant digits."""
        if code in STABLE_ASSETS:
            return f"{self._number(amount, 2, 2)}{NO_BREAK}{code}"
        places = min(MOST_PLACES, max(2, ASSET_DIGITS - 1 - amount.adjusted())) if amount else 2
        return f"{self._number(amount, 0, places)}{NO_BREAK}{code}"

    def given(self, amount: Decimal, code: str) -> str:
        """What a person typed, with its own digits."""
        return f"{self.plain(amount)}{NO_BREAK}{code}"

    def plain(self, amount: Decimal) -> str:
        """A number whose unit stands elsewhere."""
        return self._number(amount, 0, MOST_PLACES)

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
        return f"{self._number(Decimal(str(round(share * 100, places))), places, places)}{NO_BREAK}%"

    def tenths(self, share: float) -> str:
        """A share in tenths of a per cent, for a cell that has room for three characters: `+4`, `\u22121`, `0`."""
        rounded = round(share * 1000)
        return f"+{rounded}" if rounded > 0 else f"{MINUS}{-rounded}" if rounded < 0 else "0"

    def statistic(self, value: float) -> str:
        """A mean or a median with six significant digits at most: it is no money."""
        places = max(0, 5 - Decimal(str(value)).adjusted()) if value else 2
        return self._number(Decimal(str(value)), 0, min(places, MOST_PLACES))

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

    @staticmethod
    def utc(moment: datetime) -> str:
        """For what is shown on hover, and for the `datetime` of a <time>."""
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    def _with_code(self, number: str, code: str) -> str:
        return f"{number}{NO_BREAK}{code}" if self.words.language == "ru" else f"{code}{NO_BREAK}{number}"

    def _number(self, value: Decimal, least: int, most: int) -> str:
        pattern = "#,##0" + ("." + "0" * least + "#" * (most - least) if most else "")
        return str(format_decimal(value, pattern, locale=self.words.language))


def places_of_price(price: Decimal) -> int:
    """Decimal places for a price by itself: four significant digits, two places at least."""
    return min(MOST_PLACES, max(2, 3 - price.adjusted())) if price else 2


def places_of(prices: list[Decimal]) -> int:
    """Decimal places for a column of prices: as many as the finest of them has, two at least."""
    found = [-exponent for price in prices if isinstance(exponent := price.normalize().as_tuple().exponent, int)]
    return min(MOST_PLACES, max([2, *found]))
