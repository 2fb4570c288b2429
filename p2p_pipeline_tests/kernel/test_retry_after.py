"""When a server that refuses wants to be asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.kernel.retry_after import retry_after_seconds

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_a_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    assert retry_after_seconds({"retry-after": " 7 "}, NOW) == 7.0
    later = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
    assert retry_after_seconds({"retry-after": later}, NOW) == 90.0
    earlier = format_datetime(NOW - timedelta(days=1), usegmt=True)
    assert retry_after_seconds({"retry-after": earlier}, NOW) == 0.0
    assert retry_after_seconds({}, NOW) is None


@given(st.text(max_size=40))
def test_no_retry_after_can_break_anything(text: str) -> None:
    seconds = retry_after_seconds({"retry-after": text}, NOW)
    assert seconds is None or seconds >= 0
