"""One event for what several measures showed at once: a jump of a market is told once, not once a measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from p2p_pipeline.p2p.metrics.unusual.spans import Span
from p2p_pipeline.p2p.metrics.unusual.states import State

SAME_EVENT = timedelta(hours=2)
"""Spans that begin at most this long after an event's first one belong to it."""


@dataclass(frozen=True, slots=True)
class Event:
    """Spans of a market that began together."""

    spans: tuple[Span, ...]
    """The leading one first: of those with the weightiest state the one that was farthest off."""

    @property
    def lead(self) -> Span:
        """The span whose reason tells the event."""
        return self.spans[0]

    @property
    def state(self) -> State:
        """`regime_change` when one of its measures stayed at a new level, `outage` where the market wasn't seen."""
        return self.lead.state

    @property
    def start(self) -> datetime:
        """UTC."""
        return min(span.start for span in self.spans)

    @property
    def end(self) -> datetime:
        """UTC."""
        return max(span.end for span in self.spans)


def events_of(spans: Sequence[Span]) -> list[Event]:
    """Spans by start, those that began within two hours together as one; outages apart from the rest."""
    found: list[list[Span]] = []
    for is_outage in (True, False):
        group: list[Span] = []
        for span in sorted(spans, key=lambda span: span.start):
            if (span.state is State.OUTAGE) != is_outage:
                continue
            if not group or span.start - group[0].start > SAME_EVENT:
                group = []
                found.append(group)
            group.append(span)
    events = [Event(tuple(sorted(group, key=_weight))) for group in found]
    return sorted(events, key=lambda event: event.start)


def _weight(span: Span) -> tuple[bool, float]:
    return span.state is not State.REGIME_CHANGE, -abs(span.peak["score"] or 0.0)
