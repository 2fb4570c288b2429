"""What a deal's score was made from, in the reader's language: each input has its sentence here, by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from p2p_pipeline.p2p.metrics.deals.grading import Grade
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.words.languages import Words

HOUR_SECONDS = 3600.0


def grade_text(grade: Grade, words: Words, figures: Figures) -> str:
    """One input of a part as a sentence; what isn't known is said to be so."""
    if grade.raw is None:
        return _unknown(words).get(grade.name, words.text("not known"))
    say = _SAID.get(grade.name)
    return grade.words if say is None else say(grade.raw, words, figures)


def short_figure(grade: Grade, figures: Figures) -> str:
    """The same as a figure alone, for the line of its part; empty where it isn't known or is no figure."""
    if grade.raw is None:
        return ""
    if grade.name in ("rank", "headroom", "presence", "completion_at_least"):
        return figures.bare_share(grade.raw, 0)
    if grade.name == "lead":
        return figures.bare_share(grade.raw)
    if grade.name == "breaks_per_hour":
        return figures.rate(grade.raw)
    return figures.age(grade.raw) if grade.name == "age_seconds" else ""


def _rank(raw: float, words: Words, figures: Figures) -> str:
    share = figures.bare_share(raw, 0)
    return words.text("better than {share} of what this size cost in the last week, each against its day", share=share)


def _headroom(raw: float, words: Words, figures: Figures) -> str:
    return words.text("the tightest offer takes {share} more than its order", share=figures.bare_share(raw, 0))


def _near_cover(raw: float, words: Words, figures: Figures) -> str:
    return words.text("{times} times the amount is offered near this price", times=figures.tenth(raw))


def _breaks(raw: float, words: Words, figures: Figures) -> str:
    times = figures.tenth(raw)
    return words.text("a new price, an offer gone or drained: about {times} an hour would break it", times=times)


def _held(raw: float, words: Words, figures: Figures) -> str:
    span = figures.age(raw * 60)
    return words.text("at this price or better at every look for {span}", span=span)


def _best_changes(raw: float, words: Words, figures: Figures) -> str:
    return words.text("the best price of this size changes about {times} times an hour", times=figures.tenth(raw))


def _presence(raw: float, words: Words, figures: Figures) -> str:
    return words.text("the merchant was seen in {share} of the last week's hours", share=figures.bare_share(raw, 0))


def _completion(raw: float, words: Words, figures: Figures) -> str:
    share = figures.bare_share(raw, 0)
    return words.text("completes at least {share} of orders, by the last 30 days", share=share)


def _lead(raw: float, words: Words, figures: Figures) -> str:
    return words.text("{share} better than the next offers for as much", share=figures.bare_share(raw))


def _crossing(raw: float, words: Words, figures: Figures) -> str:
    if raw <= 0:
        return words.text("not beyond what the other side pays")
    return words.text("{share} beyond what the other side pays", share=figures.bare_share(raw))


def _limits(raw: float, words: Words, figures: Figures) -> str:
    return words.text("an offer takes at most {times} times its smallest order", times=figures.tenth(raw))


def _idle(raw: float, words: Words, figures: Figures) -> str:
    return words.text("an offer untouched at the top for {span}", span=figures.age(raw * HOUR_SECONDS))


def _age(raw: float, words: Words, figures: Figures) -> str:
    return words.text("seen {age} ago", age=figures.age(max(raw, 1)))


def _complete(raw: float, words: Words, _: Figures) -> str:
    return words.text("the whole book was read") if raw else words.text("only part of the book was read")


_SAID: Mapping[str, Callable[[float, Words, Figures], str]] = {
    "rank": _rank,
    "headroom": _headroom,
    "near_cover": _near_cover,
    "breaks_per_hour": _breaks,
    "held_minutes": _held,
    "best_changes_per_hour": _best_changes,
    "presence": _presence,
    "completion_at_least": _completion,
    "lead": _lead,
    "crossing": _crossing,
    "limits_ratio": _limits,
    "idle_top_hours": _idle,
    "age_seconds": _age,
    "is_complete": _complete,
}


def _unknown(words: Words) -> Mapping[str, str]:
    return {
        "rank": words.text("too few prices of the last week are stored to compare with"),
        "breaks_per_hour": words.text("how often such offers break isn't known yet"),
        "held_minutes": words.text("for how long it has stood isn't known yet"),
        "best_changes_per_hour": words.text("how often the best price changes isn't known yet"),
        "presence": words.text("how often the merchant is there isn't known yet"),
        "completion_at_least": words.text("the venue doesn't say how many orders are completed"),
        "lead": words.text("no other offers to compare the price with"),
        "crossing": words.text("no book of the other side to compare with"),
        "idle_top_hours": words.text("for how long the top has stood untouched isn't known yet"),
    }
