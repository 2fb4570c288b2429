"""Which snapshots show a book: one rule for prices, history, behaviour, and what counts as collected.

A snapshot that failed, was blocked, of which no page could be read, or whose first page is missing shows none. Its
slot is missing; the market was not empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import compute

NO_BOOK = ("failed", "soft_block", "no_first_page")
"""Stop reasons of snapshots that show no book."""


def shows_book(snapshot: Mapping[str, Any]) -> bool:
    """Whether a row of `snapshots` shows a book, if only an empty one."""
    return snapshot["pages"] > 0 and snapshot["stop_reason"] not in NO_BOOK


@cache
def is_usable() -> compute.Expression:
    """The rule as a filter over rows of `snapshots`."""
    # Not at import: pyarrow loads pandas to make an array, and `p2p now` needs neither.
    import pyarrow as pa
    from pyarrow import compute

    return (compute.field("pages") > 0) & ~compute.field("stop_reason").isin(pa.array(NO_BOOK))


def usable(snapshots: pa.Table) -> pa.Table:
    """The rows of `snapshots` that show a book; the others only tell how collecting failed."""
    return snapshots.filter(is_usable())
