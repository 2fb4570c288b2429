"""A recording cut at midnight (UTC), each day so that a session can begin with it. Pure.

A session needs a list of instruments and whole tickers to begin with, and both are sent once. So a later day begins, a
millisecond before its midnight, with what was known then: the newest whole list, and each ticker as it stood.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

import orjson

from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.paper.events import InstrumentPage, Rank, Ticker
from p2p_pipeline.paper.machine.queue import Arrived
from p2p_pipeline.paper.wire.reading import read

DAY_MS = 86_400_000
_CARRIED = -(1 << 40)
"""Before every frame of a connection that was received."""


class DayOf(NamedTuple):
    """One day of a recording; what arrived must be taken before the next day is asked for."""

    day: date
    arrived: Iterator[Arrived]


def days_of(arrived: Iterable[Arrived]) -> Iterator[DayOf]:
    """The days of a recording. Commands that its session was told are of no other session and left out."""
    known = Known()
    frames = (one for one in arrived if one.frame.passage is not Passage.NOTE)
    for number, (day, group) in enumerate(groupby(frames, key=lambda one: one.at // DAY_MS)):
        begins = [] if number == 0 else known.carried_to(day * DAY_MS - 1)
        rest = _taken(known, begins, group)
        yield DayOf(datetime.fromtimestamp(day * DAY_MS // 1000, UTC).date(), rest)
        # whoever took no day still changes what the next begins with
        for _ in rest:
            pass


def _taken(known: Known, begins: list[Arrived], group: Iterable[Arrived]) -> Iterator[Arrived]:
    yield from begins
    for one in group:
        known.take(one)
        yield one


class _Merged(NamedTuple):
    """A ticker as it stands."""

    frame: Frame
    """The newest of it."""
    ts: int
    values: dict[str, Decimal | None]


class Known:
    """What a session that begins later would have had to hear before."""

    def __init__(self) -> None:
        self._pages: list[Arrived] = []
        self._coming: list[Arrived] = []
        self._next_page: str | None = None
        self._tickers: dict[str, _Merged] = {}

    def take(self, arrived: Arrived) -> None:
        """One frame more."""
        frame = arrived.frame
        if frame.passage in (Passage.OPENED, Passage.CLOSED):
            self._tickers = {
                symbol: one for symbol, one in self._tickers.items() if one.frame.connection != frame.connection
            }
            return
        what = read(frame, 0)
        if isinstance(what, Ticker):
            self._merge(frame, what)
        elif isinstance(what, InstrumentPage):
            self._page(arrived, what)

    def carried_to(self, at: int) -> list[Arrived]:
        """All of it as frames of one moment, in their order."""
        tickers = [_snapshot(symbol, one, at) for symbol, one in sorted(self._tickers.items())]
        pages = [
            one._replace(at=at, number=_CARRIED + place, frame=replace(one.frame, received_at_ns=at * 1_000_000))
            for place, one in enumerate(self._pages)
        ]
        carried = [one._replace(number=_CARRIED + place) for place, one in enumerate(tickers)]
        return sorted([*carried, *pages], key=lambda one: one[:4])

    def _merge(self, frame: Frame, ticker: Ticker) -> None:
        known = self._tickers.get(ticker.symbol)
        if ticker.is_snapshot:
            self._tickers[ticker.symbol] = _Merged(frame, ticker.ts, dict(ticker.values))
        elif known is not None and known.frame.connection == frame.connection:
            known.values.update(ticker.values)
            self._tickers[ticker.symbol] = _Merged(frame, ticker.ts, known.values)

    def _page(self, arrived: Arrived, page: InstrumentPage) -> None:
        if not page.cursor:
            self._coming, self._next_page = [], ""
        if page.cursor != self._next_page:
            return
        self._coming.append(arrived)
        self._next_page = page.next_cursor or None
        if self._next_page is None:
            self._pages = self._coming


def _snapshot(symbol: str, merged: _Merged, at: int) -> Arrived:
    data = {name: "" if value is None else format(value, "f") for name, value in merged.values.items()}
    body = {
        "topic": f"tickers.{symbol}", "type": "snapshot", "ts": merged.ts, "data": {"symbol": symbol, **data},
    }  # fmt: skip
    frame = replace(merged.frame, body=orjson.dumps(body), received_at_ns=at * 1_000_000, is_binary=False)
    return Arrived(at, Rank.FRAME, frame.connection, 0, frame)
