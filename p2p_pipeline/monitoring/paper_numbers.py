"""What running paper sessions say of themselves, and how many ended without being asked to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.monitoring.catalogue import Sample
from p2p_pipeline.paper.board import SessionBoard
from p2p_pipeline.paper.sessions.about import read_about
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.running import is_running
from p2p_pipeline.paper.sessions.status import read_board, session_folders
from p2p_pipeline.paper.words import SymbolState

TOLD_FOR = timedelta(days=1)
"""A session that ended unasked is told for a day, then it is history."""


@dataclass(frozen=True, slots=True)
class PaperNumbers:
    """Of the sessions of a data folder."""

    running: tuple[SessionBoard | None, ...]
    """The newest board of each session that has a process; None before its first."""
    died: int
    """Sessions whose process ended unasked lately."""


def read_paper(paths: DataPaths, now: datetime) -> PaperNumbers | None:
    """The numbers; None where no session was ever started. Of one that has ended no board is read."""
    running: list[SessionBoard | None] = []
    died, is_any = 0, False
    for folder in session_folders(paths):
        is_any = True
        if is_running(folder):
            running.append(read_board(folder))
        else:
            died += _died_lately(folder, now)
    return PaperNumbers(tuple(running), died) if is_any else None


def _died_lately(folder: SessionFolder, now: datetime) -> bool:
    about = read_about(folder)
    if about is None or about.finished:
        return False
    try:
        seen = folder.board.stat().st_mtime
    except OSError:
        seen = about.started_at / 1000
    return now.timestamp() - seen < TOLD_FOR.total_seconds()


def paper_samples(numbers: PaperNumbers, now: datetime) -> list[Sample]:
    """The same as samples."""
    boards = [one for one in numbers.running if one is not None]
    return [
        Sample("paper_sessions_running", len(numbers.running)),
        Sample("paper_sessions_died", numbers.died),
        *_of_boards(boards, now),
    ]


def _of_boards(boards: Iterable[SessionBoard], now: datetime) -> Iterator[Sample]:
    for board in boards:
        labels = (board.session,)
        yield Sample("paper_board_age_seconds", max(0.0, now.timestamp() - board.at / 1000), labels)
        yield Sample("paper_symbols", board.universe, labels)
        yield Sample("paper_symbols_stale", board.by_state.get(SymbolState.STALE.value, 0), labels)
        yield Sample("paper_reconnects", sum(one.reconnects for one in board.connections), labels)
        yield Sample("paper_equity_usdt", float(board.equity), labels)
