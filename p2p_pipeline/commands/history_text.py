"""A series as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from heapq import merge
from math import floor, log10
from typing import TYPE_CHECKING, Any

import typer

from p2p_pipeline.commands.context import number_text
from p2p_pipeline.kernel.texts import duration_text
from p2p_pipeline.p2p.metrics.combos.routes import COMBO_VENUE, fiat_of_sizes
from p2p_pipeline.p2p.metrics.history.schema import ASSET_NEAR_BEST, EXECUTABLE, OFFERS, SINGLE, SPREAD

if TYPE_CHECKING:
    from p2p_pipeline.commands.history import ShownSeries
    from p2p_pipeline.p2p.metrics.history.periods import Period

_HEAD = (
    f"{'':<21} {'median':>14} {'± mad':>12} {'low':>14} {'high':>14} {'values':>7} {'looks':>7} {'coverage':>8} "
    f"{'longest gap':>12}"
)


def title_of(shown: ShownSeries) -> str:
    """What the series is of, in words."""
    market, side = shown.key.market_side.market, shown.key.market_side.side
    size = "" if shown.amount_fiat is None else f"{number_text(shown.amount_fiat)} {fiat_of_sizes(market)}"
    of_profile = f", profile {shown.key.profile}" if shown.key.profile else ""
    verb = "Buying" if side == "BUY" else "Selling"
    if market.venue == COMBO_VENUE:
        return f"Changing {size} into {market.fiat} over the best route{of_profile}"
    return {
        EXECUTABLE: f"{verb} {market.asset} for about {size}: the best split{of_profile}",
        SINGLE: f"{verb} {market.asset} for about {size}: the best single offer{of_profile}",
        SPREAD: f"Buying {market.asset} for {size} and selling it back: the share lost{of_profile}",
        OFFERS: f"How many {side} offers there are",
        ASSET_NEAR_BEST: f"{market.asset} within 1 % of the best {side} price",
    }.get(shown.key.measure, f"{shown.key.measure} of all stated {side} prices")


def unit_of(shown: ShownSeries) -> str:
    """What the numbers count."""
    market = shown.key.market_side.market
    special = {SPREAD: "share lost", OFFERS: "offers", ASSET_NEAR_BEST: market.asset}
    return special.get(shown.key.measure, f"{market.fiat} per {market.asset}")


def caution_of(shown: ShownSeries) -> str | None:
    """What an aggregate is not; None for prices that an amount really had."""
    if shown.key.step is not None or shown.key.measure in (OFFERS, ASSET_NEAR_BEST):
        return None
    return "an aggregate of stated prices: nobody may have been able to trade at it"


def history_object(shown: ShownSeries) -> dict[str, Any]:
    """The series as JSON; times are UTC."""
    key = shown.key
    return {
        "market_key": key.market_side.market.key,
        "side": key.market_side.side,
        "measure": key.measure,
        "profile": key.profile,
        "step": key.step,
        "amount_fiat": shown.amount_fiat,
        "unit": unit_of(shown),
        "caution": caution_of(shown),
        "period": shown.period,
        "timezone": shown.zone.key,
        "first": shown.periods[0].start,
        "last": shown.periods[-1].end,
        "observations": sum(period.observations for period in shown.periods),
        "periods": [asdict(period) for period in shown.periods],
        "gaps": [{"start": gap.seen_until, "end": gap.seen_from, "seconds": gap.seconds} for gap in shown.missing],
    }


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


def summary_of(shown: ShownSeries) -> str:
    """The whole in one sentence."""
    valued = [period for period in shown.periods if period.median is not None]
    missing = duration_text(sum(gap.seconds for gap in shown.missing))
    parts = [f"{sum(period.observations for period in valued):,} values in {_count(len(valued), 'period')}"]
    empty = len(shown.periods) - len(valued)
    if empty:
        parts.append(f"{empty} looked at without a value")
    parts.append(f"{missing} missing in {_count(len(shown.missing), 'gap')}" if shown.missing else "no gap")
    return "; ".join(parts)


def digits_of(shown: ShownSeries) -> int:
    """How many decimal places show six digits of the largest number."""
    largest = max((abs(period.high) for period in shown.periods if period.high), default=1.0)
    return min(8, max(0, 5 - floor(log10(largest))))


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
    numbers = (period.median, period.mad, period.low, period.high)
    texts = (
        f"{number or 0.0:,.{digits}f}".rjust(width) for number, width in zip(numbers, (14, 12, 14, 14), strict=True)
    )
    return f"{start[:10] if is_daily else start:<21} {' '.join(texts)} {looks}"


def _count(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def _time(shown: ShownSeries, moment: datetime) -> str:
    return f"{moment.astimezone(shown.zone):%Y-%m-%d %H:%M %Z}"
