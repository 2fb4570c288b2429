"""Decimal places of an ad's amounts, also where the venue leaves them out."""

from __future__ import annotations

from typing import Any

from p2p_pipeline.p2p.venues.reading import number, scale

_NOT_STATED = -1


def scale_of(record: dict[str, Any], stated: object, default: int, amounts: tuple[str, ...]) -> int:
    """Decimal places: what the venue states, else the default, but never fewer than the record's own amounts have.

    With two places for an asset that is traded in ten-thousandths nothing of its book could be placed.
    """
    found = scale(stated, _NOT_STATED)
    return found if found != _NOT_STATED else max(default, *(_places(record.get(field)) for field in amounts))


def _places(value: object) -> int:
    found = number(value)
    exponent = 0 if found is None else found.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0
