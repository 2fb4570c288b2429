"""What several measures showed at once is one event, led by the one that says most."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from p2p_pipeline.p2p.metrics.unusual.events import events_of
from p2p_pipeline.p2p.metrics.unusual.spans import Span, spans_of
from p2p_pipeline.p2p.metrics.unusual.states import State

AT = datetime(2025, 4, 24, 18, tzinfo=UTC)


def row(measure: str, hour: int, score: float | None, state: State = State.UNUSUAL) -> dict[str, Any]:
    start = AT + timedelta(hours=hour)
    return {
        "side": "BUY", "measure": measure, "profile": None, "step": None, "amount_fiat": None, "hour_start": start,
        "state": state, "score": score, "regime_since": AT if state is State.REGIME_CHANGE else None, "reason": measure,
    }  # fmt: skip


def spans() -> list[Span]:
    return spans_of(
        [
            row("vwap", 0, 9.0), row("vwap", 12, 5.0, State.REGIME_CHANGE), row("median", 1, 20.0), row("low", 2, -4.2),
            row("high", 9, 4.4), row("offers", 0, None, State.OUTAGE),
        ]
    )  # fmt: skip


def test_measures_that_jumped_within_two_hours_are_one_event_and_a_later_one_is_another() -> None:
    found = [event for event in events_of(spans()) if event.state is not State.OUTAGE]
    assert [len(event.spans) for event in found] == [3, 1]
    assert found[0].start == AT
    assert found[0].end == AT + timedelta(hours=13)


def test_a_new_level_leads_its_event_whatever_was_farther_off() -> None:
    event = next(event for event in events_of(spans()) if event.state is State.REGIME_CHANGE)
    assert [span.peak["measure"] for span in event.spans] == ["vwap", "median", "low"]


def test_an_outage_is_an_event_of_its_own() -> None:
    assert [len(event.spans) for event in events_of(spans()) if event.state is State.OUTAGE] == [1]


def test_no_spans_are_no_events() -> None:
    assert events_of([]) == []
