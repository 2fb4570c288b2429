"""What a socket of the linear market says: acknowledgements, tickers, candles. Pure."""

from __future__ import annotations

from typing import Any

import orjson

from p2p_pipeline.exchanges.simulator.linear.listing import Contract, decimal, quantity
from p2p_pipeline.exchanges.simulator.linear.market import Candle, Ticker, turnover_text

SOCKET = "/v5/public/linear"
MOST_ARGUMENT_CHARACTERS = 21_000
"""Of all that a connection asks for, as JSON."""
INTERVALS = {"1": 1, "3": 3, "5": 5, "15": 15, "30": 30, "60": 60, "120": 120, "240": 240, "360": 360, "720": 720,
             "D": 1440}  # fmt: skip
"""The spelling of an interval to its minutes."""
MINUTE_MS = 60_000
_CONNECTION = "3cd84cb1-4d06-4a05-930a-2efe5fc70f0f"


def told(request: dict[str, Any], words: str = "", *, is_good: bool = True) -> str:
    """The answer to a request; `req_id` is empty where none was sent."""
    identity = request.get("req_id", "")
    return text(
        {
            "success": is_good,
            "ret_msg": words,
            "conn_id": _CONNECTION,
            "req_id": identity if isinstance(identity, str) else "",
            "op": request.get("op", ""),
        }
    )


def ticker_frame(topic: str, kind: str, data: Ticker, sequence: int, at_ms: int) -> str:
    """A snapshot, or a delta of the fields that changed."""
    return text({"topic": topic, "type": kind, "data": data, "cs": sequence, "ts": at_ms})


def candle_frame(topic: str, rows: list[dict[str, Any]], at_ms: int) -> str:
    """Candles, one or more."""
    return text({"topic": topic, "data": rows, "ts": at_ms, "type": "snapshot"})


def candle_row(
    contract: Contract, interval: str, candle: Candle, *, is_confirmed: bool, traded_at_ms: int
) -> dict[str, Any]:
    """A candle as a socket tells it."""
    start, opened, high, low, close, volume, turnover = candle_texts(contract, candle)
    return {
        "start": int(start),
        "end": int(start) + INTERVALS[interval] * MINUTE_MS - 1,
        "interval": interval,
        "open": opened,
        "close": close,
        "high": high,
        "low": low,
        "volume": volume,
        "turnover": turnover,
        "confirm": is_confirmed,
        "timestamp": traded_at_ms,
    }


def candle_texts(contract: Contract, candle: Candle) -> list[str]:
    """A candle as a REST answer has it: start, open, high, low, close, volume, turnover."""
    prices = (candle.open, candle.high, candle.low, candle.close)
    return [
        str(candle.start * MINUTE_MS),
        *(decimal(ticks * contract.tick, contract.price_decimals) for ticks in prices),
        quantity(candle.volume, contract.quantity_decimals),
        turnover_text(candle.turnover),
    ]


def text(value: Any) -> str:
    """Compact JSON."""
    return orjson.dumps(value).decode()
