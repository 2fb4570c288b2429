"""The hours of the clock in which a person can trade at all: `8-22`, or `22-6` across midnight."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.told import Told

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SPAN = re.compile(r"\s*(\d{1,2})(?::00)?\s*(?:-|–|to)\s*(\d{1,2})(?::00)?\s*", re.ASCII)
_LEAST_HOURS = 2


@dataclass(frozen=True, slots=True)
class TradingHours:
    """Whole hours of the local day, from the start of `first` to the start of `end`; `end` may be after midnight."""

    first: int = 0
    """0 to 23."""
    end: int = 24
    """1 to 24; at or before `first` it is of the next day."""

    @classmethod
    def parse(cls, text: str) -> TradingHours:
        """Read `8-22`, `08:00-22:00` or `22-6`. Raises InvalidInput with what is allowed."""
        found = _SPAN.fullmatch(text)
        first, end = (int(found[1]), int(found[2])) if found else (-1, -1)
        if not (0 <= first <= 24 and 0 <= end <= 24):
            raise InvalidInput(
                "the hours were {text!r}; write two whole hours of the clock from 0 to 24, for example 8-22, or 22-6 "
                "across midnight",
                text=text,
            )
        first, end = first % 24, end or 24
        if first == end:
            raise InvalidInput(
                "the hours were {text!r}, which is no time at all; write 0-24 for the whole day", text=text
            )
        hours = cls(first, end)
        if len(hours.hours) < _LEAST_HOURS:
            raise InvalidInput(
                "the hours were {text!r}; of a single hour there is nothing to choose, give at least two", text=text
            )
        return hours

    @property
    def hours(self) -> tuple[int, ...]:
        """The hours in their order, each 0 to 23."""
        end = self.end if self.end > self.first else self.end + 24
        return tuple(hour % 24 for hour in range(self.first, end))

    @property
    def is_all_day(self) -> bool:
        """Whether every hour is allowed."""
        return len(self.hours) == 24

    def mask(self) -> NDArray[np.bool_]:
        """Which of the 24 hours are allowed."""
        import numpy as np  # noqa: PLC0415 - the help of a command reads hours without it

        found = np.zeros(24, dtype=bool)
        found[list(self.hours)] = True
        return found

    def __str__(self) -> str:
        return f"{self.first}-{self.end}"

    @property
    def words(self) -> Told:
        """For people: `a random time`, or `a random time between 08:00 and 22:00`."""
        if self.is_all_day:
            return Told("a random time")
        return Told("a random time between {first:02}:00 and {end:02}:00", first=self.first, end=self.end)


ALL_DAY = TradingHours()
