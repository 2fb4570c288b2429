"""What one text says, read by rules.

Rules over words, not a model: each finding can show the words it comes from, and a wrong one is mended with a line in
classes.yaml. What they can't do is understand: irony, or a condition that spans sentences, is read wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from p2p_pipeline.p2p.warehouse.subworkers.terms.hours import working_hours
from p2p_pipeline.p2p.warehouse.subworkers.terms.language import language_of
from p2p_pipeline.p2p.warehouse.subworkers.terms.rules import Rules, negations, rules
from p2p_pipeline.p2p.warehouse.subworkers.terms.text import ReadText, read

CLASSIFIER_VERSION = 1
"""Raise it with every change of the rules: texts that older rules have read are then read again."""

_NOTHING = "-"
_MOST_BETWEEN_NEAR = 2
_MOST_BETWEEN = 12
_MOST_TOPICS = 50
"""Of one class in one text; a text that repeats itself says no more than that."""
_MOST_CUES = 500
_COMMA_COSTS = 3
_COMMAS = ",،，、"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a text says."""

    topic: str
    """The class: `third_party`, `receipt`, `identification`, `working_hours`, …, `language`."""
    value: str
    evidence: str
    """The words that say so, as they stand in the text; empty for the language."""


@dataclass(frozen=True, slots=True)
class _Found:
    value: str
    start: int
    end: int

    def overlaps(self, other: _Found) -> bool:
        return self.start < other.end and other.start < self.end


def classify(text: str) -> tuple[Finding, ...]:
    """What a text says, and in which language; never raises, in time in proportion to the text's length."""
    reading = read(text)
    negated = [_Found("", match.start(), match.end()) for match in negations().finditer(reading.plain)]
    findings = [Finding("language", language_of(text), "")]
    for name, rule in rules().items():
        findings += _unique(reading, name, _ranked(rule, _found(reading, rule, negated)))
    findings += _unique(reading, "working_hours", (_Found(*hours) for hours in working_hours(reading)))
    return tuple(findings)


def _unique(text: ReadText, name: str, found: Iterable[_Found]) -> Iterator[Finding]:
    seen: set[str] = set()
    for one in found:
        if one.value not in seen:
            seen.add(one.value)
            yield Finding(name, one.value, text.evidence(one.start, one.end))


def _ranked(rule: Rules, found: list[_Found]) -> list[_Found]:
    for group in rule.outranks:
        first = [one for one in found if one.value in group]
        if first:
            return first
    return found


def _found(text: ReadText, rule: Rules, negated: list[_Found]) -> list[_Found]:
    statements = _matches(text, rule.statements)
    topics = [
        topic for topic in _matches(text, rule.topics) if not any(topic.overlaps(statement) for statement in statements)
    ]
    if not topics:
        return statements
    cues = _longest(_matches(text, rule.cues, _MOST_CUES))
    judged = (_judged(text, rule, topic, cues, negated) for topic in topics[:_MOST_TOPICS])
    return statements + [one for one in judged if one.value != _NOTHING]


def _matches(text: ReadText, patterns: Mapping[str, re.Pattern[str]], most: int = _MOST_TOPICS) -> list[_Found]:
    return [
        _Found(value, match.start(), match.end())
        for value, pattern in patterns.items()
        for match in islice(pattern.finditer(text.plain), most)
    ]


def _longest(found: list[_Found]) -> list[_Found]:
    """Without those that lie over a longer one: `accepted` in `not accepted`."""
    kept: list[_Found] = []
    for one in sorted(found, key=lambda each: (each.start, -each.end)):
        if not kept or not one.overlaps(kept[-1]):
            kept.append(one)
        elif one.end - one.start > kept[-1].end - kept[-1].start:
            kept[-1] = one
    return kept


def _judged(text: ReadText, rule: Rules, topic: _Found, cues: list[_Found], negated: list[_Found]) -> _Found:
    """A topic with the value that the words around it give: a negation right before it, else the nearest cue."""
    reach = range(text.statement(topic.start), text.statement(topic.end - 1) + 1)
    nearest: tuple[int, _Found] | None = None
    if rule.near is not None:
        before = (one for one in negated if one.end <= topic.start and text.statement(one.start) in reach)
        costs = ((_cost(text, one, topic), _Found(rule.near, one.start, one.end)) for one in before)
        nearest = min((cost for cost in costs if cost[0] <= _MOST_BETWEEN_NEAR), key=_cost_of, default=None)
    around = ((_cost(text, cue, topic), cue) for cue in cues if text.statement(cue.start) in reach)
    candidates = [cost for cost in around if cost[0] <= _MOST_BETWEEN]
    # A cue that holds the negation (`not accepted`) says more than the negation itself.
    if nearest is not None:
        candidates = [*(one for one in candidates if one[0] < nearest[0] or one[1].overlaps(nearest[1])), nearest]
    if not candidates:
        return topic
    value, start, end = _fields(min(candidates, key=_cost_of)[1])
    return _Found(value, min(start, topic.start), max(end, topic.end))


def _cost(text: ReadText, cue: _Found, topic: _Found) -> int:
    """How far a cue is from a topic, in words; a comma between them counts for some."""
    if cue.overlaps(topic):
        return 0
    first, second = (cue, topic) if cue.start < topic.start else (topic, cue)
    words = text.word(second.start) - text.word(first.end - 1) - 1
    if words > _MOST_BETWEEN:
        return words
    between = text.plain[first.end : second.start]
    return words + _COMMA_COSTS * sum(between.count(comma) for comma in _COMMAS)


def _cost_of(candidate: tuple[int, _Found]) -> int:
    return candidate[0]


def _fields(found: _Found) -> tuple[str, int, int]:
    return found.value, found.start, found.end
