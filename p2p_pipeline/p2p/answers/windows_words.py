"""What a person is told of the best hours, sentence by sentence: commands, pages and bots print the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from p2p_pipeline.kernel.texts import duration_text, number_text
from p2p_pipeline.kernel.told import Digits, Told, joined
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

_DAYS = (Told("Mon"), Told("Tue"), Told("Wed"), Told("Thu"), Told("Fri"), Told("Sat"), Told("Sun"))
_CENT = Decimal("0.01")
_STALE_SECONDS = 3 * 3600
_DAY_SECONDS = 24 * 3600
_SHOWN_SPANS = 4
_SAME = 0.00005
_STATES = {
    WeekState.JUDGED: Told("judged"),
    WeekState.NO_PRICE: Told("had no price"),
    WeekState.TOO_FEW_HOURS: Told("had too few hours"),
    WeekState.NOT_ADVISED: Told("came before there was enough history"),
    WeekState.NOT_WHOLE: Told("was not seen to its end"),
    WeekState.HOURS_UNSEEN: Told("had too few prices around the advised hours"),
}
_STANDING = {
    (False, 0): Told("now is as good as this hour ({at:%H}:00) usually is"),
    (False, 1): Told("now is {share:.2%} better than this hour ({at:%H}:00) usually is"),
    (False, -1): Told("now is {share:.2%} worse than this hour ({at:%H}:00) usually is"),
    (True, 0): Told("it was as good as this hour ({at:%H}:00) usually is"),
    (True, 1): Told("it was {share:.2%} better than this hour ({at:%H}:00) usually is"),
    (True, -1): Told("it was {share:.2%} worse than this hour ({at:%H}:00) usually is"),
}
"""By whether the newest price is old, and whether it is worse than usual (-1), the same (0) or better (1)."""


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

    def words(self, share: float) -> Told:
        """`4.50 RUB of 1,000`, with the sign where it is a loss."""
        return Told(
            "{worth} {fiat} of {amount}",
            worth=number_text(self.worth(share) or Decimal(0)),
            fiat=self.fiat,
            amount=number_text(self.amount),
        )


def size_words(found: WindowsAnswer, asked: AskedSize | None) -> str | None:
    """Which kept size answers for an amount that isn't one; None where they are the same."""
    kept, fiat = found.series.amount_fiat, fiat_of_sizes(found.series.key.market_side.market)
    if asked is None or kept is None or kept == asked.amount == asked.fiat:
        return None
    worth = "" if asked.unit == fiat else f", {number_text(asked.fiat)} {fiat} at the newest price"
    named = f"{number_text(asked.amount)} {asked.unit}{worth}"
    return f"judged on the price of {number_text(kept)} {fiat}, the kept size nearest to {named}"


def percent(value: float) -> Digits:
    """A share for people, with its sign."""
    return Digits(f"{value:+.2%}")


def told(share: float, money: Money | None) -> str:
    """A share in percent, and in money where the amount is known."""
    shown = percent(share)
    return Told("{share} ({worth})", share=shown, worth=money.words(share)) if money else shown


def hours_text(hours: Sequence[LocalHour]) -> Told:
    """Hours for people: `every day 09-12` or `Mon 09-12, 15; Tue 20` (an hour is meant to its end)."""
    return joined(
        "; ",
        [
            joined(" ", [*names_of(days), ", ".join(f"{first:02}:00-{end:02}:00" for first, end in found)])
            for days, found in spans_by_days(hours)
        ],
    )


def names_of(days: Iterable[int | None]) -> list[Told]:
    """Weekdays by their names, 0 is Monday and None every day."""
    return [Told("every day") if day is None else _DAYS[day] for day in days]


def candidates_text(found: WindowsAnswer) -> Told:
    """The candidates; whole weekdays by their names alone."""
    advice = found.advice
    if not advice.is_of_weekdays:
        return Told("{hours} ({timezone})", hours=hours_text(advice.candidates), timezone=advice.timezone)
    names = joined(" ", names_of(weekdays_of(advice.candidates)))
    if found.trading.is_all_day:
        return Told("{days}, at any hour ({timezone})", days=names, timezone=advice.timezone)
    return Told("{days}, at any hour of yours ({timezone})", days=names, timezone=advice.timezone)


def weekdays_of(hours: Sequence[LocalHour]) -> list[int]:
    """The weekdays that hours lie in, 0 is Monday."""
    return sorted({hour.weekday for hour in hours if hour.weekday is not None})


def headline(found: WindowsAnswer, money: Money | None) -> Told:
    """What to do, what it is expected to bring, and against what: the few best hours, or that there are none."""
    advice, few = found.advice, few_best(found.advice, found.trading)
    if not advice.hours:
        return Told("no recommendation: {reason}", reason=advice.reason)
    if not few:
        return _best(candidates_text(found), advice.expected_improvement, found, money, None)
    first = few[-1]
    hours = Told("{hours} ({timezone})", hours=hours_text(first.hours), timezone=advice.timezone)
    return _best(hours, first.improvement, found, money, first.wait_hours)


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


def whole_set_words(found: WindowsAnswer, money: Money | None) -> Told | None:
    """The hours that can't be told apart from the best, with what they give; None where the headline has them all."""
    advice, few = found.advice, few_best(found.advice, found.trading)
    if not advice.candidates:
        return None
    if not advice.hours:
        return Told("can't be told apart from the best: {hours}", hours=candidates_text(found))
    if not few or len(few[-1].hours) == len(advice.hours):
        return None
    wait = expected_wait_hours(week_mask(advice.hours), np.tile(found.trading.mask(), 7))
    text = Told(
        "can't be told apart from them: {hours}: {gain}",
        hours=candidates_text(found),
        gain=told(advice.expected_improvement, money),
    )
    return text if wait is None else joined(", ", [text, _waiting(wait)])


def within_a_day_words(found: WindowsAnswer, money: Money | None) -> Told | None:
    """What whoever waits a day at most gets; None where every recommended hour comes within one."""
    soon = within_a_day(found.advice, found.trading)
    if soon is None:
        return None
    text = Told("the best of the next 24 hours each time: {gain}", gain=told(soon.improvement, money))
    return joined(", ", [text, _waiting(soon.wait_hours)])


def _best(hours: str, improvement: float, found: WindowsAnswer, money: Money | None, wait_hours: float | None) -> Told:
    text = Told(
        "best: {hours}: {gain} better than {other}",
        hours=hours,
        gain=told(improvement, money),
        other=found.trading.words,
    )
    return text if wait_hours is None else joined(", ", [text, _waiting(wait_hours)])


def _waiting(hours: float) -> Told:
    return Told("after {span} of waiting on average", span=duration_text(round(hours * 60) * 60))


def now_words(answer: NowOrWait, found: WindowsAnswer, money: Money | None) -> Iterator[Told]:
    """How the newest price stands, and whether to wait."""
    yield from _standing_words(answer, ZoneInfo(found.advice.timezone))
    yield _wait_words(answer, found, money)
    yield from _soon_words(answer, found, money)
    if answer.past is not None:
        past = answer.past
        yield Told(
            "on the last {days} such days waiting from this hour was better on {chance:.0%}: {middle} in the middle, "
            "at most {least} on the worst tenth, at least {most} on the best",
            days=past.days,
            chance=past.chance_better,
            middle=percent(past.quantile_50),
            least=percent(past.quantile_10),
            most=percent(past.quantile_90),
        )


def _standing_words(answer: NowOrWait, zone: ZoneInfo) -> Iterator[Told]:
    age, stands, price_at = answer.price_age_seconds, answer.standing, answer.price_at
    if age is None or price_at is None:
        return
    is_old, local = age > _STALE_SECONDS, price_at.astimezone(zone)
    if is_old:
        yield Told(
            "the newest price is {span} old ({at:%Y-%m-%d %H:%M}): look again before you trade",
            span=duration_text(age),
            at=local,
        )
    if stands is not None:
        share = stands.improvement_over_usual
        how = 0 if abs(share) < _SAME else 1 if share > 0 else -1
        among = Told(
            "better than on {percentile:.0%} of {days} days of the last {usual_days}, each against the day before it",
            percentile=stands.percentile,
            days=stands.days,
            usual_days=USUAL_DAYS,
        )
        yield joined("; ", [Told(_STANDING[is_old, how], share=abs(share), at=local), among])


def _wait_words(answer: NowOrWait, found: WindowsAnswer, money: Money | None) -> Told:
    when = Told("")
    if answer.begins_at is not None and answer.wait_seconds:
        when = _when(answer.begins_at, answer.wait_seconds, found)
    if answer.is_worth_waiting and answer.expected_improvement is not None:
        return Told(
            "wait: the best hours begin {when}, expected {gain} over now",
            when=when,
            gain=told(answer.expected_improvement, money),
        )
    if answer.is_worth_waiting:
        return Told("now is outside your hours ({hours}): the best begin {when}", hours=str(found.trading), when=when)
    none = Told("no reason to wait: {reason}", reason=answer.reason)
    return joined("; ", [none, Told("the next candidates begin {when}", when=when)]) if when else none


def _when(begins_at: datetime, wait_seconds: float, found: WindowsAnswer) -> Told:
    begins = begins_at.astimezone(ZoneInfo(found.advice.timezone))
    return Told("{begins:%a %H:%M} in {span}", begins=begins, span=duration_text(round(wait_seconds / 60) * 60))


def _soon_words(answer: NowOrWait, found: WindowsAnswer, money: Money | None) -> Iterator[Told]:
    soon = answer.within_a_day
    if soon is None or soon.expected_improvement is None or (answer.wait_seconds or 0) <= _DAY_SECONDS:
        return
    if soon.expected_improvement <= 0:
        yield Told("no hour of the next 24 is better than this one")
        return
    yield Told(
        "within a day: {when}, expected {gain} over now",
        when=_when(soon.begins_at, soon.wait_seconds, found),
        gain=told(soon.expected_improvement, money),
    )


def holes_words(weeks: Sequence[WeekSeen]) -> Told:
    """How many weeks the advice was judged on, and what is to be said of the others, newest first."""
    judged = sum(week.state is WeekState.JUDGED for week in weeks)
    if not weeks:
        return Told("not judged: there is no price")
    found = spans(weeks)
    missing = [span for span in found if span.state is not WeekState.JUDGED]
    start = Told("judged on {judged} of {weeks} weeks", judged=judged, weeks=len(weeks))
    if not judged:
        start = Told("not judged: there was no week to score it on")
    shown = [_span_words(span, span is found[0]) for span in missing[:_SHOWN_SPANS]]
    if len(missing) > _SHOWN_SPANS:
        rest = sum(span.weeks for span in missing[_SHOWN_SPANS:])
        stretches = len(missing) - _SHOWN_SPANS
        shown.append(Told("{weeks} more in {stretches} stretches before that", weeks=rest, stretches=stretches))
    return joined("; ", [start, *shown])


def _span_words(span: WeekSpan, is_newest: bool) -> Told:
    state = _STATES[span.state]
    if not is_newest:
        first, last = span.first_day, span.last_day
        return Told("{weeks} {state} ({first} to {last})", weeks=span.weeks, state=state, first=first, last=last)
    if span.weeks == 1:
        return Told("the newest one {state} (from {first})", state=state, first=span.first_day)
    return Told("the newest {weeks} {state} (from {first})", weeks=span.weeks, state=state, first=span.first_day)
