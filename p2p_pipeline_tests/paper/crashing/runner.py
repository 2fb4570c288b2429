"""Runs lives of sessions that end themselves, or are ended, with SIGKILL.

    python -m p2p_pipeline_tests.paper.crashing.runner

reads one life a line from stdin (JSON), forks a process for it (so that the imports are paid once), and answers with a
line when it is dead or has stopped its session. A life is everything of a live session but its sockets: what would have
come over them is a random recording, on a clock that goes as fast as it can.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.frames.recorder import Recorder
from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.live.beginning import beginning_of
from p2p_pipeline.paper.live.held import Held
from p2p_pipeline.paper.live.keeping import Keeping
from p2p_pipeline.paper.machine.driving import Driver
from p2p_pipeline.paper.notes import Began, Told, note_frame
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.settings import read_paper_settings
from p2p_pipeline.paper.words import SessionState
from p2p_pipeline_tests.paper.recordings import START, RandomRecording, Recording, instrument

PART_BYTES = 20_000
SECONDS = 40


@dataclass(frozen=True)
class Life:
    """One process of a session."""

    data: str
    session: str
    recording: int
    """Seed of what comes over the sockets."""
    seed: int
    acknowledged: str
    """The file that is told how many lines are durable."""
    dies_after_bytes: int | None = None
    """In the middle of a write."""
    of_files: str = ""
    """Of the files whose names end so."""
    dies_after_seconds: float | None = None
    """Anywhere."""


class Deadly(RealFileSystem):
    """The process dies within a write; what the kernel has survives it, so nobody waits for the disk."""

    def __init__(self, left: int | None, of_files: str) -> None:
        self._left, self._of_files = left, of_files

    def append(self, path: Path, data: bytes) -> None:
        if self._left is None or not path.name.endswith(self._of_files):
            super().append(path, data)
            return
        super().append(path, data[: self._left])
        if len(data) > self._left:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= len(data)

    def sync(self, path: Path) -> None:
        """Not waited for."""

    def sync_folder(self, path: Path) -> None:
        """Not waited for."""


async def live(life: Life) -> None:
    """From the beginning, or from where the process before died, to the stop of the session."""
    folder = SessionFolder(DataPaths(Path(life.data)), life.session)
    rng, files = random.Random(life.seed), Deadly(life.dies_after_bytes, life.of_files)
    begun = beginning_of(folder, read_paper_settings(folder.config), START, files, part_bytes=PART_BYTES)
    if begun.log is None:
        return
    first_at = begun.not_before_ns // 1_000_000 + (0 if isinstance(begun.note, Began) else rng.randrange(3_000))
    held = Held(Driver(begun.session))
    with (
        closing(Recorder(folder.frames, Source.SIMULATED, files=files, flush_seconds=0.003)) as recorder,
        open(life.acknowledged, "ab", buffering=0) as told,  # noqa: PTH123 - a test's own
    ):
        keeping = Keeping(recorder, begun.log)

        def push(frame: Frame) -> None:
            recorder.write(frame)
            held.push(frame)

        async def sync() -> None:
            await keeping.sync()
            told.write(b"%d\n" % keeping.lines)

        push(note_frame(begun.note, first_at))
        now, next_sync = first_at, first_at + 1_000
        for frame in coming(life.recording, first_at, is_first=isinstance(begun.note, Began)):
            now = max(now, (frame.received_at_ns or 0) // 1_000_000)
            push(frame)
            if rng.random() < 0.3:
                keeping.say(held.release(now))
            if now >= next_sync:
                next_sync = now + 1_000
                await sync()
        push(note_frame(Told("stop"), now + 1))
        while held.is_behind(now + 2):
            keeping.say(held.release(now + 2))
        await sync()
        assert begun.session.state is SessionState.STOPPED


def coming(seed: int, first_at: int, *, is_first: bool) -> list[Frame]:
    """What comes from a moment on; after the first life instruments and tickers are asked for anew."""
    random_one = RandomRecording(seed, seconds=SECONDS)
    lines = [one for one in random_one.recording.lines if one["received_at_ns"] > first_at * 1_000_000 or is_first]
    frames = [from_line(orjson.dumps(one)) for one in lines]
    # a recording may have one socket after the other; what comes to a clock that only grows comes in its order
    frames.sort(key=lambda frame: frame.received_at_ns or 0)
    if is_first:
        return frames
    again = Recording().instruments(*map(instrument, random_one.symbols), at=first_at - START + 150)
    for symbol in random_one.symbols:
        again.put(
            first_at - START + 300,
            random_one._ticker(symbol, first_at - START + 300, "snapshot"),
            connection=random_one._connection(symbol),
        )
    frames += [from_line(orjson.dumps(one)) for one in again.lines]
    return sorted(frames, key=lambda frame: frame.received_at_ns or 0)


def run(life: Life) -> bool:
    """One life to its end; whether it was killed."""
    child = os.fork()
    if not child:
        status = 1
        try:
            asyncio.run(live(life))
            status = 0
        finally:
            os._exit(status)
    if life.dies_after_seconds is not None:
        time.sleep(life.dies_after_seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit(f"a life ended by itself: {asdict(life)}")
    return os.WIFSIGNALED(status)


if __name__ == "__main__":
    for line in sys.stdin:
        print("killed" if run(Life(**orjson.loads(line))) else "stopped", flush=True)  # noqa: T201
