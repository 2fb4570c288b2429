"""Which dialect an exchange speaks."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import cast

from p2p_pipeline.exchanges.simulator.dialects.dialect import Dialect


def dialect_of(exchange: str) -> Dialect | None:
    """A new dialect of an exchange, its class found by its end whatever its capitals; None where none is written."""
    name = f"p2p_pipeline.exchanges.simulator.dialects.{exchange}"
    if find_spec(name) is None:
        return None
    module = import_module(name)
    wanted = f"{exchange}dialect"
    return cast("Dialect", next(getattr(module, item) for item in vars(module) if item.lower() == wanted)())
