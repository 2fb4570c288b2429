"""Exact numbers out of Bybit's texts. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from p2p_pipeline.exchanges.venues.reading import Unreadable as Misread

_NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?").fullmatch


def number(text: object) -> Decimal:
    """An exact number out of its text."""
    if type(text) is not str or not _NUMBER(text):
        raise Misread(f"{str(text)[:40]!r} is no number")
    return Decimal(text)
