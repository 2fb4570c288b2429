"""The envelope around all that Binance P2P answers."""

from __future__ import annotations

from typing import Any

import orjson

from p2p_pipeline.p2p.simulator.answers import WireAnswer


def success(data: Any, total: int | None = None) -> WireAnswer:
    """What was asked for."""
    envelope = {"code": "000000", "message": None, "messageDetail": None, "data": data, "total": total, "success": True}
    return WireAnswer(orjson.dumps(envelope))


def illegal_parameter() -> WireAnswer:
    """HTTP 200 with the code for a request that makes no sense."""
    return error(200, "000002", "illegal parameter")


def error(status: int, code: str, message: str) -> WireAnswer:
    """No answer, with the venue's own code."""
    envelope = {"code": code, "message": message, "messageDetail": None, "data": None, "success": False}
    return WireAnswer(orjson.dumps(envelope), status)
