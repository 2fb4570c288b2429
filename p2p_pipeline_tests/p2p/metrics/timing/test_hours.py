"""Hours as people say them: days that are alike together, hours in a row as one span."""

from __future__ import annotations

from p2p_pipeline.p2p.metrics.timing.hours import LocalHour, spans_by_days


def test_days_with_the_same_hours_are_told_together_and_hours_in_a_row_as_one() -> None:
    hours = [LocalHour(1, hour) for hour in (9, 10, 23)] + [LocalHour(3, hour) for hour in (23, 10, 9)]
    assert spans_by_days([*hours, LocalHour(5, 0)]) == [((1, 3), ((9, 11), (23, 24))), ((5,), ((0, 1),))]
    assert spans_by_days([LocalHour(None, 4)]) == [((None,), ((4, 5),))]
    assert spans_by_days([]) == []
