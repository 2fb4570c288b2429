"""A live session in the loop of a test, against the loopback exchange, on a clock that runs faster than real time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.frames.recorder import Recorder
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.board import SessionBoard
from p2p_pipeline.paper.live.boards import BoardMaker
from p2p_pipeline.paper.live.held import Held
from p2p_pipeline.paper.live.keeping import Keeping
from p2p_pipeline.paper.live.running import LiveOptions, LiveSession
from p2p_pipeline.paper.log.naming import name_of
from p2p_pipeline.paper.log.writing import LogWriter
from p2p_pipeline.paper.machine.driving import Driver
from p2p_pipeline.paper.machine.state import Session, new_session
from p2p_pipeline.paper.notes import Began
from p2p_pipeline.paper.replay.replaying import replay
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.inbox import Inbox
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline_tests.paper.live.loopback import Loopback

EAGER: dict[str, Any] = {
    "timeframe_minutes": 1,
    "long": {"price_move_pct": "0.05", "oiv_move_pct": "0.05"},
    "short": {"price_move_pct": "-0.05", "oiv_move_pct": "-0.05"},
    "entry": {"post_only": False, "offset_pct": "0.01"},
    "universe": {"warm_up_seconds": 1, "min_volatility_pct": 0, "min_turnover": 0},
}
"""Under it something happens each second."""


class FastClock:
    """Runs so many times faster than real time."""

    def __init__(self, speed: float) -> None:
        self._speed, self._began, self._first = speed, time.monotonic_ns(), time.time_ns()
        self._last = 0

    def now_ns(self) -> int:
        ran = int((time.monotonic_ns() - self._began) * self._speed)
        self._last = max(self._last + 1, self._first + ran)
        return self._last


@dataclass
class Ran:
    """What a session left."""

    folder: SessionFolder
    session: Session
    failure: str
    boards: list[SessionBoard] = field(default_factory=list)

    @property
    def log(self) -> bytes:
        return self.folder.log.read_bytes()

    def replayed(self, aside: Path) -> bytes:
        """The log of a replay of its frames."""
        left_out: list[object] = []
        found = replay(self.folder.frames, self.session.settings, aside, lambda *what: left_out.append(what))
        assert left_out == []
        assert found.session == self.session.name
        return found.log.read_bytes()


async def ran(
    exchange: Loopback,
    data: Path,
    meanwhile: Callable[[SessionFolder], Awaitable[None]],
    *,
    speed: float = 1.0,
    start_seconds: float = 300.0,
    **config: Any,
) -> Ran:
    """Run a session until `meanwhile` is over, then stop it."""
    settings = PaperSettings.model_validate({**EAGER, **config})
    clock = FastClock(speed)
    exchange.now_ns = clock.now_ns
    at = clock.now_ns() // 1_000_000
    folder = SessionFolder(DataPaths(data), name_of(at, settings))
    folder.root.mkdir(parents=True)
    session, stop = new_session(folder.session, settings), asyncio.Event()
    boards: list[SessionBoard] = []
    async with exchange.running():
        with closing(Recorder(folder.frames, Source.SIMULATED)) as recorder:
            live = LiveSession(
                Held(Driver(session)),
                Keeping(recorder, LogWriter(folder.log)),
                Inbox(folder),
                BoardMaker(session, at, None, is_simulated=True),
                boards.append,
                clock.now_ns,
                LiveOptions(exchange.url, None, start_seconds),
            )
            running = asyncio.create_task(live.run(Began(folder.session), at, stop))
            watching = asyncio.create_task(_whole(meanwhile, folder))
            await asyncio.wait({running, watching}, return_when="FIRST_COMPLETED")
            stop.set()
            await running
            watching.cancel()
            if watching.done():
                watching.result()
    return Ran(folder, session, live.failure, boards)


async def _whole(meanwhile: Callable[[SessionFolder], Awaitable[None]], folder: SessionFolder) -> None:
    async with asyncio.timeout(15):
        await meanwhile(folder)
