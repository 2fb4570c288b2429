"""Results as JSON, losing nothing: amounts are text without exponent, times ISO 8601."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from p2p_pipeline.exchanges.scan.results import Spatial

Plain = dict[str, Any]
"""What a JSON object is made of: text, numbers of counts and milliseconds, booleans, null, lists, objects."""


def plain(value: Any) -> Any:
    """Any result, and what holds results, as plain values; keys are the fields' names."""
    if isinstance(value, Decimal | datetime | Enum):
        return _text(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return value


def decimal_text(number: Decimal) -> str:
    """All its digits, without exponent."""
    return format(number, "f")


def _text(value: Decimal | datetime | Enum) -> str:
    if isinstance(value, Decimal):
        return decimal_text(value)
    return value.isoformat() if isinstance(value, datetime) else str(value.value)


def spatial_to_plain(found: Spatial) -> Plain:
    """One opportunity with its whole calculation."""
    return dict(plain(found))
