"""Times as Kraken and Coinbase write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.exchanges.venues.iso_time import iso_us


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)), st.integers(0, 9))  # noqa: DTZ001
def test_a_time_is_read_to_the_microsecond_however_many_digits_it_has(when: datetime, digits: int) -> None:
    nanoseconds = f"{when.microsecond:06d}123"[:digits]
    text = when.strftime("%Y-%m-%dT%H:%M:%S") + (f".{nanoseconds}" if nanoseconds else "") + "Z"
    expected = int(when.replace(tzinfo=UTC, microsecond=0).timestamp()) * 1_000_000
    assert iso_us(text) == expected + int(nanoseconds[:6].ljust(6, "0"))


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-08-26T07:45:26+02:00", "2026-08-26T07:45:26.x", "2026-13-26T07:45:26Z"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        iso_us(text)
