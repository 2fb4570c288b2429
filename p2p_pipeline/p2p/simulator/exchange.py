"""From a request to what will be sent, without a socket: routes, rate limit, faults, and the log of what was served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson

from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.simulator import binance_wire, bybit_wire
from p2p_pipeline.p2p.simulator.answers import WireAnswer, WireRequest
from p2p_pipeline.p2p.simulator.catalogue import Catalogue
from p2p_pipeline.p2p.simulator.fault_answers import FaultContext, damaged
from p2p_pipeline.p2p.simulator.faults import FaultName, FaultPlan, FaultRule
from p2p_pipeline.p2p.simulator.market import SimulatedOffer


@dataclass(frozen=True, slots=True)
class ServedRequest:
    """One line of the simulator's own log: the truth that a test compares a client with."""

    number: int
    at: float
    venue: str
    path: str
    market_key: str | None
    side: str | None
    page: int | None
    status: int
    fault: str | None
    total: int | None
    offer_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An answer and the fault that befell it; the faults of the connection are carried out while sending."""

    answer: WireAnswer
    rule: FaultRule | None = None


class RateLimit:
    """A bucket of tokens: so many requests a second, with a second's worth at once."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._tokens = max(1.0, per_second)
        self._last: float | None = None

    def admits(self, now: float) -> bool:
        """Take a token if there is one."""
        elapsed = 0.0 if self._last is None else max(0.0, now - self._last)
        self._last = now
        self._tokens = min(max(1.0, self._per_second), self._tokens + elapsed * self._per_second)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Exchange:
    """Both simulated venues behind one door."""

    def __init__(
        self,
        catalogue: Catalogue,
        faults: FaultPlan,
        clock: Callable[[], float],
        real_clock: Callable[[], float],
        requests_per_second: float | None = None,
    ) -> None:
        self.faults = faults
        self.clock = clock
        self._real_clock = real_clock
        self._bybit = bybit_wire.BybitWire(catalogue)
        self._binance = binance_wire.BinanceWire(catalogue)
        self._limits = {
            venue: None if requests_per_second is None else RateLimit(requests_per_second)
            for venue in ("bybit", "binance")
        }
        self._log: deque[ServedRequest] = deque(maxlen=100_000)
        self._served = 0
        self._lock = threading.Lock()

    def respond(self, request: WireRequest) -> Outgoing:
        """Answer a request, or have a fault answer it; either way it is in the log."""
        venue, wire = self._venue_of(request.path)
        now = self.clock()
        if wire is None:
            return Outgoing(WireAnswer(b'{"error":"no venue here speaks this address"}', 404))
        limit = self._limits[venue]
        if limit is not None and not limit.admits(self._real_clock()):
            refused = WireAnswer(b"Too Many Requests", 429, "text/plain", headers={"retry-after": "1"})
            self._record(venue, request, refused, "rate_limit", now)
            return Outgoing(refused)
        answer = wire.answer(request, now)
        chosen = self.faults.choose(venue, answer)
        rule = None
        if chosen is not None:
            rule, seed = chosen

            def read_page(page: int) -> bytes:
                return wire.answer(replace(request, body=_with_page(request.body, page)), now).body

            answer = damaged(answer, FaultContext(venue, rule, seed, read_page))
        self._record(venue, request, answer, None if rule is None else str(rule.name), now)
        return Outgoing(answer, rule)

    def requests(self, since: int = 0) -> list[ServedRequest]:
        """The log of what was served, oldest first; the last hundred thousand are kept."""
        with self._lock:
            return [served for served in self._log if served.number >= since]

    def book(self, market_side: MarketSide, moment: float | None = None) -> list[SimulatedOffer]:
        """The true book, in the venue's order."""
        wire = self._bybit if market_side.market.venue == "bybit" else self._binance
        at = self.clock() if moment is None else moment
        return wire.ordered_book(market_side.market, market_side.side, at)

    def _venue_of(self, path: str) -> tuple[str, bybit_wire.BybitWire | binance_wire.BinanceWire | None]:
        if path.startswith(bybit_wire.PREFIXES):
            return "bybit", self._bybit
        if path.startswith(binance_wire.PREFIX):
            return "binance", self._binance
        return "", None

    def _record(self, venue: str, request: WireRequest, answer: WireAnswer, fault: str | None, now: float) -> None:
        where = answer.market_side
        sees_ads = answer.status == 200 and fault not in _UNSEEN
        with self._lock:
            self._log.append(
                ServedRequest(
                    self._served,
                    now,
                    venue,
                    request.path,
                    None if where is None else where.market.key,
                    None if where is None else str(where.side),
                    answer.page,
                    answer.status,
                    fault,
                    answer.total,
                    answer.offer_ids if sees_ads else (),
                )
            )
            self._served += 1


_UNSEEN = frozenset(
    {
        FaultName.NEVER_ANSWERS,
        FaultName.TRUNCATED_GZIP,
        FaultName.TRUNCATED_JSON,
        FaultName.SHORT_BODY,
        FaultName.OVERSIZED_BODY,
        FaultName.GZIP_BOMB,
        FaultName.CONNECTION_RESET,
    }
)
"""Faults after which a client can't have seen the ads of the answer."""


def _with_page(body: bytes, page: int) -> bytes:
    payload: dict[str, Any] = orjson.loads(body)
    payload["page"] = str(page) if isinstance(payload.get("page"), str) else page
    return orjson.dumps(payload)
