"""When one feed of a symbol was heard last."""

from __future__ import annotations


class Heard:
    """Of one feed: a book that is served has the times of its own feed, whatever another one says meanwhile."""

    __slots__ = ("exchange_time_us", "received_at_ns", "received_ns")

    def __init__(self) -> None:
        self.received_ns: int | None = None
        """When its newest event came, on the clock that is passed in."""
        self.received_at_ns: int | None = None
        """The same on the wall clock."""
        self.exchange_time_us: int | None = None

    def is_older_than(self, age_ns: int, now_ns: int) -> bool:
        """Whether it was heard, and that long ago."""
        return self.received_ns is not None and now_ns - self.received_ns > age_ns
