"""The topic of one contract's ticker: a snapshot, then what has changed."""

from __future__ import annotations

from p2p_pipeline.exchanges.simulator.dialects.dialect import Outgoing
from p2p_pipeline.exchanges.simulator.faults import LINEAR, FaultName, FaultPlan
from p2p_pipeline.exchanges.simulator.linear.feed import Sent
from p2p_pipeline.exchanges.simulator.linear.market import LinearMarket, Ticker
from p2p_pipeline.exchanges.simulator.linear.wire import ticker_frame

_LOOK_AGAIN_SECONDS = 0.2
_SEQUENCE_FACTOR = 997


class TickerFeed:
    """What was told last, and what differs now."""

    def __init__(self, market: LinearMarket, faults: FaultPlan, topic: str, now: float) -> None:
        self.topic = topic
        self.symbol = topic.split(".")[1]
        self._market = market
        self._faults = faults
        self._path = market.paths[self.symbol]
        self._number = self._path.number_at(now)
        self.told: Ticker = market.ticker(self.symbol, self._number)
        self.begins_at = self._path.moment_of(self._number + 1)
        self._tells_all = False

    def first(self, now: float) -> list[Outgoing]:
        """The whole ticker; of one that is stalled how it truly is, as after any new connection."""
        number, ticker = self._number, self.told
        if self._is_stalled(now):
            number = self._path.number_at(now)
            ticker, self._tells_all = self._market.ticker(self.symbol, number), True
        return [ticker_frame(self.topic, "snapshot", ticker, number * _SEQUENCE_FACTOR, self._at_ms(number))]

    def advance(self, now: float) -> tuple[list[Sent], float]:
        """One delta, however many steps have passed."""
        if self._is_stalled(now):
            return [], now + _LOOK_AGAIN_SECONDS
        number = self._path.number_at(now)
        again_at = self._path.moment_of(number + 1)
        if number <= self._number:
            return [], again_at
        ticker, before = self._market.ticker(self.symbol, number), self.told
        data = ticker
        if not self._tells_all:
            data = {name: text for name, text in ticker.items() if before[name] != text}
            data = {"symbol": self.symbol, **data}
        self._number, self.told, self._tells_all = number, ticker, False
        at_ms = self._at_ms(number)
        frame = ticker_frame(self.topic, "delta", data, number * _SEQUENCE_FACTOR, at_ms)
        return [Sent(self.symbol, frame)], again_at

    def _is_stalled(self, now: float) -> bool:
        return bool(self._faults.rules()) and (
            self._faults.state(FaultName.STALL, LINEAR, now, self.symbol) is not None
        )

    def _at_ms(self, number: int) -> int:
        return int(self._path.moment_of(number) * 1000)
