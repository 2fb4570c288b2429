"""The topic of one contract's candles: the one that runs, now and then, and each once more when it is over."""

from __future__ import annotations

from dataclasses import replace

from p2p_pipeline.exchanges.simulator.dialects.dialect import Outgoing
from p2p_pipeline.exchanges.simulator.faults import LINEAR, FaultName, FaultPlan
from p2p_pipeline.exchanges.simulator.linear.feed import Sent
from p2p_pipeline.exchanges.simulator.linear.market import LinearMarket
from p2p_pipeline.exchanges.simulator.linear.wire import INTERVALS, candle_frame, candle_row
from p2p_pipeline.exchanges.simulator.noise import key_of, uniform

_MINUTE = 60.0
_MOST_CONFIRM_DELAY = 0.25
_LATE_SECONDS = 3.0
_LOOK_AGAIN_SECONDS = 0.2
_LEAST_EVERY, _MOST_EVERY = 2.0, 30.0
"""Seconds between two frames of a candle that runs: of the busiest contracts, of the quietest."""


class CandleFeed:
    """Which candle was closed last, and which frames of closed ones are still to come."""

    def __init__(self, market: LinearMarket, faults: FaultPlan, topic: str, now: float) -> None:
        self.topic = topic
        _, self._interval, self.symbol = topic.split(".")
        self._minutes = INTERVALS[self._interval]
        self._market = market
        self._faults = faults
        self._path = market.paths[self.symbol]
        self._key = key_of(market.seed, "linear", "candles", topic)
        self._every = min(_MOST_EVERY, max(_LEAST_EVERY, 240.0 / self._path.a_minute))
        self._start = self._start_at(now)
        self._later: list[tuple[float, str]] = []
        """Frames that a fault holds back, and when they come."""
        self._told_at = now
        self.begins_at = now + self._every * uniform(self._key, 0)

    def first(self, now: float) -> list[Outgoing]:  # noqa: ARG002
        """Nothing: the next frame comes when it comes."""
        return []

    def advance(self, now: float) -> tuple[list[Sent], float]:
        """Closed candles first, then the one that runs."""
        if self._faults.rules() and self._faults.state(FaultName.STALL, LINEAR, now, self.symbol) is not None:
            return [], now + _LOOK_AGAIN_SECONDS
        frames: list[str] = []
        while (due_at := self._confirmed_at(self._start)) <= now:
            frames += self._confirmed(self._start, due_at)
            self._start += self._minutes
            if self._start + self._minutes < self._start_at(now):  # nobody is told of candles long gone
                self._start = self._start_at(now) - self._minutes
        frames += [frame for moment, frame in self._later if moment <= now]
        self._later = [late for late in self._later if late[0] > now]
        if now - self._told_at >= self._every and now >= self._start * _MINUTE + _MOST_CONFIRM_DELAY:
            self._told_at = now
            frames.append(self._running(now))
        again_at = min(
            max(self._told_at + self._every, now + 0.01),
            self._confirmed_at(self._start),
            *(moment for moment, _ in self._later),
        )
        return [Sent(self.symbol, frame) for frame in frames], again_at

    # --- within

    def _start_at(self, moment: float) -> int:
        return int(moment // _MINUTE) // self._minutes * self._minutes

    def _confirmed_at(self, start: int) -> float:
        """A little after its end, as it comes."""
        delay = 0.005 + uniform(self._key, start) * (_MOST_CONFIRM_DELAY - 0.01)
        return (start + self._minutes) * _MINUTE + delay

    def _running(self, now: float) -> str:
        number = self._path.number_at(now)
        candle = self._market.candle(self.symbol, self._minutes, self._start, number)
        traded_at = int(self._path.moment_of(number) * 1000)
        row = candle_row(self._path.contract, self._interval, candle, is_confirmed=False, traded_at_ms=traded_at)
        return candle_frame(self.topic, [row], int(now * 1000))

    def _confirmed(self, start: int, due_at: float) -> list[str]:
        """The frames of a candle that is over, as faults let them come."""
        frame = self._closed(start, due_at)
        if not self._faults.rules():
            return [frame]

        def strikes(name: FaultName) -> bool:
            return self._faults.strikes(name, LINEAR, due_at, self.symbol)

        if strikes(FaultName.LOST_CONFIRM):
            return []
        rule = self._faults.state(FaultName.LATE_CONFIRM, LINEAR, due_at, self.symbol)
        if strikes(FaultName.LATE_CONFIRM):
            amount = _LATE_SECONDS if rule is None or rule.amount is None else rule.amount
            self._later.append((due_at + amount, frame))
            return []
        frames = [frame]
        if strikes(FaultName.DOUBLE_CONFIRM):
            frames.append(frame)
        if strikes(FaultName.CONFLICTING_CONFIRM):
            frames.append(self._closed(start, due_at, ticks_off=3))
        return frames

    def _closed(self, start: int, due_at: float, *, ticks_off: int = 0) -> str:
        candle = self._market.candles(self.symbol, self._minutes, start, start)[0]
        if ticks_off:
            close = candle.close + ticks_off
            candle = replace(candle, close=close, high=max(candle.high, close))
        last_step = (start + self._minutes) * self._path.a_minute - 1
        traded_at = int(self._path.moment_of(last_step) * 1000)
        row = candle_row(self._path.contract, self._interval, candle, is_confirmed=True, traded_at_ms=traded_at)
        return candle_frame(self.topic, [row], int(due_at * 1000))
