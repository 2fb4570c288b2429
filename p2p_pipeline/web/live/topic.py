"""A topic: numbered frames for any number of clients, each as far as it has read; the fast never notice the slow.

A client that comes back with the number of its last frame gets those it missed; one that is too far behind, or comes
from before a restart (another epoch), gets the whole state instead.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from p2p_pipeline.web.bodies import body_of

MOST_FRAMES = 300
MOST_BEHIND = 5
"""A client further behind gets the whole state: what lies between is of no use to a person any more."""
HEARTBEAT_SECONDS = 10.0
_MOST_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Frame:
    """One change, as it is sent to everybody."""

    number: int
    text: str


class Topic:
    """Rows by name, changed by `publish`, read by `frames_after`."""

    def __init__(self, name: str, now: Callable[[], datetime]) -> None:
        self.name = name
        self.epoch = secrets.token_hex(4)
        self._now = now
        self._rows: dict[str, Mapping[str, Any]] = {}
        self._around: Mapping[str, Any] = {}
        self._as_of: datetime | None = None
        self._frames: deque[Frame] = deque(maxlen=MOST_FRAMES)
        self._snapshot: Frame | None = None
        self._changed = asyncio.Event()
        self.number = 0

    def publish(
        self, rows: Mapping[str, Mapping[str, Any]], as_of: datetime, around: Mapping[str, Any] | None = None
    ) -> bool:
        """Take the new state; what differs becomes a frame. Whether anything did.

        `around` is told in each frame besides the rows: of a scan that found the same again its number.
        """
        around = around or {}
        changed = {name: row for name, row in rows.items() if self._rows.get(name) != row}
        gone = sorted(self._rows.keys() - rows.keys())
        if not changed and not gone and around == self._around:
            return False
        self._rows, self._as_of, self._around = dict(rows), as_of, around
        self.number += 1
        body = {"type": "delta", "seq": self.number, "as_of": as_of, "rows": changed, "gone": gone, **around}
        self._frames.append(Frame(self.number, body_of(body).decode()))
        self._snapshot = None
        changed_event, self._changed = self._changed, asyncio.Event()
        changed_event.set()
        return True

    def hello(self) -> str:
        """What a client hears first."""
        told = {
            "type": "hello",
            "topic": self.name,
            "epoch": self.epoch,
            "seq": self.number,
            "server_time": self._now(),
            "heartbeat_seconds": HEARTBEAT_SECONDS,
        }
        return body_of(told).decode()

    def heartbeat(self) -> str:
        """What a client hears when nothing changes."""
        return body_of({"type": "heartbeat", "seq": self.number, "server_time": self._now()}).decode()

    def snapshot(self) -> Frame:
        """The whole state, made once for each change."""
        if self._snapshot is None:
            body = {"type": "snapshot", "seq": self.number, "as_of": self._as_of, "rows": self._rows, **self._around}
            self._snapshot = Frame(self.number, body_of(body).decode())
        return self._snapshot

    def frames_after(self, number: int | None) -> list[Frame]:
        """What a client that has got `number` has to hear: nothing, the changes, or the whole state."""
        if number == self.number:
            return []
        if number is None or number > self.number or self.number - number > MOST_BEHIND:
            return [self.snapshot()]
        found = [frame for frame in self._frames if frame.number > number]
        return found if len(found) == self.number - number else [self.snapshot()]

    def missed(self, epoch: str, number: int) -> list[Frame]:
        """What a client hears that comes back: every change it missed while the ring has them, else the whole state."""
        found = [frame for frame in self._frames if frame.number > number]
        is_known = epoch == self.epoch and 0 <= number <= self.number and len(found) == self.number - number
        return found if is_known else [self.snapshot()]

    def resume_of(self, message: Mapping[str, Any]) -> tuple[str, int] | None:
        """Where a client's message says that it was; None for what is no such message."""
        epoch, number = message.get("epoch"), message.get("seq")
        is_one = message.get("type") == "resume" and isinstance(number, int) and isinstance(epoch, str)
        return (str(epoch), int(number)) if is_one and number is not None else None

    def resume_in(self, query: Mapping[str, str]) -> tuple[str, int] | None:
        """The same of its address."""
        number = digits_of(query.get("seq"))
        return None if number is None else (query.get("epoch", ""), number)

    async def changed(self) -> None:
        """Wait for the next change."""
        await self._changed.wait()


def digits_of(text: str | None) -> int | None:
    """A number as an address has it; None for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS else None
