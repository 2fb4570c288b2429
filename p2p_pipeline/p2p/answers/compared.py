"""Two series of the same time side by side: how far apart they are, and how each went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from p2p_pipeline.p2p.answers.history import ShownSeries, unit_of
from p2p_pipeline.p2p.metrics.unusual.measures import Kind, kind_of


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one can say of a second series beside the first, over the periods that both have."""

    is_same_unit: bool
    """Else only how each changed can be compared."""
    is_of_shares: bool
    """Whether differences are differences (of what is a share already) and not shares of the first series."""
    periods: int
    since: datetime
    until: datetime
    """The end of the last period that both have."""
    change: float | None
    """Of the first series, from the first period of both to the last: a share of where it began."""
    other_change: float | None
    difference_now: float | None
    """Of the second from the first in the last period of both; None without a common unit."""
    difference: float | None
    """In the middle."""
    least_difference: float | None
    most_difference: float | None


def compared(shown: ShownSeries, other: ShownSeries) -> Comparison | None:
    """The comparison; None when no period has both."""
    values = {period.start: period.median for period in other.periods}
    pairs = [
        (period, period.median, beside)
        for period in shown.periods
        if period.median is not None and (beside := values.get(period.start)) is not None
    ]
    if not pairs:
        return None
    (first, began, other_began), (last, ended, other_ended) = pairs[0], pairs[-1]
    is_of_shares = kind_of(shown.key.measure) is Kind.SHARE
    is_same = unit_of(shown) == unit_of(other) and is_of_shares == (kind_of(other.key.measure) is Kind.SHARE)
    apart = [_apart(value, beside, is_of_shares) for _, value, beside in pairs] if is_same else []
    known = [one for one in apart if one is not None]
    return Comparison(
        is_same_unit=is_same,
        is_of_shares=is_of_shares,
        periods=len(pairs),
        since=first.start,
        until=last.end,
        change=_apart(began, ended, is_of_shares),
        other_change=_apart(other_began, other_ended, kind_of(other.key.measure) is Kind.SHARE),
        difference_now=apart[-1] if apart else None,
        difference=median(known) if known else None,
        least_difference=min(known, default=None),
        most_difference=max(known, default=None),
    )


def _apart(value: float, other: float, is_of_shares: bool) -> float | None:
    if is_of_shares:
        return other - value
    return other / value - 1 if value else None


def comparison_object(found: Comparison) -> dict[str, Any]:
    """As the API gives it."""
    return {name: getattr(found, name) for name in Comparison.__slots__}
