"""The daily and weekly rhythm of a simulated market: known amplitudes, which analytics must find again."""

from __future__ import annotations

import math
from dataclasses import dataclass

_DAY_SECONDS = 86_400.0
_WEEK_SECONDS = 7 * _DAY_SECONDS
_MONDAY_SHIFT_SECONDS = 3 * _DAY_SECONDS  # 1970-01-01 was a Thursday


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Waves by hour of the day and day of the week, in UTC. An amplitude of 0 takes that wave away entirely.

    The price of a market is multiplied by exp(daily wave + weekly wave): an amplitude of 0.004 is 0.4 % up at the
    peak and 0.4 % down half a period later.
    """

    daily_amplitude: float = 0.004
    daily_peak_hour: float = 18.0
    weekly_amplitude: float = 0.003
    weekly_peak_day: float = 5.5
    """0 is Monday 00:00, 5.5 Saturday noon."""
    spread_amplitude: float = 0.2
    """How much wider than usual the active advertisers' margin is at the price's daily peak (0.2 is 20 %)."""
    sleeping_share: float = 0.25
    """The share of advertisers asleep twelve hours after the daily peak; at the peak all are awake."""

    def price_offset(self, moment: float) -> float:
        """The two waves' sum at a moment (seconds since 1970), as a logarithm of the price."""
        return self.daily_amplitude * self._daily(moment) + self.weekly_amplitude * self._weekly(moment)

    def spread_factor(self, moment: float) -> float:
        """What the usual margin is multiplied by."""
        return 1.0 + self.spread_amplitude * self._daily(moment)

    def awake_share(self, moment: float) -> float:
        """The share of advertisers that are at their desks."""
        return 1.0 - self.sleeping_share * (1.0 - self._daily(moment)) / 2.0

    def _daily(self, moment: float) -> float:
        return math.cos(2 * math.pi * (moment - self.daily_peak_hour * 3600) / _DAY_SECONDS)

    def _weekly(self, moment: float) -> float:
        since_monday = moment + _MONDAY_SHIFT_SECONDS
        return math.cos(2 * math.pi * (since_monday - self.weekly_peak_day * _DAY_SECONDS) / _WEEK_SECONDS)


NO_RHYTHM = Rhythm(daily_amplitude=0, weekly_amplitude=0, spread_amplitude=0, sleeping_share=0)
