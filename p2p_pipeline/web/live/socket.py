"""One client at a socket: it hears the state, then changes and heartbeats; what it can't take in time closes it.

Close codes: 4401 who asks, 4403 another site, 4408 too slow, 4409 what was sent is none of ours, 1013 too many clients.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from p2p_pipeline.web.live.topic import HEARTBEAT_SECONDS, Frame

SUBPROTOCOL = "p2p.v1"
SLOW_SECONDS = 30.0
"""A client whose buffers take nothing for so long is closed."""
MOST_MESSAGES_A_SECOND = 10
MOST_CLIENTS = 1000
CLOSE_SECONDS = 1.0


@dataclass
class Cursor:
    """How far a client has read, and what it has asked for; one task alone sends to it."""

    number: int | None = None
    is_paused: bool = False
    resumes: tuple[Any, Any] | None = None
    """From where it wants to hear again, until it has."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)


class Subject(Protocol):
    """What is told at a socket: a Topic, or a session's."""

    @property
    def number(self) -> int:
        """Of the newest frame."""

    def hello(self) -> str:
        """What a client hears first."""

    def heartbeat(self) -> str:
        """What it hears when nothing changes."""

    def snapshot(self) -> Frame:
        """The whole state."""

    def frames_after(self, number: int | None) -> Sequence[Frame]:
        """What a client that has got `number` has to hear."""

    def missed(self, first: Any, second: Any, /) -> Sequence[Frame]:
        """What a client hears that comes back from where it says it was."""

    def resume_of(self, message: Mapping[str, Any]) -> tuple[Any, Any] | None:
        """Where a client's message says that it was; None for what is no such message."""

    def resume_in(self, query: Mapping[str, str]) -> tuple[Any, Any] | None:
        """The same of its address."""

    async def changed(self) -> None:
        """Wait for the next change."""


class TooSlow(Exception):
    """A client took nothing for so long that nobody waits for it any more."""


class Clients:
    """The clients of a topic; tells how many there are, and refuses more than are allowed."""

    def __init__(
        self,
        topic: Subject,
        most: int = MOST_CLIENTS,
        slow_seconds: float = SLOW_SECONDS,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self.topic = topic
        self.count = 0
        self._most = most
        self._slow_seconds = slow_seconds
        self._heartbeat_seconds = heartbeat_seconds

    async def serve(self, socket: WebSocket) -> None:
        """Talk with one client until it goes."""
        if self.count >= self._most:
            await socket.close(1013, "too many clients; try again later")
            return
        await socket.accept(SUBPROTOCOL if SUBPROTOCOL in socket.scope.get("subprotocols", ()) else None)
        self.count += 1
        try:
            await self._talk(socket, Cursor())
        finally:
            self.count -= 1

    async def _talk(self, socket: WebSocket, cursor: Cursor) -> None:
        sending = asyncio.create_task(self._send_changes(socket, cursor))
        hearing = asyncio.create_task(self._hear(socket, cursor))
        try:
            done, _ = await asyncio.wait({sending, hearing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, hearing):
                task.cancel()
        # Not gather: a cancellation from outside has to arrive there as it came.
        await asyncio.wait({sending, hearing})
        ended = next((task.exception() for task in done if not task.cancelled()), None)
        if isinstance(ended, TooSlow):
            await self._drop(socket, 4408, str(ended))
        elif isinstance(ended, NotOurs):
            await self._drop(socket, ended.code, str(ended))
        elif isinstance(ended, Exception) and not isinstance(ended, WebSocketDisconnect | RuntimeError):
            raise ended

    async def _drop(self, socket: WebSocket, code: int, reason: str) -> None:
        """Close; where the client's buffers are full not even that goes out, and returning ends the connection."""
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await socket.close(code, reason)

    async def _send_changes(self, socket: WebSocket, cursor: Cursor) -> None:
        topic = self.topic
        await self._send(socket, topic.hello())
        await self._send_frames(socket, cursor, self._first_frames(socket))
        cursor.number = topic.number if cursor.number is None else cursor.number
        while True:
            # Looked at before waiting: a change may have come while the last one was being sent.
            frames = self._due(cursor)
            if frames:
                await self._send_frames(socket, cursor, frames)
            elif not await self._anything(cursor):
                await self._send(socket, topic.heartbeat())

    def _due(self, cursor: Cursor) -> Sequence[Frame]:
        """What a client has to hear now."""
        cursor.asked.clear()
        if cursor.resumes is not None:
            asked, cursor.resumes = cursor.resumes, None
            return self.topic.missed(*asked)
        return [] if cursor.is_paused else self.topic.frames_after(cursor.number)

    async def _anything(self, cursor: Cursor) -> bool:
        """Wait for a change or a wish of the client; False when there was neither until the next heartbeat."""
        waits = [asyncio.create_task(self.topic.changed()), asyncio.create_task(cursor.asked.wait())]
        try:
            done, _ = await asyncio.wait(waits, timeout=self._heartbeat_seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
        return bool(done) and not (cursor.is_paused and cursor.resumes is None and not cursor.asked.is_set())

    def _first_frames(self, socket: WebSocket) -> Sequence[Frame]:
        """What was missed by a client that says in its address where it was; else the whole state."""
        asked = self.topic.resume_in(socket.query_params)
        return [self.topic.snapshot()] if asked is None else self.topic.missed(*asked)

    async def _send_frames(self, socket: WebSocket, cursor: Cursor, frames: Sequence[Frame]) -> None:
        for frame in frames:
            await self._send(socket, frame.text)
            cursor.number = frame.number

    async def _send(self, socket: WebSocket, text: str) -> None:
        try:
            # Not wait_for, which in Python 3.11 may swallow a cancellation: the task would go on for ever.
            async with asyncio.timeout(self._slow_seconds):
                await socket.send_text(text)
        except TimeoutError:
            raise TooSlow(f"took nothing for {self._slow_seconds:g} s") from None

    async def _hear(self, socket: WebSocket, cursor: Cursor) -> None:
        loop = asyncio.get_running_loop()
        heard: list[float] = []
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1005))
            heard = [moment for moment in heard if loop.time() - moment < 1.0] + [loop.time()]
            if len(heard) > MOST_MESSAGES_A_SECOND:
                raise NotOurs(4429, f"more than {MOST_MESSAGES_A_SECOND} messages a second")
            if not _obey(self.topic, cursor, message.get("text")):
                raise NotOurs(4409, 'send {"type": "resume" | "pause" | "go_on"}')
            cursor.asked.set()


class NotOurs(Exception):
    """A client said what is none of ours, or too much; the code says which."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def _obey(subject: Subject, cursor: Cursor, text: str | None) -> bool:
    """Note what a client wants; False for what is no message of ours."""
    try:
        message = orjson.loads(text or "")
    except orjson.JSONDecodeError:
        return False
    if not isinstance(message, dict):
        return False
    kind, resumes = message.get("type"), subject.resume_of(message)
    if kind in ("pause", "go_on"):
        cursor.is_paused = kind == "pause"
    elif resumes is not None:
        cursor.resumes = resumes
    return resumes is not None or kind in ("pause", "go_on")
