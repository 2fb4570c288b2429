"""The linear market in simulated time, and a client that keeps all it is told."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from p2p_pipeline.exchanges.simulator.control import steer
from p2p_pipeline.exchanges.simulator.exchange import Line
from p2p_pipeline.exchanges.simulator.faults import LINEAR, FaultName, FaultRule
from p2p_pipeline.exchanges.simulator.hall import Hall
from p2p_pipeline.exchanges.simulator.http import Asked
from p2p_pipeline.exchanges.simulator.linear.exchange import LinearExchange
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions

NOW = 1_796_000_010.0
TURN_SECONDS = 0.05


class World:
    """A hall with Bybit alone, and one socket."""

    def __init__(
        self, *, count: int = 12, frames_a_second: float = 24.0, rows_a_page: int = 20, now: float = NOW
    ) -> None:
        options = ExchangesOptions(
            exchanges=("bybit",),
            symbols=("BTC/USDT",),
            has_extra=False,
            linear_symbols=count,
            linear_frames_per_second=frames_a_second,
            linear_rows_a_page=rows_a_page,
        )
        self.hall = Hall(options, now)
        self.now = now
        self.frames: list[Any] = []
        self.arrived: list[float] = []
        assert self.hall.linear is not None
        self.linear: LinearExchange = self.hall.linear
        self.line = self.opened()

    def opened(self) -> Line:
        market = self.hall.market_at("bybit", "/v5/public/linear")
        assert market is not None
        found = market.open("/v5/public/linear", self.now)
        assert found is not None
        return found[0]

    def say(self, operation: str, *topics: str, **more: object) -> list[Any]:
        """What is answered at once."""
        request = {"op": operation, "args": list(topics), **more}
        told = [json.loads(frame) for frame in self.linear.heard(self.line, json.dumps(request), self.now)]
        self.frames += [frame for frame in told if "topic" in frame]
        return told

    def run(self, seconds: float) -> list[Any]:
        """What is told while time passes."""
        before, until = len(self.frames), self.now + seconds
        while self.now < until - 1e-9:
            self.now = min(until, self.now + TURN_SECONDS)
            for line, frames in self.hall.advance(self.now):
                if line is self.line:
                    self.frames += [json.loads(frame) for frame in frames]
                    self.arrived += [self.now] * len(frames)
        return self.frames[before:]

    def fault(self, name: FaultName, **conditions: Any) -> None:
        self.hall.faults.add(FaultRule(name, LINEAR, **conditions), self.now)

    def ask(self, path: str, **query: object) -> Any:
        """A REST answer's document."""
        wanted = {name: str(value) for name, value in query.items()}
        answer = self.hall.answer("bybit", "GET", path, wanted, b"", self.now)
        assert answer is not None
        return json.loads(answer.body)

    def steered(self, path: str, **query: str) -> Any:
        """What the simulator tells of itself."""
        answer = steer(self.hall, Asked("GET", "truth", path, path, query))
        assert answer is not None
        return json.loads(answer.body)

    def symbols(self) -> list[str]:
        """Perpetuals of USDT in trading."""
        found = self.linear.market.contracts
        return [of.symbol for of in found if (of.kind, of.quote, of.status) == ("LinearPerpetual", "USDT", "Trading")]


def merged(frames: list[Any]) -> dict[str, dict[str, str]]:
    """By symbol: snapshots with what changed since."""
    found: dict[str, dict[str, str]] = {}
    for frame in frames:
        if frame["topic"].startswith("tickers."):
            is_first = frame["type"] == "snapshot"
            found[frame["data"]["symbol"]] = {
                **({} if is_first else found[frame["data"]["symbol"]]),
                **frame["data"],
            }
    return found


def confirmed(frames: list[Any]) -> list[dict[str, Any]]:
    """The candles that are said to be over, in the order they came."""
    rows = [row for frame in frames if frame["topic"].startswith("kline.") for row in frame["data"]]
    return [row for row in rows if row["confirm"]]


def number(text: str) -> Decimal:
    return Decimal(text)
