"""What was unusual, as sentences in the reader's language, from the same figures as `p2p anomalies`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.unusual.events import Event
from p2p_pipeline.p2p.metrics.unusual.measures import Kind, kind_of
from p2p_pipeline.p2p.metrics.unusual.states import State
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.measures import measure_name, value_words

_MOST_NAMED = 3


def state_name(state: State, words: Words) -> str:
    """What a stretch is called."""
    return {
        State.UNUSUAL: words.text("unusual"),
        State.REGIME_CHANGE: words.text("new level"),
        State.OUTAGE: words.text("outage"),
    }[state]


def event_words(event: Event, words: Words, figures: Figures) -> str:
    """What happened: the measure that was farthest off, what it means for the taker, and what moved with it."""
    told = row_words(event.lead.peak, event.state, words, figures)
    others = list(dict.fromkeys(measure_name(span.peak["measure"], words) for span in event.spans[1:]))
    lead = measure_name(event.lead.peak["measure"], words)
    others = [name for name in others if name != lead]
    if others and event.state is not State.OUTAGE:
        told += words.text("; together with: {measures}", measures=", ".join(others[:_MOST_NAMED]))
    return told


def row_words(row: Mapping[str, Any], state: State, words: Words, figures: Figures) -> str:
    """One hour of `anomalies`."""
    if state is State.OUTAGE or row["value"] is None or row["expected"] is None:
        return words.text("nobody saw the market, or its book was nearly empty")
    measure, value, expected = row["measure"], row["value"], row["expected"]
    told = words.text(
        "{measure} {value}, {difference} than usual ({low} to {high}); {meaning}",
        measure=measure_name(measure, words),
        value=value_words(measure, value, figures),
        difference=_difference(measure, value, expected, words, figures),
        low=value_words(measure, row["usual_low"], figures) if row["usual_low"] is not None else "–",
        high=value_words(measure, row["usual_high"], figures) if row["usual_high"] is not None else "–",
        meaning=_meaning(measure, Side(row["side"]), value > expected, words),
    )
    return told + (words.text("; it has stayed there") if state is State.REGIME_CHANGE else "")


def now_words(row: Mapping[str, Any], words: Words, figures: Figures, now: datetime) -> str:
    """One line on a market that is unusual right now."""
    return words.text(
        "Unusual in the hour from {time}: {what}.",
        time=figures.clock(row["hour_start"], now),
        what=row_words(row, State(row["state"]), words, figures),
    )


def _difference(measure: str, value: float, expected: float, words: Words, figures: Figures) -> str:
    is_above = value >= expected
    if kind_of(measure) is Kind.SHARE or expected <= 0:
        far = words.text("{share} points", share=figures.bare_share(abs(value - expected)).replace("%", "").strip())
    else:
        share = abs(value / expected - 1)
        far = figures.bare_share(share, 2 if share < 0.01 else 1)
    return words.text("{far} higher", far=far) if is_above else words.text("{far} lower", far=far)


def _meaning(measure: str, side: Side, is_above: bool, words: Words) -> str:
    is_buyer = side is Side.BUY
    if measure == "spread":
        return words.text("worse for both sides") if is_above else words.text("better for both sides")
    is_good = (is_above != is_buyer) if kind_of(measure) is Kind.PRICE else is_above
    if is_buyer:
        return words.text("better for buyers") if is_good else words.text("worse for buyers")
    return words.text("better for sellers") if is_good else words.text("worse for sellers")
