"""The words of the pages on markets: columns, places in a ranking, what a price is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from p2p_pipeline.p2p.metrics.history.schema import BEST, EXECUTABLE, MEDIAN, SINGLE, VWAP
from p2p_pipeline.p2p.metrics.markets.hours import BEST_OF_SWEEPS
from p2p_pipeline.p2p.metrics.markets.ranking import Rank, SortedBy
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.words.languages import Words


def sort_texts(words: Words) -> Mapping[SortedBy, str]:
    """What a table of markets is sorted by, as its columns are called."""
    return {
        SortedBy.MARKET: words.text("market"),
        SortedBy.PREMIUM: words.text("premium"),
        SortedBy.SPREAD: words.text("spread"),
        SortedBy.DEPTH: words.text("depth in 1 %"),
        SortedBy.OFFERS: words.text("offers"),
        SortedBy.ADVERTISERS: words.text("advertisers"),
        SortedBy.AGE: words.text("age"),
    }


def rank_texts(ranks: Sequence[Rank], words: Words, figures: Figures) -> list[str]:
    """A market's places among others, a sentence each."""
    told = []
    for rank in ranks:
        place, of = figures.count(rank.place), figures.count(rank.of)
        told.append(
            {
                SortedBy.PREMIUM: words.text("premium: number {place} of {of}, the dearest first", place=place, of=of),
                SortedBy.SPREAD: words.text("spread: number {place} of {of}, the narrowest first", place=place, of=of),
                SortedBy.DEPTH: words.text("depth: number {place} of {of}, the deepest first", place=place, of=of),
                SortedBy.OFFERS: words.text("offers: number {place} of {of}, the most first", place=place, of=of),
            }[rank.by]
        )
    return told


def measure_text(measure: str, words: Words) -> str:
    """What the prices of an hour are of; imported series have names of their own."""
    return {
        BEST_OF_SWEEPS: words.text("the mean of the best prices that sweeps saw in an hour"),
        EXECUTABLE: words.text("what a usual amount cost at its best split, an hour's median"),
        SINGLE: words.text("what a usual amount cost at its best single offer, an hour's median"),
        BEST: words.text("the best stated price, an hour's median"),
        MEDIAN: words.text("the median of all stated prices"),
        VWAP: words.text("the mean of all stated prices, weighted by what is available"),
    }.get(measure, measure)
