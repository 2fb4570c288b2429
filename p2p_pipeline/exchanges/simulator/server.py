"""The simulated exchanges on loopback: one port, sockets and requests, the exchange told by the path's first part."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import h11
from websockets.exceptions import WebSocketException

from p2p_pipeline.exchanges.simulator.control import steer
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer
from p2p_pipeline.exchanges.simulator.exchange import UNAVAILABLE, Line, Market
from p2p_pipeline.exchanges.simulator.faults import FaultName, FaultPlan, FaultRule
from p2p_pipeline.exchanges.simulator.hall import Hall
from p2p_pipeline.exchanges.simulator.http import (
    MOST_HEAD_BYTES,
    Asked,
    asked_by_head,
    asks_for_socket,
    read_head,
    read_request,
    response,
)
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.sockets import Socket, extensions_of, shake_hands
from p2p_pipeline.kernel.errors import ClearError

HOST = "127.0.0.1"
TICK_SECONDS = 0.02
_SLOW_BYTES_A_SECOND = 2_000.0
_NOT_FOUND = Answer(b'{"code":404,"msg":"Not Found"}', 404)


class PortTaken(ClearError):
    """The port can't be served on."""


class RunningExchanges:
    """Exchanges that serve in a thread of their own, and the handle on what they do."""

    def __init__(self, url: str, hall: Hall, lock: threading.RLock, clock: Callable[[], float]) -> None:
        self.url = url
        """http://127.0.0.1:PORT; the sockets of an exchange are at ws://127.0.0.1:PORT/<exchange>…"""
        self.hall = hall
        self.lock = lock
        """Held while the hall works: take it to look at books."""
        self.clock = clock

    @property
    def faults(self) -> FaultPlan:
        """What goes wrong; `add` here fills in the time."""
        return self.hall.faults

    def add_fault(self, name: FaultName, **conditions: float | str | None) -> None:
        """Put one more fault in force."""
        self.hall.faults.add(FaultRule(name, **conditions), self.clock())  # type: ignore[arg-type]

    def end_faults(self) -> None:
        """Nothing goes wrong any more."""
        self.hall.faults.replace((), self.clock())


@contextmanager
def running_exchanges(options: ExchangesOptions | None = None) -> Iterator[RunningExchanges]:
    """Serve the exchanges on loopback until the block is left. Raises PortTaken, and what a plant's file has wrong."""
    chosen = options or ExchangesOptions()
    clock = chosen.clock or make_clock(chosen.start_at, chosen.time_scale)
    hall, lock = Hall(chosen, clock()), threading.RLock()
    service = _Service(hall, lock, clock, chosen)
    thread = threading.Thread(target=service.run, name="exchange-simulator", daemon=True)
    thread.start()
    try:
        yield RunningExchanges(f"http://{HOST}:{service.wait_for_port()}", hall, lock, clock)
    finally:
        service.stop()
        thread.join()


def make_clock(start_at: float | None, time_scale: float) -> Callable[[], float]:
    """A clock that begins at a moment (now, if None) and runs `time_scale` times as fast as the real one."""
    if start_at is None and time_scale == 1.0:
        return time.time
    began, first = time.monotonic(), time.time() if start_at is None else start_at
    return lambda: first + (time.monotonic() - began) * time_scale


class _Service:
    """The event loop, its listening socket and the connections that are open."""

    def __init__(
        self, hall: Hall, lock: threading.RLock, clock: Callable[[], float], options: ExchangesOptions
    ) -> None:
        self._hall = hall
        self._lock = lock
        self._clock = clock
        self._port = options.port
        self._is_deflated = options.is_deflated
        self._is_ready = threading.Event()
        self._error: OSError | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._sockets: dict[Line, Socket] = {}

    def run(self) -> None:
        """Serve until stopped; the body of the thread."""
        asyncio.run(self._serve())

    def wait_for_port(self) -> int:
        """The port that is served, once it is. Raises PortTaken when it can't be had."""
        self._is_ready.wait()
        if self._error is not None:
            raise PortTaken(
                "port {port} on {host} can't be used: {error}; choose another with --port",
                port=self._port,
                host=HOST,
                error=str(self._error),
            )
        return self._port

    def stop(self) -> None:
        """End serving, whatever the clients are doing."""
        self._is_ready.wait()
        if self._loop is not None and self._stop is not None:
            with suppress(RuntimeError):  # the loop is over already
                self._loop.call_soon_threadsafe(self._stop.set)

    async def _serve(self) -> None:
        try:
            server = await asyncio.start_server(self._connected, HOST, self._port, limit=MOST_HEAD_BYTES)
        except OSError as error:
            self._error = error
            self._is_ready.set()
            return
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._port = server.sockets[0].getsockname()[1]
        for exchange in self._hall.markets():
            exchange.address = f"{HOST}:{self._port}"
        self._is_ready.set()
        pump = asyncio.create_task(self._pump())
        await self._stop.wait()
        server.close()
        for task in (pump, *self._open):
            task.cancel()
        await asyncio.gather(pump, *self._open, return_exceptions=True)

    async def _pump(self) -> None:
        """Tell sockets what has changed, again and again."""
        while True:
            began = time.monotonic()
            with self._lock:
                for line, frames in self._hall.advance(self._clock()):
                    socket = self._sockets.get(line)
                    if socket is not None:
                        socket.send(frames)
                        if line.must_close:
                            socket.close(1001, "going away")
                for socket in self._sockets.values():
                    socket.ping(began, str(int(began * 1000)).encode())
                    socket.flush(began, self._pace(socket.exchange))
            took = time.monotonic() - began
            # Whoever connects or asks has a turn, however much there is to tell.
            await asyncio.sleep(max(TICK_SECONDS - took, took / 2, 0.001))

    def _pace(self, exchange: Market) -> float | None:
        rule = self._hall.faults.state(FaultName.SLOW, exchange.name, self._hall.now)
        return None if rule is None else (rule.amount or _SLOW_BYTES_A_SECOND)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._open.add(task)
        try:
            with suppress(OSError, h11.RemoteProtocolError, WebSocketException, asyncio.CancelledError):
                await self._talk(reader, writer)
        finally:
            self._open.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (head := await read_head(reader)) is not None:
            if asks_for_socket(head):
                await self._speak(head, reader, writer)
                return
            asked = await read_request(head, reader)
            if asked is None:
                return
            writer.write(response(self._answer(asked), is_last=asked.is_last))
            await writer.drain()
            if asked.is_last:
                return

    def _answer(self, asked: Asked) -> Answer:
        with self._lock:
            self._hall.now = self._clock()
            steered = steer(self._hall, asked)
            if steered is not None:
                return steered
            answer = self._hall.answer(asked.mount, asked.method, asked.path, asked.query, asked.body, self._clock())
            return answer or _NOT_FOUND

    async def _speak(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A client's socket, from its handshake to its end."""
        asked = asked_by_head(head)
        exchange = self._hall.market_at(asked.mount, asked.target)
        with self._lock:
            opened = None if exchange is None else exchange.open(asked.target, self._clock())
        if exchange is None or opened is None:
            writer.write(response(_NOT_FOUND if exchange is None else UNAVAILABLE, is_last=True))
            return
        line, frames = opened
        try:
            protocol, stands = shake_hands(head, extensions_of(exchange.name, is_deflated=self._is_deflated))
            writer.write(b"".join(protocol.data_to_send()))
            if stands:
                socket = self._sockets[line] = Socket(exchange, line, protocol, writer)
                socket.send(frames)
                await self._listen(socket, reader)
        finally:
            self._sockets.pop(line, None)
            with self._lock:
                exchange.closed(line)

    async def _listen(self, socket: Socket, reader: asyncio.StreamReader) -> None:
        while not socket.is_over and (data := await reader.read(65_536)):
            with self._lock:
                for message in socket.received(data, time.monotonic()):
                    socket.send(socket.exchange.heard(socket.line, message, self._clock()))
            socket.flush(time.monotonic(), self._pace(socket.exchange))
