"""What a person is told of the best hours, sentence by sentence: commands, pages and bots print the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from p2p_pipeline.kernel.texts import duration_text, number_text
from p2p_pipeline.p2p.answers.windows_now import NowOrWait
from p2p_pipeline.p2p.answers.windows_size import AskedSize
from p2p_pipeline.p2p.metrics.combos.routes import fiat_of_sizes
from p2p_pipeline.p2p.metrics.timing.advice import Advice
from p2p_pipeline.p2p.metrics.timing.failed_test import FailedTest
from p2p_pipeline.p2p.metrics.timing.few_hours import few_best, within_a_day
from p2p_pipeline.p2p.metrics.timing.holes import WeekSeen, WeekSpan, WeekState, spans
from p2p_pipeline.p2p.metrics.timing.hours import LocalHour, spans_by_days
from p2p_pipeline.p2p.metrics.timing.waiting import USUAL_DAYS, expected_wait_hours, week_mask
from p2p_pipeline.p2p.steps.windows import WindowsAnswer

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CENT = Decimal("0.01")
_STALE_SECONDS = 3 * 3600
_DAY_SECONDS = 24 * 3600
_SHOWN_SPANS = 4
_SAME = 0.00005


@dataclass(frozen=True, slots=True)
class Money:
    """The amount that shares of the price are told for."""

    amount: Decimal
    fiat: str

    @classmethod
    def of(cls, found: WindowsAnswer, asked: AskedSize | None = None) -> Money | None:
        """The amount asked for, or the size of the series; None for a measure of the whole book without one."""
        size = asked.fiat if asked else found.series.amount_fiat
        return cls(size, fiat_of_sizes(found.series.key.market_side.market)) if size else None

    def worth(self, share: float | None) -> Decimal | None:
        """A share of the price as money."""
        return None if share is None else (self.amount * Decimal(repr(share))).quantize(_CENT)

    def words(self, share: float) -> str:
        """`4.50 RUB of 1,000`, with the sign where it is a loss."""
        return f"{number_text(self.worth(share) or Decimal(0))} {self.fiat} of {number_text(self.amount)}"


def size_words(found: WindowsAnswer, asked: AskedSize | None) -> str | None:
    """Which kept size answers for an amount that isn't one; None where they are the same."""
    kept, fiat = found.series.amount_fiat, fiat_of_sizes(found.series.key.market_side.market)
    if asked is None or kept is None or kept == asked.amount == asked.fiat:
        return None
    worth = "" if asked.unit == fiat else f", {number_text(asked.fiat)} {fiat} at the newest price"
    named = f"{number_text(asked.amount)} {asked.unit}{worth}"
    return f"judged on the price of {number_text(kept)} {fiat}, the kept size nearest to {named}"


def percent(value: float) -> str:
    """A share for people, with its sign."""
    return f"{value:+.2%}"


def told(share: float, money: Money | None) -> str:
    """A share in percent, and in money where the amount is known."""
    return f"{percent(share)} ({money.words(share)})" if money else percent(share)


def hours_text(hours: Sequence[LocalHour]) -> str:
    """Hours for people: `every day 09-12` or `Mon 09-12, 15; Tue 20` (an hour is meant to its end)."""
    return "; ".join(
        f"{' '.join('every day' if day is None else _DAYS[day] for day in days)} "
        f"{', '.join(f'{first:02}:00-{end:02}:00' for first, end in found)}"
        for days, found in spans_by_days(hours)
    )


def candidates_text(found: WindowsAnswer) -> str:
    """The candidates; whole weekdays by their names alone."""
    advice = found.advice
    if not advice.is_of_weekdays:
        return f"{hours_text(advice.candidates)} ({advice.timezone})"
    names = " ".join(_DAYS[day] for day in weekdays_of(advice.candidates))
    return f"{names}, at any hour {'' if found.trading.is_all_day else 'of yours '}({advice.timezone})"


def weekdays_of(hours: Sequence[LocalHour]) -> list[int]:
    """The weekdays that hours lie in, 0 is Monday."""
    return sorted({hour.weekday for hour in hours if hour.weekday is not None})


def headline(found: WindowsAnswer, money: Money | None) -> str:
    """What to do, what it is expected to bring, and against what: the few best hours, or that there are none."""
    advice, few = found.advice, few_best(found.advice, found.trading)
    if not advice.hours:
        return f"no recommendation: {advice.reason}"
    if not few:
        return _best(candidates_text(found), advice.expected_improvement, found, money, None)
    first = few[-1]
    return _best(f"{hours_text(first.hours)} ({advice.timezone})", first.improvement, found, money, first.wait_hours)


def failed_words(advice: Advice) -> str | None:
    """Which test the best hours failed, with its number; None where it is said already or nothing failed."""
    chance, allowed = advice.chance, advice.chance_allowed
    if advice.failed is None or chance is None:
        return None
    by_luck = f"is {chance:.0%} likely where no hour is better, and {allowed:.0%} is allowed"
    return {
        FailedTest.BEST_HOUR: f"the test that failed: so good a best hour, all hours looked at, {by_luck}",
        FailedTest.SIGNS: f"the test that failed: so good a best hour, whole weeks turned around, {by_luck}",
        FailedTest.FOLLOWED: f"the test that failed: what following gave in weeks that did not choose it {by_luck}",
        FailedTest.HOURS_OF_DAY: "the test that failed: hours of the day alone, whatever the weekday",
        FailedTest.HELD_OUT: "the test that failed: in weeks that did not choose the hours their mean may be 0 or less",
        FailedTest.RECENT: "the test that failed: what earlier advice gave in the weeks after it, of late",
    }.get(advice.failed)


def whole_set_words(found: WindowsAnswer, money: Money | None) -> str | None:
    """The hours that can't be told apart from the best, with what they give; None where the headline has them all."""
    advice, few = found.advice, few_best(found.advice, found.trading)
    if not advice.candidates:
        return None
    if not advice.hours:
        return f"can't be told apart from the best: {candidates_text(found)}"
    if not few or len(few[-1].hours) == len(advice.hours):
        return None
    wait = expected_wait_hours(week_mask(advice.hours), np.tile(found.trading.mask(), 7))
    text = f"can't be told apart from them: {candidates_text(found)}: {told(advice.expected_improvement, money)}"
    return text if wait is None else f"{text}, {_waiting(wait)}"


def within_a_day_words(found: WindowsAnswer, money: Money | None) -> str | None:
    """What whoever waits a day at most gets; None where every recommended hour comes within one."""
    soon = within_a_day(found.advice, found.trading)
    if soon is None:
        return None
    return f"the best of the next 24 hours each time: {told(soon.improvement, money)}, {_waiting(soon.wait_hours)}"


def _best(hours: str, improvement: float, found: WindowsAnswer, money: Money | None, wait_hours: float | None) -> str:
    text = f"best: {hours}: {told(improvement, money)} better than {found.trading.words}"
    return text if wait_hours is None else f"{text}, {_waiting(wait_hours)}"


def _waiting(hours: float) -> str:
    return f"after {duration_text(round(hours * 60) * 60)} of waiting on average"


def now_words(answer: NowOrWait, found: WindowsAnswer, money: Money | None) -> Iterator[str]:
    """How the newest price stands, and whether to wait."""
    yield from _standing_words(answer, ZoneInfo(found.advice.timezone))
    yield _wait_words(answer, found, money)
    yield from _soon_words(answer, found, money)
    if answer.past is not None:
        past = answer.past
        yield (
            f"on the last {past.days} such days waiting from this hour was better on {past.chance_better:.0%}: "
            f"{percent(past.quantile_50)} in the middle, at most {percent(past.quantile_10)} on the worst tenth, at "
            f"least {percent(past.quantile_90)} on the best"
        )


def _standing_words(answer: NowOrWait, zone: ZoneInfo) -> Iterator[str]:
    age, stands, price_at = answer.price_age_seconds, answer.standing, answer.price_at
    if age is None or price_at is None:
        return
    is_old, local = age > _STALE_SECONDS, price_at.astimezone(zone)
    if is_old:
        yield f"the newest price is {duration_text(age)} old ({local:%Y-%m-%d %H:%M}): look again before you trade"
    if stands is not None:
        share = stands.improvement_over_usual
        how = "as good as" if abs(share) < _SAME else f"{abs(share):.2%} {'better' if share > 0 else 'worse'} than"
        yield (
            f"{'it was' if is_old else 'now is'} {how} this hour ({local:%H}:00) usually is; better than on "
            f"{stands.percentile:.0%} of {stands.days} days of the last {USUAL_DAYS}, each against the day before it"
        )


def _wait_words(answer: NowOrWait, found: WindowsAnswer, money: Money | None) -> str:
    when = ""
    if answer.begins_at is not None and answer.wait_seconds:
        begins = answer.begins_at.astimezone(ZoneInfo(found.advice.timezone))
        when = f"{begins:%a %H:%M} in {duration_text(round(answer.wait_seconds / 60) * 60)}"
    if answer.is_worth_waiting and answer.expected_improvement is not None:
        return f"wait: the best hours begin {when}, expected {told(answer.expected_improvement, money)} over now"
    if answer.is_worth_waiting:
        return f"now is outside your hours ({found.trading}): the best begin {when}"
    later = f"; the next candidates begin {when}" if when else ""
    return f"no reason to wait: {answer.reason}{later}"


def _soon_words(answer: NowOrWait, found: WindowsAnswer, money: Money | None) -> Iterator[str]:
    soon = answer.within_a_day
    if soon is None or soon.expected_improvement is None or (answer.wait_seconds or 0) <= _DAY_SECONDS:
        return
    if soon.expected_improvement <= 0:
        yield "no hour of the next 24 is better than this one"
        return
    begins = soon.begins_at.astimezone(ZoneInfo(found.advice.timezone))
    yield (
        f"within a day: {begins:%a %H:%M} in {duration_text(round(soon.wait_seconds / 60) * 60)}, expected "
        f"{told(soon.expected_improvement, money)} over now"
    )


def holes_words(weeks: Sequence[WeekSeen]) -> str:
    """How many weeks the advice was judged on, and what is to be said of the others, newest first."""
    judged = sum(week.state is WeekState.JUDGED for week in weeks)
    if not weeks:
        return "not judged: there is no price"
    found = spans(weeks)
    missing = [span for span in found if span.state is not WeekState.JUDGED]
    start = f"judged on {judged} of {len(weeks)} weeks" if judged else "not judged: there was no week to score it on"
    shown = [_span_words(span, span is found[0]) for span in missing[:_SHOWN_SPANS]]
    if len(missing) > _SHOWN_SPANS:
        rest = sum(span.weeks for span in missing[_SHOWN_SPANS:])
        shown.append(f"{rest} more in {len(missing) - _SHOWN_SPANS} stretches before that")
    return "; ".join([start, *shown])


def _span_words(span: WeekSpan, is_newest: bool) -> str:
    if is_newest:
        return f"the newest {span.weeks if span.weeks > 1 else 'one'} {span.state} (from {span.first_day})"
    return f"{span.weeks} {span.state} ({span.first_day} to {span.last_day})"
