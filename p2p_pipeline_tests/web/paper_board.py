"""A paper session's folder as its process leaves it, with a board that can be changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import orjson

from p2p_pipeline.exchanges.connections.addresses import checked_source
from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.kernel.paths import DataPaths
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
from p2p_pipeline.paper.events import Command
from p2p_pipeline.paper.log.writing import LogWriter
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.replay.replaying import session_of
from p2p_pipeline.paper.sessions.about import About, write_about
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.running import take_lock
from p2p_pipeline.paper.sessions.status import SessionStatus
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.web.paper_read import PaperDesk
from p2p_pipeline_tests.paper.sessions import CONFIG, armed, moved

SESSION = "20241025T120000.000Z-0a1b2c3d"


def session_board(at: datetime, **changed: Any) -> SessionBoard:
    """A running session of three symbols: an order, a position, one that is armed."""
    now = int(at.timestamp() * 1000)
    board = SessionBoard(
        session=SESSION, sequence=7, state="RUNNING", reason="universe_frozen", at=now, started_at=now - 60_000,
        stops_at=None, is_simulated=True, log_lines=12, start_equity="10000", equity="10001.25", realised="1.3",
        fees="0.05", funding="0", trades=2, wins=1, universe=3, excluded=1,
        by_state={"ARMED": 1, "ORDER": 1, "POSITION": 1}, counters={"signals": 4, "conflicting_signal": 1},
        next_funding_at=now + 3_600_000, cools_from=now + 3_540_000,
        models=tuple(
            ModelRow(name, 2, 1, realised, "0.05", "0", equity)
            for name, realised, equity in (
                ("touch", "1.3", "10001.25"), ("through", "0.4", "10000.35"), ("queue_late", "-0.2", "9999.75")
            )
        ),
        orders=(OrderRow(3, "ETHUSDT", "LONG", "2500.1", "0.04", now - 5_000, now + 25_000),),
        positions=(
            PositionRow(2, "SOLUSDT", "SHORT", "150.2", "0.66", now - 30_000, "149.3", "150.8", "150", "0.132"),
        ),
        connections=(ConnectionRow("1", True, now, 6),),
        rows=(
            row("BTCUSDT", "ARMED", "67000.5", "0.1234", now), row("ETHUSDT", "ORDER", "2502.6", "0.61", now),
            row("SOLUSDT", "POSITION", "150", "-0.72", now),
        ),
    )  # fmt: skip
    return msgspec.structs.replace(board, **changed)


def row(symbol: str, state: str, mark: str, move: str, now: int) -> SymbolRow:
    """A symbol's row."""
    return SymbolRow(
        symbol=symbol, state=state, mark=mark, oiv="1000000.25", price_move_pct=move, oiv_move_pct="0.9",
        oi_move_pct="0.3", reference_end=now - 120_000, funding_rate="0.0001", next_funding_at=now + 3_600_000,
        heard_at=now - 200, bid=mark, ask=mark, last=mark,
    )  # fmt: skip


@contextmanager
def left_running(folder: Path, board: SessionBoard) -> Iterator[SessionFolder]:
    """The same with somebody who has its lock: it runs."""
    found = left_board(folder, board)
    descriptor = take_lock(found)
    try:
        yield found
    finally:
        os.close(descriptor)


def left_board(folder: Path, board: SessionBoard) -> SessionFolder:
    """What a session's process leaves behind, as of one board."""
    found = SessionFolder(DataPaths(folder), board.session)
    found.root.mkdir(parents=True, exist_ok=True)
    has_ended = board.state in ("STOPPED", "FAILED")
    source = "http://127.0.0.1:8530" if board.is_simulated else None
    write_about(
        found,
        About(board.session, source, board.is_simulated, board.started_at, board.stops_at, finished=has_ended),
    )
    found.config.write_text(commented_yaml(PaperSettings()))
    aside = found.board.with_suffix(".aside")
    aside.write_bytes(board_to_json(board))
    aside.replace(found.board)
    return found


def left_log(folder: Path, board: SessionBoard) -> SessionFolder:
    """The same with a log: a take-profit, a stop-loss, the stop and its summary."""
    found = left_board(folder, board)
    recording = armed("AAAUSDT", "BBBUSDT")
    for at, symbol, pct in (
        (21_900, "AAAUSDT", "0.6"), (21_950, "BBBUSDT", "-0.6"), (22_100, "AAAUSDT", "0.3"),
        (22_200, "BBBUSDT", "-0.3"), (24_000, "AAAUSDT", "1.5"), (25_000, "BBBUSDT", "0.5"), (27_000, "AAAUSDT", "1.5"),
    ):  # fmt: skip
        moved(recording, at, pct, symbol)
    settings = PaperSettings.model_validate({**CONFIG, "entry": {"post_only": False}})
    writer = LogWriter(found.log)
    frames = [from_line(orjson.dumps(line)) for line in recording.lines]
    for said in session_of(new_session(board.session, settings), in_order(frames)):
        writer.say(said)
    writer.sync()
    return found


class StillDesk(PaperDesk):
    """A desk whose sessions are those that lie there: nothing is started, told or stopped."""

    def start(self, settings: PaperSettings, source: str | None, seconds: float | None) -> SessionStatus:
        """How the newest is, as if it were the one."""
        if source is not None:
            checked_source(source)
        return self.sessions()[0]

    def stop(self, session: str | None) -> SessionStatus:
        """How it is."""
        return self.status(session)

    def tell(self, session: str, command: Command) -> SessionStatus:
        """How it is."""
        return self.status(session)
