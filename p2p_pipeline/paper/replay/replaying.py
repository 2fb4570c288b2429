"""A recording made into its session again: the same log, on any day and any machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import chain
from pathlib import Path
from typing import Protocol

from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.frames.reader import read_frames
from p2p_pipeline.exchanges.frames.recordings import read_recording
from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.paper.columns.arriving import Late, nearly_in_order
from p2p_pipeline.paper.columns.making import NotColumnar, chunks_of
from p2p_pipeline.paper.columns.run import Run
from p2p_pipeline.paper.columns.running import run_chunks
from p2p_pipeline.paper.columns.storing import read_columns
from p2p_pipeline.paper.log.naming import name_of
from p2p_pipeline.paper.log.scanning import sha256_of
from p2p_pipeline.paper.log.writing import LOG_NAME, LogWriter
from p2p_pipeline.paper.machine.driving import Driver
from p2p_pipeline.paper.machine.queue import Arrived, in_order
from p2p_pipeline.paper.machine.state import Session, new_session
from p2p_pipeline.paper.notes import CONNECTION, EXCHANGE
from p2p_pipeline.paper.replay.resuming import resumes_of, said_by
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import Said

__all__ = ["LeftOut", "NoSession", "Replayed", "name_of", "recorded", "replay", "session_of"]

LeftOut = Callable[[Path, int, str], None]
"""Told a file, a line or position in it, and why it is left out."""


_LINES_AT_ONCE = 50_000


class NoSession(ClearError):
    """A recording that no session can be made of; says what it lacks."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to, as `p2p paper replay --json` prints it."""

    session: str
    events: int
    """Lines of the log."""
    trades: int
    realised: Decimal
    fees: Decimal
    funding: Decimal
    equity: Decimal
    log: Path
    sha256: str
    """Of the log's bytes."""


class Driven(Protocol):
    """Whoever makes a session say something."""

    session: Session
    """As it is by then."""


def replay(recording: Path, settings: PaperSettings, sessions: Path, left_out: LeftOut) -> Replayed:
    """Replay a recording into its folder below `sessions`; one that is there from before is replaced.

    `recording` may be a folder of columns too. Raises NoSession, and RecordingError for a file that is no recording.
    """
    columns = read_columns(recording) if recording.is_dir() else None
    if columns is not None:
        run = Run(new_session(name_of(columns.start, settings), settings), columns.start)
        return _replayed(run, run_chunks(run, columns.chunks()), sessions, recording)
    try:
        return _by_columns(recording, settings, sessions, left_out)
    except (Late, NotColumnar):
        # told already what is left out
        pass
    try:
        return _by_frames(nearly_in_order(recorded(recording, _nobody)), recording, settings, sessions)
    except Late:
        return _by_frames(in_order(recorded(recording, _nobody)), recording, settings, sessions)


def _by_columns(recording: Path, settings: PaperSettings, sessions: Path, left_out: LeftOut) -> Replayed:
    """A stretch of the recording after the other made into columns, and run: so the memory holds one."""
    arrived = nearly_in_order(recorded(recording, left_out))
    first = next(arrived, None)
    if first is None:
        raise NoSession(
            "{path} has no frame of Bybit's linear market with the time when it was received (received_at_ns): a "
            "session's clock would have to be guessed; record it with times",
            path=recording,
        )
    run = Run(new_session(name_of(first.at, settings), settings), first.at)
    return _replayed(run, run_chunks(run, chunks_of(chain([first], arrived))), sessions, recording)


def _by_frames(arrived: Iterable[Arrived], recording: Path, settings: PaperSettings, sessions: Path) -> Replayed:
    """The same frame by frame: what columns can't hold."""
    rest = iter(arrived)
    first = next(rest)
    driver = Driver(new_session(name_of(first.at, settings), settings))
    said = said_by(driver, chain([first], rest), resumes_in(recording))
    return _replayed(driver, said, sessions, recording)


def resumes_in(recording: Path) -> list[int]:
    """The lines that its session went on from after crashes."""
    if not recording.is_dir():
        return resumes_of(recorded(recording, _nobody))
    notes = read_frames(recording, (EXCHANGE,), sources=tuple(Source), connections=(CONNECTION,))
    return resumes_of(notes)


def _replayed(driven: Driven, said: Iterator[Said], sessions: Path, recording: Path) -> Replayed:
    begun = []
    while driven.session.next_page is not None and not driven.session.is_frozen:
        one = next(said, None)
        if one is None:
            raise _unlisted(recording, driven.session.next_page)
        begun.append(one)
    name = driven.session.name
    # a recording may begin in the same millisecond as a live session: its folder is never written over
    aside = sessions / "replays" if (sessions / name / "session.json").exists() else sessions
    return written(aside / name / LOG_NAME, driven, chain(begun, said))


def _unlisted(recording: Path, missing: str) -> NoSession:
    return NoSession(
        "{path} has no complete list of instruments ({what} of /v5/market/instruments-info?category=linear is "
        "missing): a session would have to guess tick sizes and quantity steps; record that REST answer too",
        path=recording,
        what=f"the page after {missing!r}" if missing else "the answer",
    )


def _nobody(path: Path, place: int, reason: str) -> None:
    """Nobody wants to know twice."""


def written(path: Path, driven: Driven, said: Iterable[Said]) -> Replayed:
    """Write a new log of what a driver says until its end, and what the session came to."""
    log = LogWriter(path)
    for number, one in enumerate(said, 1):
        log.say(one)
        if number % _LINES_AT_ONCE == 0:
            log.sync()
    log.sync()
    session = driven.session
    account = session.account
    with localcontext(EXACT):
        equity = account.equity
    return Replayed(
        session=session.name,
        events=log.chain.number,
        trades=account.trades,
        realised=account.realised,
        fees=account.fees,
        funding=account.funding,
        equity=equity,
        log=log.path,
        sha256=sha256_of(log.path),
    )


def recorded(recording: Path, left_out: LeftOut) -> Iterator[Frame]:
    """The frames of a recording: a file of the shared format, or a frames folder of our own."""
    if recording.is_dir():
        return read_frames(recording, (EXCHANGE,), sources=tuple(Source), damaged=left_out)
    return read_recording(recording, left_out)


def session_of(session: Session, arrived: Iterable[Arrived]) -> Iterator[Said]:
    """Everything that a session says of frames in their order, from its start to its stop."""
    taken = list(arrived)
    return said_by(Driver(session), taken, resumes_of(one.frame for one in taken))
