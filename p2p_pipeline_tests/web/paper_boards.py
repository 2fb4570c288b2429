"""Boards of a session as it might run: hundreds of symbols whose prices walk, orders, positions; seeded."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.kernel.whole_file import write_whole
from p2p_pipeline.paper.board import (
    ConnectionRow,
    ModelRow,
    OrderRow,
    PositionRow,
    SessionBoard,
    SymbolRow,
    board_to_json,
)
from p2p_pipeline.paper.configuration.yaml_text import commented_yaml
from p2p_pipeline.paper.log.writing import LogWriter
from p2p_pipeline.paper.sessions.about import About, write_about
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.running import take_lock
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import Said, SessionState, SymbolState

SESSION = "20261130T090000-0a1b2c3d"
BEGAN = 1_796_029_200_000
"""2026-11-30 09:00:00 UTC."""
FUNDING_MS = 28_800_000
MOVED_SHARE = 0.7
_KNOWN = ("BTC", "ETH", "SOL", "XRP", "DOGE", "ADA", "TON", "AVAX", "LINK", "1000PEPE")
_USUAL = [SymbolState.ARMED] * 12 + [SymbolState.WAITING, SymbolState.REARMING, SymbolState.STALE]


def symbols(count: int) -> list[str]:
    """So many names, of different lengths."""
    others = [f"C{place:03d}USDT" for place in range(max(0, count - len(_KNOWN)))]
    return sorted([f"{name}USDT" for name in _KNOWN[:count]] + others)


@dataclass
class Playing:
    """A session's boards, a second each; `sequence` counts them."""

    count: int = 600
    seed: int = 7
    at: int = BEGAN + 1_234_000
    sequence: int = 0
    log_lines: int = 812
    rows: dict[str, SymbolRow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        for place, symbol in enumerate(symbols(self.count)):
            price = 10 ** self._random.uniform(-4, 5)
            state = self._random.choice(_USUAL)
            if place in (1, 4, 5):
                state = SymbolState.POSITION
            elif place in (2, 3, 6, 7):
                state = SymbolState.ORDER
            self.rows[symbol] = self._row(symbol, state, price)

    def _row(self, symbol: str, state: SymbolState, price: float) -> SymbolRow:
        step, chance = 10 ** -max(1, 4 - len(f"{price:.0f}")), self._random
        has_reference = state is not SymbolState.WAITING
        moved = chance.gauss(0, 0.4)
        return SymbolRow(
            symbol,
            state.value,
            f"{price:.{max(1, 6 - len(f'{price:.0f}'))}f}",
            f"{chance.lognormvariate(16, 1.4):.2f}",
            f"{moved:.4f}" if has_reference else None,
            f"{moved + chance.gauss(0, 0.5):.4f}" if has_reference else None,
            f"{chance.gauss(0, 0.5):.4f}" if has_reference else None,
            self.at - self.at % 300_000 if has_reference else None,
            f"{chance.gauss(0.0001, 0.00005):.6f}",
            (self.at // FUNDING_MS + 1) * FUNDING_MS,
            self.at - (14_000 if state is SymbolState.STALE else chance.randrange(900)),
            f"{price - step:.6f}",
            f"{price + step:.6f}",
            f"{price:.6f}",
        )

    def board(self) -> SessionBoard:
        """As it stands."""
        named = list(self.rows)
        return SessionBoard(
            session=SESSION, sequence=self.sequence, state=SessionState.RUNNING.value, reason="universe_frozen",
            at=self.at, started_at=BEGAN, stops_at=None, is_simulated=True, log_lines=self.log_lines,
            start_equity="10000", equity=f"{10_012.4 + self.sequence * 0.11:.2f}", realised="18.204",
            fees="4.12", funding="-0.35", trades=14, wins=9, universe=len(named), excluded=43,
            by_state=dict(Counter(row.state for row in self.rows.values())),
            counters={"conflicting_signal": 3, "unreadable": 0, "frames": 184_204 + 600 * self.sequence},
            next_funding_at=(self.at // FUNDING_MS + 1) * FUNDING_MS,
            cools_from=(self.at // FUNDING_MS + 1) * FUNDING_MS - 60_000,
            models=(
                ModelRow("touch", 14, 9, "18.204", "4.12", "-0.35", "10013.734"),
                ModelRow("through", 11, 6, "9.81", "3.3", "-0.35", "10006.16"),
                ModelRow("queue_late", 10, 5, "6.02", "2.98", "-0.2", "10002.84"),
            ),
            orders=tuple(self._order(place, named[place]) for place in (2, 3, 6, 7) if place < len(named)),
            positions=tuple(self._position(place, named[place]) for place in (1, 4, 5) if place < len(named)),
            connections=(
                ConnectionRow("tickers-1", is_open=True, heard_at=self.at - 120, topics=400),
                ConnectionRow("tickers-2", is_open=True, heard_at=self.at - 300, topics=200, reconnects=1),
                ConnectionRow("klines-1", is_open=True, heard_at=self.at - 2_400, topics=self.count),
            ),
            rows=tuple(self.rows[symbol] for symbol in sorted(self.rows)),
            state_since=BEGAN + 42_000,
        )  # fmt: skip

    def _order(self, place: int, symbol: str) -> OrderRow:
        mark = float(self.rows[symbol].mark or 1)
        return OrderRow(
            100 + place, symbol, "LONG" if place % 2 else "SHORT", _text(mark * 0.999), _text(100 / mark),
            self.at - 4_000 - self.at % 1000, self.at + 26_000 - self.at % 1000,
        )  # fmt: skip

    def _position(self, place: int, symbol: str) -> PositionRow:
        mark = float(self.rows[symbol].mark or 1)
        return PositionRow(
            90 + place, symbol, "SHORT" if place == 4 else "LONG", _text(mark * 0.998), _text(100 / mark),
            BEGAN + 900_000, _text(mark * 1.004), _text(mark * 0.994), self.rows[symbol].mark,
            f"{self._random.gauss(0.2, 0.3):.4f}",
        )  # fmt: skip

    def tick(self) -> SessionBoard:
        """The next second's."""
        self.at, self.sequence = self.at + 1_000, self.sequence + 1
        for symbol, row in self.rows.items():
            if self._random.random() < MOVED_SHARE:
                price = float(row.mark or 1) * (1 + self._random.gauss(0, 0.0003))
                self.rows[symbol] = self._row(symbol, SymbolState(row.state), price)
        return self.board()


def _text(value: float) -> str:
    """Some five digits, without an exponent."""
    return format(Decimal(f"{value:.5g}").normalize(), "f")


def kept(folder: Path, board: SessionBoard, lines: Iterable[Said] = ()) -> SessionFolder:
    """A session's folder with this board and log, as a process of its own would leave it."""
    found = SessionFolder(DataPaths(folder), board.session)
    found.root.mkdir(parents=True, exist_ok=True)
    finished = board.state in ("STOPPED", "FAILED")
    write_about(found, About(board.session, None, board.is_simulated, board.started_at, None, finished=finished))
    found.config.write_text(commented_yaml(PaperSettings()))
    shown(found, board)
    writer = LogWriter(found.log)
    for said in lines:
        writer.say(said)
    writer.sync()
    return found


def shown(folder: SessionFolder, board: SessionBoard) -> None:
    """Another board in the place of the one before."""
    write_whole(folder.board, board_to_json(board))


@contextmanager
def running(folder: SessionFolder) -> Iterator[None]:
    """As if its process lived: somebody has its lock."""
    descriptor = take_lock(folder)
    try:
        yield
    finally:
        os.close(descriptor)


def said_lines(count: int, symbol: str = "BTCUSDT") -> list[Said]:
    """A log's beginning and then one kind after another, a second each; each fourth is of a symbol of its own."""
    first = Said(BEGAN, "session_started", {"session": SESSION, "config": {}, "version": Decimal(1)})
    return [first, *(_said(place, symbol if place % 4 else "ETHUSDT") for place in range(1, count))]


def _said(place: int, symbol: str) -> Said:
    at, one = BEGAN + 1000 * place, Decimal(1)
    order = {"order": place, "symbol": symbol, "side": "LONG"}
    kinds = (
        Said(at, "candle_confirmed", {
            "symbol": symbol, "start": at - 300_000, "end": at, "close": Decimal("1.25"), "ref_oiv": Decimal(5_000_000),
            "ref_oiv_at": at,
        }),
        Said(at, "order_placed", {
            **order, "limit": Decimal("1.24"), "quantity": Decimal(80), "expires_at": at + 30_000,
        }),
        Said(at, "order_filled", {
            **order, "price": Decimal("1.24"), "quantity": Decimal(80), "fee": Decimal("0.01984"), "touched_by": "best",
            "ticks_beyond": one,
        }),
        Said(at, "position_closed", {
            **order, "entry": Decimal("1.24"), "exit": Decimal("1.2325"), "quantity": Decimal(80),
            "reason": "stop_loss",
            "realised": Decimal("-0.6"), "fee": Decimal("0.0197"),
        }),
        Said(at, "symbol_stale", {"symbol": symbol}),
    )  # fmt: skip
    return kinds[place % len(kinds)]


def stopped(board: SessionBoard) -> SessionBoard:
    """The last board of a session."""
    return replace(board, sequence=board.sequence + 1, state="STOPPED", reason="stop", orders=(), positions=())
