"""One client at a socket: it hears the state, then changes and heartbeats; what it can't take in time closes it.

Close codes: 4401 who asks, 4403 another site, 4408 too slow, 4409 what was sent is none of ours, 1013 too many clients.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from p2p_pipeline.web.live.topic import HEARTBEAT_SECONDS, Frame, Topic

SUBPROTOCOL = "p2p.v1"
SLOW_SECONDS = 30.0
"""A client whose buffers take nothing for so long is closed."""
MOST_MESSAGES_A_SECOND = 10
MOST_CLIENTS = 1000


@dataclass
class Cursor:
    """How far a client has read, and whether it has paused."""

    number: int | None = None
    is_paused: bool = False


class Clients:
    """The clients of a topic; tells how many there are, and refuses more than are allowed."""

    def __init__(self, topic: Topic, most: int = MOST_CLIENTS, slow_seconds: float = SLOW_SECONDS) -> None:
        self.topic = topic
        self.count = 0
        self._most = most
        self._slow_seconds = slow_seconds

    async def serve(self, socket: WebSocket) -> None:
        """Talk with one client until it goes."""
        if self.count >= self._most:
            await socket.close(1013, "too many clients; try again later")
            return
        await socket.accept(SUBPROTOCOL if SUBPROTOCOL in socket.scope.get("subprotocols", ()) else None)
        self.count += 1
        cursor = Cursor()
        try:
            await self._talk(socket, cursor)
        finally:
            self.count -= 1

    async def _talk(self, socket: WebSocket, cursor: Cursor) -> None:
        sending = asyncio.create_task(self._send_changes(socket, cursor))
        hearing = asyncio.create_task(self._hear(socket, cursor))
        done, pending = await asyncio.wait({sending, hearing}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for task in done:
            with suppress(WebSocketDisconnect, RuntimeError):
                task.result()

    async def _send_changes(self, socket: WebSocket, cursor: Cursor) -> None:
        topic = self.topic
        await self._send(socket, topic.hello())
        await self._send_frames(socket, cursor, self._first_frames(socket))
        while True:
            if not await topic.wait(HEARTBEAT_SECONDS):
                await self._send(socket, topic.heartbeat())
            elif not cursor.is_paused:
                await self._send_frames(socket, cursor, topic.frames_after(cursor.number))

    def _first_frames(self, socket: WebSocket) -> list[Frame]:
        """What was missed by a client that says in its address where it was; else the whole state."""
        epoch, number = socket.query_params.get("epoch", ""), socket.query_params.get("seq", "")
        if number.isascii() and number.isdigit() and len(number) < 16:
            return self.topic.missed(epoch, int(number))
        return [self.topic.snapshot()]

    async def _send_frames(self, socket: WebSocket, cursor: Cursor, frames: list[Frame]) -> None:
        for frame in frames:
            await self._send(socket, frame.text)
            cursor.number = frame.number

    async def _send(self, socket: WebSocket, text: str) -> None:
        try:
            await asyncio.wait_for(socket.send_text(text), self._slow_seconds)
        except TimeoutError:
            await socket.close(4408, f"took nothing for {self._slow_seconds:g} s")
            raise WebSocketDisconnect(4408) from None

    async def _hear(self, socket: WebSocket, cursor: Cursor) -> None:
        loop = asyncio.get_running_loop()
        heard: list[float] = []
        while True:
            text = await socket.receive_text()
            heard = [moment for moment in heard if loop.time() - moment < 1.0] + [loop.time()]
            if len(heard) > MOST_MESSAGES_A_SECOND:
                await socket.close(4429, f"more than {MOST_MESSAGES_A_SECOND} messages a second")
                return
            if not await self._obey(socket, cursor, text):
                await socket.close(4409, 'send {"type": "resume" | "pause" | "go_on"}')
                return

    async def _obey(self, socket: WebSocket, cursor: Cursor, text: str) -> bool:
        try:
            message = orjson.loads(text)
            kind = message["type"]
        except (orjson.JSONDecodeError, TypeError, KeyError):
            return False
        if kind == "pause":
            cursor.is_paused = True
        elif kind == "go_on":
            cursor.is_paused = False
            await self._send_frames(socket, cursor, self.topic.frames_after(cursor.number))
        elif kind == "resume" and isinstance(message.get("seq"), int) and isinstance(message.get("epoch"), str):
            await self._send_frames(socket, cursor, self.topic.missed(message["epoch"], message["seq"]))
        else:
            return False
        return True
