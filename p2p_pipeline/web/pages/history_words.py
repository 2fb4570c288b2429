"""What the page *History* says: what the chart shows, what happened in its time, and how two series compare."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from p2p_pipeline.p2p.answers.compared import Comparison
from p2p_pipeline.p2p.answers.history import ShownSeries, caution_of
from p2p_pipeline.p2p.answers.history_chart import Chart
from p2p_pipeline.p2p.metrics.combos.routes import fiat_of_sizes
from p2p_pipeline.p2p.metrics.unusual.states import State
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.history_drawing import Labels, Mark, values_of
from p2p_pipeline.web.pages.history_view import HistoryTold
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.measures import gap_words, measure_name, period_words, unit_words, value_words
from p2p_pipeline.web.words.unusual import event_words, state_name


def title_of(shown: ShownSeries, words: Words, figures: Figures) -> str:
    """Which series it is: `bybit.USDT-RUB BUY, price of the amount 50,000 RUB, profile wide`."""
    key = shown.key
    title = f"{key.market_side.market.key} {key.market_side.side}, {measure_name(key.measure, words)}"
    if shown.amount_fiat is not None:
        size = figures.given(shown.amount_fiat.normalize(), fiat_of_sizes(key.market_side.market))
        title += " " + words.text("{amount}, profile {profile}", amount=size, profile=key.profile)
    return title


def labels_of(chart: Chart, words: Words) -> Labels:
    """How the chart calls its lines."""
    market = chart.shown.key.market_side.market
    return Labels(
        time=words.text("time"),
        value=measure_name(chart.shown.key.measure, words),
        low=words.text("low"),
        high=words.text("high"),
        book_median=measure_name("median", words),
        depth=words.text("depth: {asset} within 1 % of the best price", asset=market.asset),
        spread=words.text("spread: lost by buying and selling back"),
        other=words.text("second"),
    )


def sentence_of_chart(told: HistoryTold, words: Words, figures: Figures) -> str:
    """What the chart shows, in words."""
    chart = told.chart
    shown, values = chart.shown, values_of(chart.shown.periods)
    start, end = shown.periods[0].start, shown.periods[-1].end
    said = [
        words.text(
            "{unit}, {finely}, from {start} to {end}.",
            unit=unit_words(shown, words), finely=period_words(shown.period, words),
            start=_minute(start, figures), end=_minute(end, figures),
        )
    ]  # fmt: skip
    if values:
        last = next(period.median for period in reversed(shown.periods) if period.median is not None)
        names = {"low": values[0], "high": values[-1], "middle": values[len(values) // 2], "last": last}
        told_values = {name: value_words(shown.key.measure, value, figures) for name, value in names.items()}
        said.append(words.text("Last {last}; from {low} to {high}, in the middle {middle}.", **told_values))
    else:
        said.append(words.text("Nobody could have placed the amount in all of it."))
    counted = [
        words.many("one gap", "{count} gaps", len(chart.gaps)) if chart.gaps else words.text("no gap"),
        words.many("one stretch that was unusual", "{count} stretches that were unusual", len(told.events))
        if told.events
        else words.text("nothing unusual known"),
    ]
    said.append(f"{counted[0][:1].upper()}{counted[0][1:]}, {counted[1]}.")
    return " ".join(said)


def _minute(moment: datetime, figures: Figures) -> str:
    return f"{moment.astimezone(figures.zone):%Y-%m-%d %H:%M}"


def caution_words(shown: ShownSeries, words: Words) -> str:
    """What an aggregate is not; empty for what an amount really had."""
    if caution_of(shown) is None:
        return ""
    return words.text("An aggregate of stated prices: nobody may have been able to trade at it.")


def marks_of(told: HistoryTold, words: Words, figures: Figures) -> list[Mark]:
    """What happened, oldest first: what was unusual, holidays and events of one's own."""
    found = [*_unusual(told, words, figures), *_special(told, words)]
    found.sort(key=lambda mark: mark.start)
    return [
        Mark(f"mark-{place}", mark.kind, mark.start, mark.end, mark.title, mark.text, mark.days)
        for place, mark in enumerate(found)
    ]


def _unusual(told: HistoryTold, words: Words, figures: Figures) -> Iterator[Mark]:
    for event in told.events:
        text = event_words(event, words, figures)
        yield Mark("", str(event.state), event.start, event.end, state_name(State(event.state), words), text)


def _special(told: HistoryTold, words: Words) -> Iterator[Mark]:
    for one in told.special:
        title = words.text("holiday") if one.kind == "holiday" else words.text("event")
        yield Mark("", one.kind, one.start, one.end, title, one.name, (one.first, one.last))


def gap_lines(chart: Chart, words: Words) -> list[tuple[datetime, datetime, float, str]]:
    """When nobody saw it, newest first: from, to, seconds, why."""
    return [
        (gap.seen_until, gap.seen_from, gap.seconds, gap_words(reason, words)) for gap, reason in reversed(chart.gaps)
    ]


def comparison_lines(found: Comparison, words: Words, figures: Figures) -> list[tuple[str, str]]:
    """The comparison in numbers: a name and a figure a line."""

    def shown(value: float | None) -> str:
        if value is None:
            return "–"
        return _points(value, words, figures) if found.is_of_shares else figures.share(value)

    lines = []
    if found.is_same_unit:
        lines = [
            (words.text("second against the first, last"), shown(found.difference_now)),
            (words.text("in the middle"), shown(found.difference)),
            (
                words.text("from least to most"),
                f"{shown(found.least_difference)} … {shown(found.most_difference)}",
            ),
        ]
    lines += [
        (words.text("change of the first"), shown(found.change)),
        (words.text("change of the second"), shown(found.other_change)),
        (words.text("periods that have both"), figures.count(found.periods)),
    ]
    return lines


def _points(value: float, words: Words, figures: Figures) -> str:
    return words.text("{share} points", share=figures.share(value).replace("%", "").strip())
