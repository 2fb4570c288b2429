"""A series as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from math import floor, log10
from typing import TYPE_CHECKING

import typer

from p2p_pipeline.kernel.texts import duration_text
from p2p_pipeline.p2p.answers.history import caution_of, summary_of, title_of, unit_of

if TYPE_CHECKING:
    from p2p_pipeline.p2p.answers.history import ShownSeries
    from p2p_pipeline.p2p.metrics.history.periods import Period

_HEAD = (
    f"{'':<21} {'median':>14} {'± mad':>12} {'low':>14} {'high':>14} {'values':>7} {'looks':>7} {'coverage':>8} "
    f"{'longest gap':>12}"
)


def print_history(shown: ShownSeries) -> None:
    """The table: a line a period, a line a gap, oldest first, and what it comes to."""
    typer.echo(f"{shown.key.market_side}: {title_of(shown)}, {unit_of(shown)}")
    caution = caution_of(shown)
    if caution is not None:
        typer.echo(f"({caution})")
    typer.echo(_HEAD)
    for line in _lines(shown):
        typer.echo(line)
    typer.echo(summary_of(shown))


def digits_of(shown: ShownSeries) -> int:
    """How many decimal places show six digits of the largest number."""
    return _six_digits(max((abs(period.high) for period in shown.periods if period.high), default=1.0))


def number_digits(value: float | None, common: int) -> int:
    """The decimal places of one number: those of the table, more where they would show less than three digits of it."""
    own = _six_digits(abs(value)) if value else common
    return own if own - common > 3 else common


def _six_digits(value: float) -> int:
    return min(8, max(0, 5 - floor(log10(value))))


def _lines(shown: ShownSeries) -> Iterator[str]:
    digits, is_daily = digits_of(shown), shown.period == "1d"
    periods = ((period.start, 1, _period_line(shown, period, digits, is_daily)) for period in shown.periods)
    gaps = (
        (gap.start, 0, f"{_time(shown, gap.seen_until)}   no data for {duration_text(gap.seconds)}")
        for gap in shown.gaps
    )
    for _, _, line in merge(periods, gaps):
        yield line


def _period_line(shown: ShownSeries, period: Period, digits: int, is_daily: bool) -> str:
    start = _time(shown, period.start)
    looks = (
        f"{period.observations:>7,} {period.seen:>7,} "
        f"{'' if period.coverage is None else f'{period.coverage:.0%}':>8} "
        f"{duration_text(period.longest_gap_seconds):>12}"
    )
    if period.median is None:
        return f"{start[:10] if is_daily else start:<21} {'looked, no value':>57} {looks}"
    # A spread is told as finely as what it is the spread of.
    of_median = number_digits(period.median, digits)
    columns = (
        (period.median, of_median, 14),
        (period.mad, of_median, 12),
        (period.low, number_digits(period.low, digits), 14),
        (period.high, number_digits(period.high, digits), 14),
    )
    texts = (f"{number or 0.0:,.{places}f}".rjust(width) for number, places, width in columns)
    return f"{start[:10] if is_daily else start:<21} {' '.join(texts)} {looks}"


def _time(shown: ShownSeries, moment: datetime) -> str:
    return f"{moment.astimezone(shown.zone):%Y-%m-%d %H:%M %Z}"
