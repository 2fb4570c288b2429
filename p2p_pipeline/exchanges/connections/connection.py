"""One socket of an exchange for as long as it lasts: says hello, sends in pace, beats, reads, ends with a reason."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from p2p_pipeline.exchanges.connections.backoff import life_seconds
from p2p_pipeline.exchanges.connections.outgoing import Outgoing
from p2p_pipeline.exchanges.connections.pacing import HourlyBudget, Turns
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.words import Capability, message_sent_at
from p2p_pipeline.kernel.errors import ClearError

MAX_FRAME_BYTES = 64 * 1024 * 1024
"""A snapshot of Coinbase's BTC-USD has 5.2 MB in one frame, and the library would close at 1."""
MESSAGES_PER_SECOND = 10.0
"""Where an exchange names no limit."""
_COMPRESSED = frozenset({"xt", "upbit", "coinbase"})
"""Who speaks permessage-deflate; the others compress themselves, or nothing."""
_HELLO_SECONDS = 3.0
_OPEN_SECONDS = 10.0
_CLOSE_SECONDS = 1.0
_BEAT_SECONDS = 0.25
SECOND_NS = 1_000_000_000


class ConnectionEnded(ClearError):
    """Why a connection is over."""


class _Noted(ClientConnection):
    """Knows when it last heard anything, the pings of the protocol too."""

    heard = 0.0

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self.heard = self.loop.time()
        super().data_received(data)


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """Where to connect, and what to send before anything else."""

    url: str
    first: Sequence[str] = ()
    through_proxy: bool = True
    says_hello: bool = False
    """The exchange speaks first, and wants to be heard."""


class Connection:
    """One socket. `push` takes each frame, in order."""

    def __init__(
        self,
        name: str,
        capability: Capability,
        push: Callable[[Frame], None],
        now_ns: Callable[[], int],
        random_source: random.Random,
    ) -> None:
        limits = capability.limits
        # The other half is for books that must be subscribed again (books/resyncs.py).
        hourly = limits.subscription_requests_per_hour
        self.name = name
        self.outgoing = Outgoing(
            Turns(limits.messages_per_second or MESSAGES_PER_SECOND),
            HourlyBudget(None if hourly is None else hourly // 2),
        )
        self.is_open = False
        self.came_up = False
        """Whether the last attempt got a socket."""
        self._capability = capability
        self._push = push
        self._now_ns = now_ns
        self._random = random_source
        self._url = ""
        self._ended: asyncio.Future[str] | None = None
        self._first_frame = asyncio.Event()

    async def run(self, address: SocketAddress, ping: Callable[[int], str | None], opened: Callable[[], None]) -> None:
        """Connect, and stay until it ends; `opened` is called when subscriptions may go out. Raises ConnectionEnded."""
        self._url, self.came_up = address.url, False
        try:
            socket = await self._connected(address)
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            raise ConnectionEnded("{why}", why=str(error) or type(error).__name__) from None
        self._ended = ended = asyncio.get_running_loop().create_future()
        self._first_frame.clear()
        self.outgoing.clear()
        self._frame(Passage.OPENED, b"")
        self.is_open = self.came_up = True
        why = "closed by us"
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read(socket))
                tasks.create_task(self._write(socket))
                tasks.create_task(self._beat(socket, ping))
                tasks.create_task(self._watch_for_end(ended))
                tasks.create_task(self._greet(address, opened))
        except* ConnectionEnded as ends:
            why = str(ends.exceptions[0])
            raise ConnectionEnded("{why}", why=why) from None
        finally:
            self.is_open = False
            self._frame(Passage.CLOSED, why.encode())
            await socket.close()

    def end(self, reason: str) -> None:
        """Have it end, with a reason."""
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(reason)

    async def _connected(self, address: SocketAddress) -> _Noted:
        options: dict[str, Any] = {} if address.through_proxy else {"proxy": None}
        socket = await connect(
            address.url,
            # Bybit answers no ping frames, and Binance counts them: what lives is told by what is heard.
            ping_interval=None,
            max_size=MAX_FRAME_BYTES,
            max_queue=(4096, 1024),
            compression="deflate" if self._capability.name in _COMPRESSED else None,
            open_timeout=_OPEN_SECONDS,
            close_timeout=_CLOSE_SECONDS,
            create_connection=_Noted,
            **options,
        )
        noted = cast("_Noted", socket)
        noted.heard = noted.loop.time()
        return noted

    async def _read(self, socket: ClientConnection) -> None:
        exchange, name, push, now_ns = self._capability.name, self.name, self._push, self._now_ns
        try:
            while True:
                message = await socket.recv()
                is_binary = isinstance(message, bytes)
                body = message if isinstance(message, bytes) else message.encode()
                push(Frame(exchange, name, Passage.SOCKET, body, now_ns(), is_binary=is_binary))
                self._first_frame.set()
        except ConnectionClosed as error:
            raise ConnectionEnded("the exchange closed it ({why})", why=str(error)) from None

    async def _write(self, socket: ClientConnection) -> None:
        while True:
            text, was_sent = await self.outgoing.next(self._seconds)
            text = message_sent_at(text, self._now_ns() // 1_000_000)
            try:
                await socket.send(text)
            except ConnectionClosed as error:
                raise ConnectionEnded("the exchange closed it ({why})", why=str(error)) from None
            self._frame(Passage.SOCKET, text.encode(), is_outgoing=True)
            if was_sent is not None:
                was_sent()

    async def _beat(self, socket: _Noted, ping: Callable[[int], str | None]) -> None:
        heartbeat = self._capability.heartbeat
        began = pinged = self._seconds()
        life = life_seconds(self._capability.limits.connection_hours, self._random)
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            now, silent = self._seconds(), socket.loop.time() - socket.heard
            if silent > heartbeat.silence_seconds:
                raise ConnectionEnded("silent for {seconds} s", seconds=round(silent))
            if now - began > life:
                raise ConnectionEnded("replaced before the exchange ends it")
            if heartbeat.ping_seconds is not None and now - pinged >= heartbeat.ping_seconds:
                pinged = now
                text = ping(self._now_ns() // 1_000_000)
                if text is not None:
                    self.outgoing.urgent(text)

    async def _watch_for_end(self, ended: asyncio.Future[str]) -> None:
        raise ConnectionEnded("{why}", why=await ended)

    async def _greet(self, address: SocketAddress, opened: Callable[[], None]) -> None:
        if address.says_hello:
            try:
                async with asyncio.timeout(_HELLO_SECONDS):
                    await self._first_frame.wait()
            except TimeoutError:
                # Some servers stay silent until they are asked.
                pass
        for text in address.first:
            self.outgoing.urgent(text)
        opened()

    def _frame(self, passage: Passage, body: bytes, *, is_outgoing: bool = False) -> None:
        self._push(
            Frame(self._capability.name, self.name, passage, body, self._now_ns(), self._url, is_outgoing=is_outgoing)
        )

    def _seconds(self) -> float:
        return self._now_ns() / SECOND_NS
