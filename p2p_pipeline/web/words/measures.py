"""Measures, periods and why there are gaps, as a reader says them."""

from __future__ import annotations

from p2p_pipeline.p2p.answers.gap_reasons import GapCause, GapReason
from p2p_pipeline.p2p.answers.history import ShownSeries
from p2p_pipeline.p2p.metrics.history.period_name import PeriodName
from p2p_pipeline.p2p.metrics.history.schema import ASSET_NEAR_BEST, OFFERS, SPREAD
from p2p_pipeline.p2p.metrics.unusual.measures import Kind, kind_of
from p2p_pipeline.web.figures import MINUS, Figures
from p2p_pipeline.web.words.languages import Words


def measure_name(measure: str, words: Words) -> str:
    """What a measure is, in two or three words; an imported series keeps the name it came with."""
    return {
        "executable": words.text("price of the amount"),
        "single": words.text("best single offer"),
        "spread": words.text("spread"),
        "vwap": words.text("weighted mean of the book"),
        "median": words.text("median of the book"),
        "best": words.text("best stated price"),
        "offers": words.text("offers"),
        "asset_near_best": words.text("depth"),
    }.get(measure, measure)


def period_words(period: PeriodName, words: Words) -> str:
    """How finely."""
    return {
        PeriodName.LOOK: words.text("look by look"),
        PeriodName.FIVE_MINUTES: words.text("by five minutes"),
        PeriodName.HOUR: words.text("by the hour"),
        PeriodName.SIX_HOURS: words.text("by six hours"),
        PeriodName.DAY: words.text("by the day"),
        PeriodName.WEEK: words.text("by the week"),
    }[period]


def unit_words(shown: ShownSeries, words: Words) -> str:
    """What its numbers count."""
    market = shown.key.market_side.market
    special = {SPREAD: words.text("share lost"), OFFERS: words.text("offers"), ASSET_NEAR_BEST: market.asset}
    return special.get(shown.key.measure, f"{market.fiat}{words.text(' per ')}{market.asset}")


def value_words(measure: str, value: float, figures: Figures) -> str:
    """A value with the digits of its kind."""
    kind = kind_of(measure)
    if kind is Kind.SHARE:
        return figures.bare_share(value).replace("-", MINUS)
    return figures.count(round(value)) if kind is Kind.COUNT else figures.statistic(float(f"{value:.5g}"))


def gap_words(reason: GapReason, words: Words) -> str:
    """Why nobody saw the market."""
    told = {
        GapCause.NOBODY_LOOKED: words.text("nothing was collecting"),
        GapCause.REFUSED: words.text("the venue refused"),
        GapCause.UNREACHABLE: words.text("the venue didn't answer"),
        GapCause.VENUE_ERROR: words.text("the venue had an error"),
        GapCause.SOFT_BLOCK: words.text("the venue showed an empty book, which was not believed"),
        GapCause.UNREADABLE: words.text("the venue's answer couldn't be read"),
        GapCause.FAILED: words.text("looks failed"),
    }[reason.cause]
    if reason.http_status is not None and reason.cause in (GapCause.REFUSED, GapCause.VENUE_ERROR):
        told += f" (HTTP {reason.http_status})"
    if reason.failed_looks:
        told += words.many(", {count} look failed", ", {count} looks failed", reason.failed_looks)
    return told
