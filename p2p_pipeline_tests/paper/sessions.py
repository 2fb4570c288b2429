"""Sessions of recordings that are made by hand, in memory: what they say, a type at a time."""

from __future__ import annotations

from typing import Any

import orjson

from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.paper.events import Event
from p2p_pipeline.paper.log.lines import Chain
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.replay.replaying import session_of
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline_tests.paper.recordings import START, TICKER, Recording, instrument, kline_message, kline_row

CONFIG: dict[str, Any] = {"timeframe_minutes": 1, "universe": {"warm_up_seconds": 1}}
FIRST_END = 20_000
"""Ms after START: where the candle of `armed` ends; its close is 100, its open interest value 100,000."""


def lines_of(recording: Recording, **config: Any) -> list[dict[str, Any]]:
    """The log, parsed; `at` and other times are ms after START."""
    frames = [from_line(orjson.dumps(line)) for line in recording.lines]
    settings = PaperSettings.model_validate({**CONFIG, **config})
    chain = Chain()
    said = [chain.line(one) for one in session_of(new_session("test", settings), in_order(frames))]
    found = [orjson.loads(line) for line in said]
    for line in found:
        for name in ("at", "expires_at", "start", "end", "ref_oiv_at", "funding_at"):
            if name in line:
                line[name] -= START
    return found


def of_type(lines: list[dict[str, Any]], *types: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["type"] in types]


def types_of(lines: list[dict[str, Any]]) -> list[str]:
    return [line["type"] for line in lines]


def armed(*symbols: str, **changed: Any) -> Recording:
    """A session whose symbols are armed at 20.5 s by a candle: close 100, open interest value 100,000."""
    names = symbols or ("AAAUSDT",)
    recording = Recording().instruments(*(instrument(symbol, **changed) for symbol in names))
    for symbol in names:
        recording.snapshot(100, symbol)
    for symbol in names:
        recording.ticker(19_000, symbol)
    for symbol in names:
        recording.put(20_500, kline_message(symbol, 1, [kline_row(FIRST_END - 60_000, 1, "100")]))
    return recording


def moved(recording: Recording, at: int, pct: str = "1", symbol: str = "AAAUSDT", **values: str) -> Recording:
    """Mark and open interest value by a per cent of the references, the book around it."""
    factor = 1 + float(pct) / 100
    mark = f"{100 * factor:.1f}"
    prices = {"markPrice": mark, "lastPrice": mark, "bid1Price": f"{100 * factor - 0.1:.1f}"}
    prices |= {"ask1Price": f"{100 * factor + 0.1:.1f}", "openInterestValue": f"{100_000 * factor:.0f}"}
    return recording.ticker(at, symbol, **{**prices, **values})  # type: ignore[arg-type]


__all__ = ["CONFIG", "FIRST_END", "START", "TICKER", "Event", "armed", "lines_of", "moved", "of_type", "types_of"]
