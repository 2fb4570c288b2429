"""Hours are merged as a person would: one span an event, of one series."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from p2p_pipeline.p2p.metrics.unusual.spans import spans_of

START = datetime(2025, 3, 1, tzinfo=UTC)


def row(
    hour: int, state: str, score: float | None = None, since: int | None = None, side: str = "BUY"
) -> dict[str, Any]:
    return {
        "side": side, "measure": "vwap", "profile": None, "step": None, "amount_fiat": None, "state": state,
        "hour_start": START + timedelta(hours=hour), "score": score, "reason": f"{state} at {hour}",
        "regime_since": None if since is None else START + timedelta(hours=since),
    }  # fmt: skip


def hour_of(moment: datetime) -> int:
    return int((moment - START).total_seconds() // 3600)


def test_a_calm_hour_or_two_do_not_part_an_anomaly_and_a_change_of_direction_does() -> None:
    scores = {0: 5.0, 1: 6.0, 4: 5.5, 8: 5.0, 9: -5.0}
    rows = [row(hour, "unusual" if hour in scores else "normal", scores.get(hour, 1.0)) for hour in range(12)]
    assert [(hour_of(span.start), hour_of(span.end), span.peak["score"]) for span in spans_of(rows)] == [
        (0, 5, 6.0),
        (8, 9, 5.0),
        (9, 10, -5.0),
    ]


def test_a_regime_change_is_one_span_from_its_first_hour_whatever_happens_while_it_is_told() -> None:
    rows = [row(hour, "unusual", 8.0) for hour in range(12)]
    rows += [row(hour, "regime_change", 1.0, since=0) for hour in range(12, 20)]
    rows += [row(20, "unusual", -4.5), row(21, "regime_change", 0.5, since=0)]
    change, within = spans_of(rows)
    assert (change.state, hour_of(change.start), hour_of(change.known_at), hour_of(change.end)) == (
        "regime_change", 0, 13, 22,
    )  # fmt: skip
    assert change.reason == "regime_change at 12"
    assert change.peak["score"] == 8.0
    assert (within.state, hour_of(within.start), within.hours) == ("unusual", 20, 1)


def test_an_outage_is_a_span_without_a_score_and_series_are_not_mixed() -> None:
    rows = [row(hour, "outage", side=side) for side in ("BUY", "SELL") for hour in (3, 4, 5)]
    spans = spans_of([*rows, row(6, "no_data"), row(7, "not_enough_history")])
    assert [(span.series[0], span.state, span.hours, span.peak["score"]) for span in spans] == [
        ("BUY", "outage", 3, None),
        ("SELL", "outage", 3, None),
    ]


def test_nothing_has_no_spans() -> None:
    assert spans_of([]) == []
    assert spans_of([row(1, "normal", 0.1)]) == []
