"""A sweep's result in one sentence that promises nothing. Pure."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

LEAST_DAYS = 20
"""With fewer the bootstrap itself knows too little: whatever it says, it is not said here."""
MOST_CHANCE = 0.05
LEAST_DEFLATED = 0.95
_CENTURY = 36_525


class Answer(StrEnum):
    """What can be said."""

    NOTHING = "nothing"
    """There is nothing to judge: no day, or no trade."""
    NO_GAIN = "no_gain"
    """No combination earned anything."""
    TOO_FEW_DAYS = "too_few_days"
    LUCK = "luck"
    """The best of so many tries looks like this without any edge."""
    NOT_AFTERWARDS = "not_afterwards"
    """Hard to explain by luck in hindsight, and still no gain on days that it was not chosen by."""
    EDGE = "edge"
    """Hard to explain by luck, and a gain afterwards."""


class Verdict(NamedTuple):
    """The answer, and the sentence."""

    answer: Answer
    told: str


class Figures(NamedTuple):
    """What is judged; returns are shares a day."""

    days: int
    tried: int
    has_traded: bool
    mean: float
    """Of the best, in hindsight."""
    deflated: float | None
    """Its deflated Sharpe ratio."""
    chance: float | None
    """White's p-value."""
    days_needed: float
    forward: float | None
    """The mean of days that it was not chosen by."""

    @property
    def is_beyond_luck(self) -> bool:
        """Whether both answers say so."""
        if self.chance is None or self.deflated is None:
            return False
        return self.chance < MOST_CHANCE and self.deflated >= LEAST_DEFLATED


def verdict_of(found: Figures) -> Verdict:
    """Judge the figures of a sweep."""
    counted = f"{_several(found.days, 'day')}, {_several(found.tried, 'combination')}"
    if not found.days:
        return Verdict(Answer.NOTHING, "Nothing was recorded on those days, so nothing could be tried.")
    if not found.has_traded:
        return Verdict(Answer.NOTHING, f"No combination traded ({counted}).")
    if found.mean <= 0:
        told = f"No combination earned anything: the best made {_pct(found.mean)} a day ({counted})."
        return Verdict(Answer.NO_GAIN, told)
    told = f"{counted}; {_in_hindsight(found)}.{_afterwards(found)}"
    if found.days < LEAST_DAYS or not found.is_beyond_luck:
        answer = Answer.TOO_FEW_DAYS if found.days < LEAST_DAYS else Answer.LUCK
        return Verdict(answer, f"Can't be told from luck: {told}{_wait(found.days, found.days_needed)}")
    if found.forward is None or found.forward <= 0:
        return Verdict(Answer.NOT_AFTERWARDS, f"Hard to explain by luck in hindsight, but it did not last: {told}")
    return Verdict(Answer.EDGE, f"Hard to explain by luck: {told} Fills on paper are kinder than a market's.")


def _in_hindsight(found: Figures) -> str:
    told = f"the best made {_pct(found.mean)} a day in hindsight"
    if found.chance is not None:
        cases = f"{found.chance * 100:.0f} of 100 cases"
        told += f", and the best of so many tries without any edge does as well in {cases}"
    if found.deflated is not None:
        told += f"; the chance that its Sharpe ratio is more than luck's is {found.deflated * 100:.0f} %"
    return told


def _afterwards(found: Figures) -> str:
    if found.forward is None:
        return " There is no day that it was not chosen by."
    return f" On days that it was not chosen by, the choice made {_pct(found.forward)} a day."


def _wait(days: int, needed: float) -> str:
    least = max(needed, LEAST_DAYS)
    if math.isinf(least) or least > _CENTURY or least <= days:
        return ""
    return f" An edge of that size would show after about {math.ceil(least):,} days."


def _pct(share: float) -> str:
    return f"{share * 100:+.3f} %"


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
