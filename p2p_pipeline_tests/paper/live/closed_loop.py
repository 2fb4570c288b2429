"""A session against the simulated linear market in simulated time: no socket, no waiting, every frame kept.

The client here does what live/ does (pages, topics, resubscribing, candles that were lost); what is looked at is what
the session makes of it: whether it ever believes what is not so, and whether its frames give the same log again.
"""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any

from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.simulator.exchange import Line
from p2p_pipeline.exchanges.simulator.faults import LINEAR, FaultName, FaultRule
from p2p_pipeline.exchanges.simulator.hall import Hall
from p2p_pipeline.exchanges.simulator.linear.ticker_feed import TickerFeed
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.words import Request
from p2p_pipeline.paper.live.candles import LostCandles
from p2p_pipeline.paper.live.held import Held
from p2p_pipeline.paper.machine.driving import Driver
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.notes import Began, Told, note_frame
from p2p_pipeline.paper.replay.replaying import session_of
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.wire.asking import (
    SOCKET_PATH,
    answer_of,
    candles_request,
    instruments_request,
    kline_topic,
    subscribe,
    ticker_topic,
)
from p2p_pipeline.paper.wire.tickers import FIELDS
from p2p_pipeline.paper.words import Said, SessionState

SECOND_NS = 1_000_000_000
CONNECTION = "ws0"
NAME = "closed-loop"


class ClosedLoop:
    """One market, one session."""

    def __init__(
        self, settings: PaperSettings, options: ExchangesOptions, now: float, turn_seconds: float = 0.1
    ) -> None:
        self.settings = settings
        self.hall = Hall(options, now)
        assert self.hall.linear is not None
        self.market = self.hall.linear
        self.now = now
        self.frames: list[Frame] = []
        self.said: list[Said] = []
        self.untrue: list[str] = []
        self.states: Counter[str] = Counter()
        """How many symbol-seconds the session's symbols were in each state."""
        self._turn = turn_seconds
        self._held = Held(Driver(new_session(NAME, settings)))
        self.session = self._held.driver.session
        self._lost = LostCandles()
        self._line: Line | None = None
        self._wanted: set[str] = set()
        self._asked: set[str] = set()
        self._try_again_at = now
        self._requests = 0
        self._whole_second = int(now)
        self._push(note_frame(Began(NAME), int(now * 1000)))

    def fault(self, name: FaultName, **conditions: Any) -> None:
        self.hall.faults.add(FaultRule(name, LINEAR, **conditions), self.now)

    def end_faults(self) -> None:
        self.hall.faults.replace((), self.now)

    def run(self, seconds: float) -> list[Said]:
        """What the session says while time passes."""
        before, until = len(self.said), self.now + seconds
        while self.now < until - 1e-6:
            self._advance(min(until, self.now + self._turn))
        return self.said[before:]

    def stop(self) -> None:
        """By command, as a person does."""
        self._push(note_frame(Told("stop"), int(self.now * 1000)))
        self.said += self._held.release(int(self.now * 1000) + 1)
        assert self.session.state is SessionState.STOPPED

    def replayed(self) -> list[Said]:
        """What a session says of the frames that were kept, read anew."""
        return list(session_of(new_session(NAME, self.settings), in_order(self.frames)))

    def counted(self) -> Counter[str]:
        """Lines of the log by type."""
        return Counter(one.type for one in self.said)

    # --- within

    def _advance(self, now: float) -> None:
        self.now = now
        # what arrives in a millisecond is held until it is over: looked at is what came before
        self.said += self._held.release(int(now * 1000))
        if int(now) > self._whole_second:
            self._whole_second = int(now)
            self._judge()
        for line, told in self.hall.advance(now):
            if line is self._line:
                for message in told:
                    self._heard(message)
                if line.must_close:
                    self._end()
        if now >= self._try_again_at:
            self._work()

    def _work(self) -> None:
        """A list, a connection, topics, a candle that was lost: one each, again in a moment."""
        self._try_again_at = self.now + 0.25
        if self.session.next_page is not None:
            self._ask(instruments_request(self.session.next_page))
            return
        if self._line is None:
            found = self.market.open(SOCKET_PATH, self.now)
            if found is None:
                self._try_again_at = self.now + 1.0
                return
            self._line, self._asked = found[0], set()
            self._push(self._frame(Passage.OPENED, b""))
        self._subscribe()
        symbol = self._lost.next(self.session, int(self.now * 1000))
        if symbol is not None:
            self._ask(candles_request(symbol, self.settings.timeframe_minutes))

    def _subscribe(self) -> None:
        session = self.session
        minutes = self.settings.timeframe_minutes
        symbols = list(session.traded if session.is_frozen else session.instruments)
        wanted = [ticker_topic(symbol) for symbol in symbols]
        wanted += [kline_topic(symbol, minutes) for symbol in symbols if session.is_frozen]
        for topic in wanted:
            if topic not in self._asked and self._line is not None:
                self._asked.add(topic)
                self._requests += 1
                for message in self.market.heard(self._line, subscribe([topic], self._requests), self.now):
                    self._heard(message)

    def _heard(self, message: str | bytes) -> None:
        body = message.encode() if isinstance(message, str) else message
        answer = answer_of(body)
        if answer is not None and not answer.is_good:
            # a refused one is asked for again, as by a new connection
            self._asked.discard(answer.reason.rpartition("topic:")[2])
        self._push(self._frame(Passage.SOCKET, body))

    def _end(self) -> None:
        if self._line is not None:
            self.market.closed(self._line)
            self._line, self._try_again_at = None, self.now + 1.0
            self._push(self._frame(Passage.CLOSED, b"going away"))

    def _ask(self, request: Request) -> None:
        answer = self.hall.answer("bybit", "GET", request.path, dict(request.query), b"", self.now)
        assert answer is not None
        frame = Frame("bybit", "rest", Passage.REST, answer.body, self._ns(), request.url, status=answer.status)
        if answer.status == 200:
            self._push(frame)

    def _frame(self, passage: Passage, body: bytes) -> Frame:
        return Frame("bybit", CONNECTION, passage, body, self._ns(), f"ws://127.0.0.1/bybit{SOCKET_PATH}")

    def _ns(self) -> int:
        return int(self.now * 1000) * 1_000_000

    def _push(self, frame: Frame) -> None:
        self.frames.append(frame)
        self._held.push(frame)

    def _judge(self) -> None:
        """The session's merged tickers are what the exchange has published; its candles are the true ones."""
        for symbol, traded in self.session.traded.items():
            self.states[str(traded.state)] += 1
            market = self.session.markets[symbol]
            feed = self.market.feed(ticker_topic(symbol))
            if not market.has_snapshot or not isinstance(feed, TickerFeed):
                continue
            for name in FIELDS & feed.told.keys():
                if market.values.get(name) != Decimal(feed.told[name]):
                    self.untrue.append(f"{self.now:.1f} {symbol} {name}: {market.values.get(name)}, {feed.told[name]}")

    def untrue_candles(self) -> list[str]:
        """Candles that were taken with another close than the true one, or a reference that was not published then."""
        found = []
        minutes = self.settings.timeframe_minutes
        for one in self.said:
            if one.type != "candle_confirmed":
                continue
            fields = one.fields
            symbol, start = fields["symbol"], fields["start"] // 60_000
            path = self.market.market.paths[symbol]
            candle = self.market.market.candles(symbol, minutes, start, start)[0]
            close = Decimal(candle.close * path.contract.tick).scaleb(-path.contract.price_decimals)
            number = path.number_at(fields["ref_oiv_at"] / 1000 + 0.001)
            oiv = Decimal(self.market.market.ticker(symbol, number)["openInterestValue"])
            if (fields["close"], fields["ref_oiv"]) != (close, oiv):
                found.append(f"{symbol} {start}: {fields['close']} {fields['ref_oiv']}, truly {close} {oiv}")
        return found


def loaded(said: list[Said], kind: str) -> list[dict[str, Any]]:
    """The lines of a type."""
    return [{"at": one.at, **json.loads(json.dumps(one.fields, default=str))} for one in said if one.type == kind]
