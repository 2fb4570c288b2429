"""What a session's process makes durable, once a second and in this order: frames, then the lines that follow of them.

So the log never says what its frames can't say again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from p2p_pipeline.exchanges.frames.recorder import Recorder
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.paper.log.writing import LogWriter, UnwritableLog
from p2p_pipeline.paper.words import Said


class NotKept(ClearError):
    """The disk did not take what the session is made of."""


class Keeping:
    """Of one session."""

    def __init__(self, recorder: Recorder, log: LogWriter) -> None:
        self.recorder = recorder
        self.log = log
        self._said: list[Said] = []

    def say(self, said: Sequence[Said]) -> None:
        """Lines for the log."""
        self._said += said

    async def sync(self) -> None:
        """Make everything durable that was said so far. Raises NotKept."""
        said, self._said = self._said, []
        await asyncio.to_thread(self._sync, said)

    @property
    def lines(self) -> int:
        """Of the log that are durable."""
        return self.log.durable

    def _sync(self, said: Sequence[Said]) -> None:
        try:
            self.recorder.make_durable()
        except OSError as error:
            self.recorder.last_error = f"frames can't be written: {error.strerror or error}"
        if self.recorder.lost or self.recorder.last_error:
            raise NotKept(
                "{why}: without frames the session can't be made again, so it ended at the last durable line of its "
                "log; make room, then `p2p paper resume`",
                why=self.recorder.last_error or "more frames came than could be written",
            )
        try:
            for one in said:
                self.log.say(one)
            self.log.sync()
        except UnwritableLog as error:
            raise NotKept("{why}, then `p2p paper resume`: the session ended there", why=error) from None
