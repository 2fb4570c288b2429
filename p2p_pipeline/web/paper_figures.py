"""Figures of a session as pages write them; static/js/paper_figures.js writes the same when they change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from p2p_pipeline.web.figures import MINUS, NO_BREAK, Figures
from p2p_pipeline.web.paper_read import moment_of

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class PaperFigures:
    """Writes a board's numbers, which are decimal text."""

    figures: Figures

    def exact(self, text: str | None) -> str:
        """With its own digits."""
        if text is None:
            return NOTHING
        return self._signed(text, len(text.partition(".")[2]), has_plus=False)

    def whole(self, text: str | None) -> str:
        """A great amount, without places."""
        return NOTHING if text is None else self._signed(text, 0, has_plus=False)

    def money(self, text: str) -> str:
        """`10,012.40`: an amount of USDT."""
        return self._signed(text, 2, has_plus=False)

    def small(self, text: str) -> str:
        """`0.0198`: a fee or a funding payment; the log has all digits."""
        return self._signed(text, 4, has_plus=False)

    def gain(self, text: str | None) -> str:
        """`+18.20`."""
        return NOTHING if text is None else self._signed(text, 2, has_plus=True)

    def percent(self, text: str | None) -> str:
        """`+0.42 %`, of percent."""
        return NOTHING if text is None else f"{self._signed(text, 2, has_plus=True)}{NO_BREAK}%"

    def share_of(self, text: str | None) -> str:
        """`0.42 %`, of percent, of what has no better side."""
        return NOTHING if text is None else f"{self._signed(text, 2, has_plus=False)}{NO_BREAK}%"

    def ticks(self, text: str) -> str:
        """`+1`, `+8.7`, `0`: how far beyond a price another went; mark prices are finer than a tick."""
        value = Decimal(text).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
        return f"+{self.figures.plain(value)}" if value else "0"

    @staticmethod
    def side(text: str | None) -> str:
        """As a class: `better`, `worse`, or `level`."""
        value = Decimal(text or 0)
        return "better" if value > 0 else "worse" if value < 0 else "level"

    def clock(self, at_ms: int) -> str:
        """`14:05:30`, in the reader's zone."""
        return f"{self._local(at_ms):%H:%M:%S}"

    def short_clock(self, at_ms: int) -> str:
        """`14:05`."""
        return f"{self._local(at_ms):%H:%M}"

    def age(self, milliseconds: int) -> str:
        """`12 s`."""
        return self.figures.age(max(0, milliseconds) / 1000)

    @staticmethod
    def countdown(milliseconds: int) -> str:
        """`1:12:40`, `4:05`."""
        seconds = max(0, milliseconds // 1000)
        hours, minutes = seconds // 3600, seconds // 60 % 60
        return f"{hours}:{minutes:02d}:{seconds % 60:02d}" if hours else f"{minutes}:{seconds % 60:02d}"

    def _local(self, at_ms: int) -> datetime:
        return moment_of(at_ms).astimezone(self.figures.zone)

    def _signed(self, text: str, places: int, *, has_plus: bool) -> str:
        value = Decimal(text).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
        digits = self.figures.price(abs(value), places)
        return f"{MINUS if value < 0 else '+' if value > 0 and has_plus else ''}{digits}"
