"""The linear market's sockets: who follows which ticker and candle, and what they are told. No network."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from itertools import count

from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Outgoing, Session
from p2p_pipeline.exchanges.simulator.dialects.saying import asked_of, texts_of
from p2p_pipeline.exchanges.simulator.exchange import UNAVAILABLE, Delivery, Line
from p2p_pipeline.exchanges.simulator.faults import LINEAR, FaultName, FaultPlan
from p2p_pipeline.exchanges.simulator.limits import too_many
from p2p_pipeline.exchanges.simulator.linear.candle_feed import CandleFeed
from p2p_pipeline.exchanges.simulator.linear.feed import Feed, Sent
from p2p_pipeline.exchanges.simulator.linear.market import LinearMarket, Ticker
from p2p_pipeline.exchanges.simulator.linear.requests import answered
from p2p_pipeline.exchanges.simulator.linear.ticker_feed import TickerFeed
from p2p_pipeline.exchanges.simulator.linear.wire import INTERVALS, MOST_ARGUMENT_CHARACTERS, SOCKET, told

_REFUSES = (FaultName.MAINTENANCE, FaultName.REFUSE_CONNECTION)


class LinearExchange:
    """Bybit's linear market."""

    name = LINEAR

    def __init__(self, market: LinearMarket, faults: FaultPlan, now: float, rows_a_page: int) -> None:
        self.market = market
        self.address = ""
        self.lines: list[Line] = []
        self.moment = now
        self._faults = faults
        self._rows_a_page = rows_a_page
        self._feeds: dict[str, Feed] = {}
        self._followers: dict[str, list[Line]] = {}
        self._due: list[tuple[float, int, Feed]] = []
        self._numbers = count()
        self._beaten_at = int(now)
        self._asked_at: list[float] = []

    def own_time(self) -> float:
        """The exchange's own clock: prices, candles and fundings go by it."""
        rule = self._faults.state(FaultName.CLOCK_SKEW, LINEAR, self.moment)
        return self.moment + (0.0 if rule is None else 5.0 if rule.amount is None else rule.amount)

    def feed(self, topic: str) -> Feed | None:
        """A topic that somebody follows, as far as it was told."""
        return self._feeds.get(topic)

    def truth(self, symbol: str, moment: float | None = None) -> dict[str, Ticker | None]:
        """A ticker as its followers were told it (None where nobody follows it), and as it is, or was at a moment."""
        path, feed = self.market.paths[symbol], self._feeds.get(f"tickers.{symbol}")
        number = path.number_at(self.own_time() if moment is None else moment)
        told = feed.told if isinstance(feed, TickerFeed) else None
        return {"published": told, "true": self.market.ticker(symbol, number)}

    def has(self, path: str) -> bool:
        """Whether a socket's path is this market's."""
        return path.partition("?")[0] == SOCKET

    # --- sockets

    def open(self, path: str, now: float) -> tuple[Line, list[Outgoing]] | None:
        """A client's new socket; None when it is turned away."""
        self.moment = now
        if any(self._faults.state(name, LINEAR, now) for name in _REFUSES):
            return None
        line = Line(Session(path), now)
        self.lines.append(line)
        return line, []

    def heard(self, line: Line, message: Outgoing, now: float) -> list[Outgoing]:
        """What a client is answered: one bad topic refuses the whole request."""
        self.moment = now
        request = asked_of(message)
        if request is None:
            return [told({}, "Failed to decode incoming data", is_good=False)]
        operation, topics = request.get("op"), texts_of(request.get("args"))
        if operation == "ping":
            return [told(request, "pong")]
        if operation == "unsubscribe":
            for topic in topics:
                self._leave(line, topic)
            return [told(request)]
        wrong = self._wrong(line, topics) if operation == "subscribe" else "error:invalid op"
        if wrong:
            return [told(request, wrong, is_good=False)]
        return [told(request), *(frame for topic in topics for frame in self._join(line, topic))]

    def closed(self, line: Line) -> None:
        """A client's socket is gone."""
        if line in self.lines:
            self.lines.remove(line)
            for topic in list(line.session.subscriptions):
                self._leave(line, topic)

    def advance(self, now: float) -> list[Delivery]:
        """All that sockets must be told up to a time, in order."""
        self.moment = now
        deliveries: list[Delivery] = []
        if self._faults.state(FaultName.MAINTENANCE, LINEAR, now) is not None:
            for line in self.lines:
                line.must_close = True
            return [(line, []) for line in self.lines]
        own_time = self.own_time()
        while self._due and self._due[0][0] <= own_time:
            _, _, feed = heapq.heappop(self._due)
            if self._feeds.get(feed.topic) is not feed:
                continue
            sent, again_at = feed.advance(own_time)
            deliveries += [
                (line, frames)
                for line in self._followers[feed.topic]
                for each in sent
                if (frames := self._frames(each))
            ]
            heapq.heappush(self._due, (again_at, next(self._numbers), feed))
        if int(now) > self._beaten_at:
            self._beaten_at = int(now)
            deliveries += self._ended(now)
        return deliveries

    # --- requests

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes, now: float) -> Answer | None:  # noqa: ARG002
        """The answer to a REST request about linear contracts; None for one that is not."""
        self.moment = now
        if query.get("category") != "linear":
            return None
        if self._faults.state(FaultName.MAINTENANCE, LINEAR, now):
            return UNAVAILABLE
        if self._is_asked_too_often(now):
            return too_many("bybit")
        return answered(self.market, path, query, int(self.own_time() * 1000), self._rows_a_page)

    # --- within

    def _wrong(self, line: Line, topics: list[str]) -> str:
        """What is wrong with a subscription; empty for nothing."""
        if not topics:
            return "error:request args is empty"
        for place, topic in enumerate(topics):
            if not self._is_known(topic):
                return f"error:handler not found,topic:{topic}"
            if topic in line.session.subscriptions or topic in topics[:place]:
                return f"error:already subscribed,topic:{topic}"
        asked = sum(len(topic) + 3 for topic in (*line.session.subscriptions, *topics)) + 1
        return "error:args length exceeds 21000" if asked > MOST_ARGUMENT_CHARACTERS else ""

    def _is_known(self, topic: str) -> bool:
        kind, *rest = topic.split(".")
        is_one = (kind == "tickers" and len(rest) == 1) or (kind == "kline" and len(rest) == 2 and rest[0] in INTERVALS)
        if not is_one or rest[-1] not in self.market.paths:
            return False
        return not self._faults.strikes(FaultName.REFUSE_SUBSCRIPTION, LINEAR, self.moment, rest[-1])

    def _join(self, line: Line, topic: str) -> list[Outgoing]:
        feed = self._feeds.get(topic)
        if feed is None:
            made = TickerFeed if topic.startswith("tickers.") else CandleFeed
            feed = self._feeds[topic] = made(self.market, self._faults, topic, self.own_time())
            heapq.heappush(self._due, (feed.begins_at, next(self._numbers), feed))
        line.session.subscriptions[topic] = (topic, None)
        self._followers.setdefault(topic, []).append(line)
        return feed.first(self.own_time())

    def _leave(self, line: Line, topic: str) -> None:
        if line.session.subscriptions.pop(topic, None) is not None:
            self._followers[topic].remove(line)
            if not self._followers[topic]:
                del self._followers[topic], self._feeds[topic]

    def _frames(self, sent: Sent) -> list[Outgoing]:
        """What one socket is told of a frame."""
        if not self._faults.rules():
            return [sent.frame]
        if self._faults.strikes(FaultName.DROP, LINEAR, self.moment, sent.symbol):
            return []
        is_twice = self._faults.strikes(FaultName.DOUBLE, LINEAR, self.moment, sent.symbol)
        return [sent.frame, sent.frame] if is_twice else [sent.frame]

    def _ended(self, now: float) -> list[Delivery]:
        rule = self._faults.state(FaultName.DISCONNECT, LINEAR, now)
        if rule is None:
            return []
        most = 30.0 if rule.amount is None else rule.amount
        for line in self.lines:
            line.must_close |= now - line.opened_at >= most
        return [(line, []) for line in self.lines if line.must_close]

    def _is_asked_too_often(self, now: float) -> bool:
        rule = self._faults.state(FaultName.RATE_LIMIT, LINEAR, now)
        if rule is None or rule.amount is None:
            return rule is not None and self._faults.strikes(FaultName.RATE_LIMIT, LINEAR, now)
        self._asked_at = [asked for asked in self._asked_at if now - asked < 1.0]
        self._asked_at.append(now)
        return len(self._asked_at) > rule.amount
