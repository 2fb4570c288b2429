"""Why a pair is no opportunity: exactly one of these each, and all are counted."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """In the order in which they are looked at; the first that applies is the one."""

    IDENTITY_UNCONFIRMED = "identity_unconfirmed"
    """The two are not known to be the same asset on the same chain."""
    BOOK_INVALID = "book_invalid"
    BOOK_STALE = "book_stale"
    BOOK_CROSSED = "book_crossed"
    BELOW_STEP = "below_step"
    BELOW_MIN_NOTIONAL = "below_min_notional"
    BELOW_MIN_EDGE = "below_min_edge"
    TOO_GOOD = "too_good"
    """Kept in quarantine with its books."""


class Transfer(StrEnum):
    """Can what is bought be brought to where it is sold?"""

    TRANSFERABLE = "transferable"
    NEEDS_INVENTORY = "needs_inventory"
    TRANSFER_UNKNOWN = "transfer_unknown"
