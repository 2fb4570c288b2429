"""What an hour, a rhythm and a tag can be called.

Apart from what decides it, because a table's schema must not load statistics.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """What an hour of a measure is."""

    NORMAL = "normal"
    UNUSUAL = "unusual"
    """Far from what was to be expected; so far it may come back."""
    REGIME_CHANGE = "regime_change"
    """The level shifted within hours and stayed there."""
    OUTAGE = "outage"
    """Nobody saw the market, or its book was empty or nearly so."""
    NOT_ENOUGH_HISTORY = "not_enough_history"
    NO_DATA = "no_data"
    """This measure has no value, though the market was seen, or the gap is a short one."""


class Rhythm(StrEnum):
    """Which rhythms could be looked for."""

    WEEKLY = "weekly"
    """By the hour of the day and of the week."""
    DAILY = "daily"
    """By the hour of the day: less than four weeks without a long gap."""
    NOT_ENOUGH_HISTORY = "not_enough_history"
    """Less than four days without a long gap."""


class EffectState(StrEnum):
    """What can be said of a tag, as `weekend`."""

    DIFFERS = "differs"
    """An interval of 99 % (where 90 % is asked for) leaves out 0."""
    CANT_TELL = "cant_tell"
    """That interval has 0 in it."""
    TOO_FEW = "too_few"
    HOLIDAYS_UNKNOWN = "holidays_unknown"
    """The fiat's country is not known: `analytics.holiday_countries` can name it."""
