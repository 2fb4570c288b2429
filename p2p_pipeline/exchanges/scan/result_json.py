"""Results as JSON and back, losing nothing: amounts are text without exponent, times ISO 8601."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

import msgspec

from p2p_pipeline.exchanges.scan.results import CycleFound, Scan, Spatial

Plain = dict[str, Any]
"""What a JSON object is made of: text, numbers of counts and milliseconds, booleans, null, lists, objects."""

_Value = TypeVar("_Value")


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


def from_plain(found: Any, kind: type[_Value]) -> _Value:
    """The value again. Raises msgspec.ValidationError, naming the place, when it is no such value."""
    return msgspec.convert(found, kind)


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


def spatial_from_plain(found: Plain) -> Spatial:
    """The same again."""
    return from_plain(found, Spatial)


def cycle_to_plain(found: CycleFound) -> Plain:
    """One cycle with its legs."""
    return dict(plain(found))


def cycle_from_plain(found: Plain) -> CycleFound:
    """The same again."""
    return from_plain(found, CycleFound)


def scan_to_plain(scan: Scan) -> Plain:
    """A whole scan; `best_edges` becomes a list, since its keys are pairs."""
    best = [{"buy": buy, "sell": sell, "net_edge_pct": edge} for (buy, sell), edge in scan.best_edges.items()]
    rest = {field.name: getattr(scan, field.name) for field in fields(scan) if field.name != "best_edges"}
    return dict(plain({**rest, "best_edges": best}))


def scan_from_plain(found: Plain) -> Scan:
    """The same again."""
    best = {(row["buy"], row["sell"]): Decimal(row["net_edge_pct"]) for row in found["best_edges"]}
    rest = {name: value for name, value in found.items() if name != "best_edges"}
    scan = from_plain(rest, Scan)
    return replace(scan, best_edges=best, opportunities=tuple(scan.opportunities), quarantined=tuple(scan.quarantined))
