"""Lengths of time as people type them."""

from __future__ import annotations

import re

from p2p_pipeline.kernel.errors import InvalidInput

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)?")
_UNIT_SECONDS = {None: 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds_of(text: str) -> float:
    """Read `90` (seconds), `60s`, `10m`, `2h` or `1d`; raises InvalidInput with what to write instead."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise InvalidInput(
            "duration was {given!r}; write it above 0, as 60s, 10m or 2h; a bare number is seconds", given=text
        )
    return float(match[1]) * _UNIT_SECONDS[match[2]]
