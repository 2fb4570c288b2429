"""What a record must be before its fields are read: an object, readable as a whole, with lists of believable length."""

from __future__ import annotations

from typing import Any

from p2p_pipeline.p2p.venues.lenient_json import UnreadableRecord
from p2p_pipeline.p2p.venues.untrusted import UntrustedError, shown

MOST_PAYMENTS = 200
"""No ad of any recording lists more than 20 payment methods; 400,000 in one cost two minutes of processing."""


def demand_object(record: object) -> None:
    """Raise UntrustedError when a record is none, or holds what no JSON can hold."""
    if type(record) is dict:
        return
    if isinstance(record, UnreadableRecord):
        raise UntrustedError(
            "unreadable", "the record holds NaN, Infinity, bytes that are no UTF-8, or values nested without end."
        )
    raise UntrustedError("not_an_object", "the record is {record} instead of an object.", record=shown(record))


def demand_few(listed: object, path: str) -> list[Any]:
    """A list as the venue wrote it, empty where there is none; raises UntrustedError when no ad has that many."""
    if not isinstance(listed, list):
        return []
    if len(listed) > MOST_PAYMENTS:
        raise UntrustedError(
            "too_long",
            "{path} has {count} entries; no ad has more than {most_payments}.",
            path=path,
            count=len(listed),
            most_payments=MOST_PAYMENTS,
        )
    return listed
