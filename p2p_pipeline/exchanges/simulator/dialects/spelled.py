"""JSON as exchanges write it: bare numbers in the spelling that the model gave them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer


def bare(number: str) -> orjson.Fragment:
    """A number to be written without quotes, digit by digit as it is."""
    return orjson.Fragment(number)


def written(value: Any) -> str:
    """A text frame."""
    return orjson.dumps(value).decode()


def answered(value: Any, status: int = 200) -> Answer:
    """A REST answer."""
    return Answer(orjson.dumps(value), status)


def step(decimals: int) -> str:
    """The step of so many decimals: 0.01 of 2, 1 of 0."""
    return f"{10**-decimals:.{decimals}f}"


def iso(now_ms: int) -> str:
    """2026-08-16T23:37:04.316000Z."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
