"""Keeps every frame of every connection as it came, without making whoever reads the sockets wait.

Frames go into memory and a thread writes them: each second to the operating system, so that a program that is killed
loses a second at most; each ten seconds and at an hour's end durably, so that a power loss costs ten at most. A disk
that is too slow or full costs frames, never the service: what could not be kept is counted, and the next member of that
file says how many.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from pathlib import Path

from p2p_pipeline.exchanges.frames.folder import FrameFile, admit, hour_of
from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.frames.frame_writer import FrameWriter
from p2p_pipeline.exchanges.frames.lines import to_line
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.kernel.filesystem import FileSystem, RealFileSystem

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 1.0
SYNC_SECONDS = 10.0
WAITING_BYTES = 256 << 20
"""Of bodies in memory; what comes beyond is lost and counted."""


class Recorder:
    """Start it once for a folder; `close` writes what is left."""

    def __init__(
        self,
        folder: Path,
        source: Source = Source.LIVE,
        *,
        files: FileSystem | None = None,
        flush_seconds: float = FLUSH_SECONDS,
        sync_seconds: float = SYNC_SECONDS,
        waiting_bytes: int = WAITING_BYTES,
    ) -> None:
        self._files = RealFileSystem() if files is None else files
        admit(folder, source, self._files)
        self.source = source
        self.written = 0
        """Frames on disk."""
        self.written_bytes = 0
        self.lost = 0
        """Frames that could not be kept."""
        self.last_error = ""
        self._has_told_of_a_bug = False
        self._writer = FrameWriter(folder, source, self._files)
        self._flush_seconds = flush_seconds
        self._flushes_a_sync = max(1, round(sync_seconds / flush_seconds))
        self._waiting_bytes_allowed = waiting_bytes
        self._waiting: list[Frame] = []
        self._waiting_bytes = 0
        self._lost_of: dict[FrameFile, int] = defaultdict(int)
        self._mutex = threading.Lock()
        self._writing = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="frames", daemon=True)
        self._thread.start()

    def write(self, frame: Frame) -> bool:
        """Keep a frame; False when it is lost because too many wait already."""
        with self._mutex:
            if self._waiting_bytes + len(frame.body) > self._waiting_bytes_allowed:
                self.lost += 1
                self._lost_of[self._file_of(frame)] += 1
                return False
            self._waiting.append(frame)
            self._waiting_bytes += len(frame.body)
        return True

    def make_durable(self) -> None:
        """Write and sync all that was handed over before: for who may only then go on.

        `lost` says what could not be written; raises OSError when what was written can't be made durable.
        """
        with self._writing:
            self._flush()
            self._writer.sync()

    def close(self) -> None:
        """Write and sync what is left, and end the thread."""
        self._stop.set()
        self._thread.join()

    @property
    def torn_tails(self) -> tuple[Path, ...]:
        """What crashes had left half written in the files that were written to: where it is kept."""
        return tuple(self._writer.torn)

    def _run(self) -> None:
        flushes = 0
        is_last = False
        while not is_last:
            is_last = self._stop.wait(self._flush_seconds)
            flushes += 1
            try:
                with self._writing:
                    self._flush()
                    if is_last or flushes % self._flushes_a_sync == 0:
                        self._sync()
            except Exception as error:  # noqa: BLE001 - told and counted
                # A bug. Without its thread nothing would be kept any more, and nobody told.
                self._failed(error)

    def _flush(self) -> None:
        with self._mutex:
            frames, self._waiting, self._waiting_bytes = self._waiting, [], 0
            lost, self._lost_of = self._lost_of, defaultdict(int)
        lines: dict[FrameFile, list[bytes]] = defaultdict(list)
        for frame in frames:
            try:
                lines[self._file_of(frame)].append(to_line(frame))
            except Exception as error:  # noqa: BLE001 - told and counted
                self._failed(error)
                self.lost += 1
        for file, written in lines.items():
            missing = lost.pop(file, 0)
            try:
                self.written_bytes += self._writer.append(file, written, missing)
                self.written += len(written)
            except Exception as error:  # noqa: BLE001 - told and counted
                self._failed(error)
                self.lost += len(written)
                lost[file] = missing + len(written)
        with self._mutex:
            for file, missing in lost.items():
                self._lost_of[file] += missing
        newest = max((file.hour for file in lines if file.hour is not None), default=None)
        if newest is not None:
            ended = [file for file in self._writer.open_files if file.hour is not None and file.hour < newest]
            if ended:
                self._sync()
                self._writer.forget(ended)

    def _sync(self) -> None:
        try:
            self._writer.sync()
        except OSError as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, OSError):
            self.last_error = f"frames can't be written: {error.strerror or error}"
            return
        self.last_error = f"frames can't be written: {type(error).__name__}: {error}; the log says where"
        if not self._has_told_of_a_bug:
            self._has_told_of_a_bug = True
            logger.error("frames can't be written, and it goes on without them", exc_info=error)

    def _file_of(self, frame: Frame) -> FrameFile:
        return FrameFile(frame.exchange, frame.connection, hour_of(frame.received_at_ns), self.source)
