"""All that a chart of a price shows of one stretch: its band, the whole book, depth, spread, a second series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.compared import Comparison, compared, comparison_object
from p2p_pipeline.p2p.answers.gap_reasons import GapReason, gap_reasons
from p2p_pipeline.p2p.answers.history import ShownSeries, find_history, gaps_within, named_object, series_between
from p2p_pipeline.p2p.answers.time_range import Bound
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.history.period_name import PeriodName
from p2p_pipeline.p2p.metrics.history.periods import Gap
from p2p_pipeline.p2p.metrics.history.schema import ASSET_NEAR_BEST, MEDIAN, SPREAD
from p2p_pipeline.p2p.metrics.history.series import SeriesKey
from p2p_pipeline.p2p.metrics.unusual.measures import Kind, kind_of
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.steps.series import NoSeries, choose_series

Named = tuple[MarketSide, str, str | None, Decimal | None]
"""A series as a person names it: of what, which measure, profile and size."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One series, and what stands beside it for the same time; None where there is nothing of it."""

    shown: ShownSeries
    book_median: ShownSeries | None
    depth: ShownSeries | None
    spread: ShownSeries | None
    gaps: list[tuple[Gap, GapReason]]
    """When nobody saw it, to five minutes in a range up to a month, and why."""
    other: ShownSeries | None = None
    other_missing: str | None = None
    """Why there is no second series although one was asked for."""
    comparison: Comparison | None = None


def find_chart(
    lake: Lake,
    reader: RawReader,
    named: Named,
    asked: tuple[tuple[Bound, Bound], PeriodName | None, ZoneInfo],
    other: Named | None = None,
) -> Chart:
    """The chart of a series over the range asked for or the last week; raises NoSeries."""
    shown = find_history(lake, named[0], named[1:], asked, is_sharp=False)
    key, side = shown.key, shown.key.market_side

    def beside(wanted: SeriesKey | None) -> ShownSeries | None:
        if wanted is None or wanted == key:
            return None
        return series_between(lake, wanted, shown.asked, shown.period, shown.zone, is_sharp=False)

    is_price = kind_of(key.measure) is Kind.PRICE
    found, missing = _other(lake, other, shown)
    gaps = gaps_within(lake, shown)
    return Chart(
        shown=shown,
        book_median=beside(SeriesKey(side, MEDIAN)) if is_price else None,
        depth=beside(SeriesKey(side, ASSET_NEAR_BEST)),
        spread=beside(_spread_of(lake, key)),
        gaps=list(zip(gaps, gap_reasons(lake, reader, side, gaps), strict=True)),
        other=found,
        other_missing=missing,
        comparison=compared(shown, found) if found else None,
    )


def _spread_of(lake: Lake, key: SeriesKey) -> SeriesKey | None:
    """The spread for the same profile and size, which stands on the BUY side; the middle size for the whole book."""
    buying = MarketSide(key.market_side.market, Side.BUY)
    if key.step is not None:
        return SeriesKey(buying, SPREAD, key.profile, key.step)
    try:
        return choose_series(lake, buying, SPREAD)
    except NoSeries:
        return None


def _other(lake: Lake, named: Named | None, shown: ShownSeries) -> tuple[ShownSeries | None, str | None]:
    if named is None:
        return None, None
    try:
        key = choose_series(lake, *named)
    except NoSeries as error:
        return None, str(error)
    found = series_between(lake, key, shown.asked, shown.period, shown.zone, is_sharp=False)
    if found is None:
        return None, f"there is no {key.measure} of {key.market_side} in this range; choose other days"
    return found, None


def chart_rows(chart: Chart) -> list[dict[str, Any]]:
    """What the chart shows as a table: a row for each period in which any of it has a value."""
    beside = {
        "book_median": chart.book_median,
        "asset_near_best": chart.depth,
        "spread": chart.spread,
        **({"with_value": chart.other} if chart.other else {}),
    }
    columns = {
        name: {} if series is None else {period.start: period.median for period in series.periods}
        for name, series in beside.items()
    }
    own = {period.start: period for period in chart.shown.periods}
    rows = []
    for start in sorted({*own, *(moment for column in columns.values() for moment in column)}):
        period = own.get(start)
        row = {
            "starts_at": start,
            "value": period.median if period else None,
            "low": period.low if period else None,
            "high": period.high if period else None,
            "observations": period.observations if period else 0,
            **{name: column.get(start) for name, column in columns.items()},
            "is_imported": _is_within(start, chart.shown.imported),
        }
        if row["observations"] or any(row[name] is not None for name in columns):
            rows.append(row)
    return rows


def _is_within(moment: datetime, stretches: Sequence[tuple[datetime, datetime]]) -> bool:
    return any(start <= moment < end for start, end in stretches)


def chart_object(chart: Chart) -> dict[str, Any]:
    """As the API gives it."""
    shown = chart.shown
    gaps = [
        {
            "start": gap.seen_until,
            "end": gap.seen_from,
            "seconds": gap.seconds,
            "cause": reason.cause,
            "failed_looks": reason.failed_looks,
            "http_status": reason.http_status,
        }
        for gap, reason in chart.gaps
    ]
    return {
        **named_object(shown),
        "with": named_object(chart.other) if chart.other else None,
        "with_missing": chart.other_missing,
        "comparison": comparison_object(chart.comparison) if chart.comparison else None,
        "gaps": gaps,
        "imported": [{"start": start, "end": end} for start, end in shown.imported],
        "points": chart_rows(chart),
    }
