"""A client's WebSocket: frames out at the pace that it or a fault allows, messages in."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

from websockets.exceptions import InvalidState
from websockets.extensions.base import ServerExtensionFactory
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from p2p_pipeline.exchanges.simulator.dialects.dialect import Outgoing
from p2p_pipeline.exchanges.simulator.exchange import Line, Market

MOST_BYTES_BEHIND = 8 << 20
"""A client that reads so much too slowly is dropped, as an exchange does."""
MOST_BYTES_A_MESSAGE = 1 << 20
PING_SECONDS = 20.0
_NO_PONG_SECONDS = 60.0
OFFERS_DEFLATE = ("upbit", "xt", "coinbase")


class Socket:
    """The protocol of one connection, after its handshake."""

    def __init__(self, exchange: Market, line: Line, protocol: ServerProtocol, writer: asyncio.StreamWriter) -> None:
        self.exchange = exchange
        self.line = line
        self._protocol = protocol
        self._writer = writer
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._allowed = 0.0
        self._flushed_at = 0.0
        self._pinged_at = 0.0
        self._heard_pong_at = 0.0

    @property
    def is_over(self) -> bool:
        """Nothing can be sent any more."""
        return self._protocol.state is not OPEN or self._writer.is_closing()

    def send(self, frames: Iterable[Outgoing]) -> None:
        """Take frames to be sent."""
        if self.is_over:
            return
        for frame in frames:
            if isinstance(frame, str):
                self._protocol.send_text(frame.encode())
            else:
                self._protocol.send_binary(frame)
            self._queue()

    def flush(self, now: float, bytes_a_second: float | None) -> None:
        """Write what may be written by now (monotonic seconds)."""
        if bytes_a_second is None:
            self._allowed = float("inf")
        else:
            held = 0.0 if self._allowed == float("inf") else self._allowed
            self._allowed = min(held + bytes_a_second * (now - self._flushed_at), bytes_a_second)
        self._flushed_at = now
        parts = []
        while self._waiting and self._allowed > 0:
            part = self._waiting.popleft()
            self._waiting_bytes -= len(part)
            self._allowed -= len(part)
            parts.append(part)
        if parts and not self._writer.is_closing():
            self._writer.write(b"".join(parts))
        if self._waiting_bytes + self._writer.transport.get_write_buffer_size() > MOST_BYTES_BEHIND:
            self._writer.transport.abort()

    def ping(self, now: float, payload: bytes) -> None:
        """A ping frame when its time has come; a client that answers none for long is dropped."""
        if self.is_over or now - self._pinged_at < PING_SECONDS:
            return
        if self._pinged_at == 0.0:
            self._heard_pong_at = now
        if now - self._heard_pong_at > _NO_PONG_SECONDS:
            self._writer.transport.abort()
            return
        self._pinged_at = now
        self._protocol.send_ping(payload)
        self._queue()

    def close(self, code: int, reason: str) -> None:
        """Say that it ends, and end."""
        if not self.is_over:
            self._protocol.send_close(code, reason)
            self._queue()
            self.flush(self._flushed_at, None)
            self._writer.close()

    def received(self, data: bytes, now: float) -> list[Outgoing]:
        """The messages in what came, if any."""
        self._protocol.receive_data(data)
        messages: list[Outgoing] = []
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.PONG:
                self._heard_pong_at = now
            elif isinstance(event, Frame):
                messages += self._joined(event)
        self._queue()
        return messages

    _parts: bytes | None = None
    _is_text = False

    def _joined(self, frame: Frame) -> list[Outgoing]:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._parts, self._is_text = bytes(frame.data), frame.opcode is Opcode.TEXT
        elif frame.opcode is Opcode.CONT and self._parts is not None:
            self._parts += bytes(frame.data)
        if not frame.fin or self._parts is None or frame.opcode in (Opcode.CLOSE, Opcode.PING):
            return []
        whole, self._parts = self._parts, None
        return [whole.decode("utf-8", "replace") if self._is_text else whole]

    def _queue(self) -> None:
        for part in self._protocol.data_to_send():
            if part:
                self._waiting.append(part)
                self._waiting_bytes += len(part)


def shake_hands(head: bytes, extensions: Sequence[ServerExtensionFactory]) -> tuple[ServerProtocol, bool]:
    """Answer a client's handshake; the protocol has what must be sent, and whether it stands."""
    protocol = ServerProtocol(extensions=list(extensions), max_size=MOST_BYTES_A_MESSAGE)
    protocol.receive_data(head)
    events = protocol.events_received()
    if not events or not isinstance(events[0], Request):
        return protocol, False
    try:
        protocol.send_response(protocol.accept(events[0]))
    except InvalidState:
        return protocol, False
    return protocol, protocol.state is OPEN


def extensions_of(exchange: str, *, is_deflated: bool) -> list[ServerExtensionFactory]:
    """What a server agrees to."""
    return [ServerPerMessageDeflateFactory()] if is_deflated and exchange in OFFERS_DEFLATE else []
