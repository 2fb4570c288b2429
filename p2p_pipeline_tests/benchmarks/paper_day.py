"""A day of Bybit's linear market that is made up: random walks of many symbols, as columns or as frames."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import orjson

from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.paper.columns.chunk import COLUMNS, NUMBERS, TRADABLE, Chunk, Kind, Rare, Shown, Whole, exact
from p2p_pipeline.paper.events import Rank
from p2p_pipeline_tests.paper.recordings import INSTRUMENTS, SOCKET, START, instrument, kline_message, kline_row

BEGIN = START // 300_000 * 300_000
"""The end of a candle of five minutes."""
CHUNK_SECONDS = 600
DIGITS = dict(zip(NUMBERS, (4, 2, 4, 4, 4, 0, 6, 4, 4, 0), strict=True))
CANDLE_MS = 300_000
_CONNECTIONS = 3


@dataclass(frozen=True, slots=True)
class Day:
    """What is made."""

    symbols: int = 600
    seconds: int = 86_400
    every: int = 1
    """Seconds between two ticker frames of a symbol."""
    seed: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        """Its symbols, by name."""
        return tuple(f"S{number:03d}USDT" for number in range(self.symbols))

    def chunks(self) -> Iterator[Chunk]:
        """As columns, one after the other."""
        rng, order = np.random.default_rng(self.seed), 0
        mark = rng.integers(50_000, 500_000, self.symbols)
        interest = rng.integers(10**6, 10**7, self.symbols)
        last = None
        for second in range(0, self.seconds, CHUNK_SECONDS):
            length = min(CHUNK_SECONDS, self.seconds - second)
            values = self._walk(rng, mark, interest, second, length)
            mark, interest = values["markPrice"][:, -1], values["openInterest"][:, -1]
            chunk = self._chunk(values, second, length, order, last)
            last = {name: rows[:, -1:] for name, rows in values.items()}
            order += chunk.rows + len(chunk.rare)
            yield chunk

    def _walk(
        self, rng: np.random.Generator, mark: Whole, interest: Whole, second: int, length: int
    ) -> dict[str, Whole]:
        """A symbol a row, a frame a column. A second's standard deviation is 0.02 % of the price."""
        many = (self.symbols, length // self.every)
        steps = (rng.standard_normal(many) * (mark[:, None] * 0.0002 * self.every**0.5)).astype(np.int64)
        marks = np.maximum(mark[:, None] + np.cumsum(steps, axis=1), 1_000)
        steps = (rng.standard_normal(many) * (interest[:, None] * 0.0002 * self.every**0.5)).astype(np.int64)
        interests = np.maximum(interest[:, None] + np.cumsum(steps, axis=1), 10_000)
        spread = np.maximum(marks // 5_000, 1)
        # each symbol has its millisecond of the second, so that frames of 600 are spread over it
        offsets = (np.arange(self.symbols) * 997 // max(self.symbols, 1))[:, None]
        at = BEGIN + (second + np.arange(many[1]) * self.every)[None, :] * 1000 + offsets
        same = {"fundingRate": 100, "highPrice24h": 6_000_000, "lowPrice24h": 900, "turnover24h": 9_000_000}
        # the next hour's, shown 30 seconds after it began
        funding_at = BEGIN + ((at - BEGIN - 30_000) // 3_600_000 + 1) * 3_600_000
        return {
            "at": at, "ts": at - 20, "nextFundingTime": funding_at, "markPrice": marks,
            "openInterestValue": interests * marks // 100, "lastPrice": marks + spread // 2,
            "bid1Price": marks - spread, "ask1Price": marks + spread, "openInterest": interests,
            **{name: np.full(many, value) for name, value in same.items()},
        }  # fmt: skip

    def _chunk(
        self, values: dict[str, Whole], second: int, length: int, order: int, last: dict[str, Whole] | None
    ) -> Chunk:
        rare = self._rare(values, second)
        at = np.concatenate([values["at"].ravel(), np.array([one.at for one in rare], np.int64)])
        rank = np.concatenate([np.zeros(values["at"].size, np.int64), np.array([one.rank for one in rare], np.int64)])
        places = np.empty(len(at), np.int64)
        places[np.lexsort((np.arange(len(at)), rank, at))] = order + np.arange(len(at))
        orders = places[: values["at"].size].reshape(values["at"].shape)
        kinds = np.full(orders.shape, Kind.DELTA | TRADABLE)
        if last is None:
            kinds[:, 0] = Kind.SNAPSHOT | TRADABLE
        values = {**values, "order": orders, "kind": kinds}
        if last is not None:
            carried = {"order": -1, "kind": Kind.CARRIED | TRADABLE}
            before = {**last, **{name: np.full((self.symbols, 1), one) for name, one in carried.items()}}
            values = {name: np.concatenate([before[name], rows], axis=1) for name, rows in values.items()}
        width = values["at"].shape[1]
        return Chunk(
            until=int(at.max()) + 1 if second + length >= self.seconds else BEGIN + (second + length) * 1000,
            symbols=self.names,
            starts=np.arange(self.symbols + 1) * width,
            digits=np.tile(np.array([DIGITS[name] for name in NUMBERS], np.int8), (self.symbols, 1)),
            columns={name: values[name].ravel() for name in COLUMNS},
            rare=tuple(one._replace(order=int(place)) for one, place in zip(rare, places[orders.size :], strict=True)),
            funding=self._funding(values),
        )

    def _rare(self, values: dict[str, Whole], second: int) -> list[Rare]:
        """The instruments first, and each symbol's candle soon after its end."""
        found = []
        if second == 0:
            rows = [instrument(name, priceFilter={"tickSize": "0.0001"}) for name in self.names]
            result = {"category": "linear", "list": rows, "nextPageCursor": ""}
            body = json.dumps({"retCode": 0, "retMsg": "OK", "result": result}).encode()
            frame = Frame("bybit", "http0", Passage.REST, body, BEGIN * 1_000_000, INSTRUMENTS)
            found.append(Rare(0, BEGIN, Rank.REST, "http0", 0, 0, -1, frame))
        at, begin = values["at"], -(-second * 1000 // CANDLE_MS) * CANDLE_MS
        for end in range(begin or CANDLE_MS, (second + CHUNK_SECONDS) * 1000, CANDLE_MS):
            for place, name in enumerate(self.names):
                column = int(np.searchsorted(at[place], BEGIN + end))
                received = BEGIN + end + 200 + place % 100
                if column >= at.shape[1] or received >= int(at[place, -1]):
                    continue
                close = exact(int(values["lastPrice"][place, max(column - 1, 0)]), 4)
                row = kline_row(end - CANDLE_MS + BEGIN - START, 5, f"{close:f}")
                body = json.dumps(kline_message(name, 5, [row])).encode()
                frame = Frame("bybit", f"ws{place % _CONNECTIONS}", Passage.SOCKET, body, received * 1_000_000, SOCKET)
                found.append(Rare(0, received, Rank.FRAME, frame.connection, 0, 5, received - 1, frame))
        return found

    def _funding(self, values: dict[str, Whole]) -> tuple[Shown, ...]:
        found = []
        for place, name in enumerate(self.names):
            times, firsts = np.unique(values["nextFundingTime"][place], return_index=True)
            for funding_at, first in zip(times.tolist(), firsts.tolist(), strict=True):
                is_new = first > 0 or values["order"][place, 0] >= 0
                order = int(values["order"][place, first]) if is_new else -1
                found.append(Shown(name, funding_at, exact(100, 6), has_rate=True, order=order))
        return tuple(found)


def frames_of(chunk: Chunk) -> Iterator[Frame]:
    """The frames that a chunk would have been made of: a snapshot, then what changes at every frame of a ticker."""
    starts = chunk.starts.tolist()
    rows = [
        (int(order), piece, row)
        for piece in range(len(chunk.symbols))
        for row in range(starts[piece], starts[piece + 1])
        if (order := chunk.columns["order"][row]) >= 0
    ]
    rare = [(one.order, -1, place) for place, one in enumerate(chunk.rare)]
    for _, piece, row in sorted(rows + rare):
        yield chunk.rare[row].frame if piece < 0 else _ticker(chunk, piece, row)


def _ticker(chunk: Chunk, piece: int, row: int) -> Frame:
    columns, name = chunk.columns, chunk.symbols[piece]
    is_snapshot = int(columns["kind"][row]) & ~TRADABLE == Kind.SNAPSHOT
    told = NUMBERS if is_snapshot else NUMBERS[:6]
    data = {"symbol": name} | {one: f"{exact(int(columns[one][row]), DIGITS[one]):f}" for one in told}
    if is_snapshot or columns["nextFundingTime"][row] != columns["nextFundingTime"][row - 1]:
        data["nextFundingTime"] = str(columns["nextFundingTime"][row])
    body = {
        "topic": f"tickers.{name}", "type": "snapshot" if is_snapshot else "delta", "ts": int(columns["ts"][row]),
        "cs": int(columns["order"][row]), "data": data,
    }  # fmt: skip
    at = int(columns["at"][row])
    connection = f"ws{piece % _CONNECTIONS}"
    return Frame("bybit", connection, Passage.SOCKET, orjson.dumps(body), at * 1_000_000, SOCKET)
