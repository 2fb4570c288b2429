"""The simulated venues on loopback: one port, the venue told by the path."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import h11

from p2p_pipeline.p2p.simulator import control
from p2p_pipeline.p2p.simulator.answers import WireRequest
from p2p_pipeline.p2p.simulator.catalogue import Catalogue, CatalogueOptions
from p2p_pipeline.p2p.simulator.delivery import deliver_badly, whole
from p2p_pipeline.p2p.simulator.exchange import Exchange, Outgoing
from p2p_pipeline.p2p.simulator.faults import FaultPlan, FaultRule

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """What a running simulator is made of."""

    catalogue: CatalogueOptions = field(default_factory=CatalogueOptions)
    port: int = 0
    """0 takes any free port."""
    start_at: float | None = None
    """The simulated time at the start, in seconds since 1970; None for now."""
    time_scale: float = 1.0
    """Simulated seconds in a real second."""
    clock: Callable[[], float] | None = None
    """Tells the simulated time instead of the two above."""
    faults: tuple[FaultRule, ...] = ()
    requests_per_second: float | None = None
    """What a venue puts up with before it answers 429; None for any number."""


class RunningSimulator:
    """A simulator that serves in a thread of its own, and the handle on what it does."""

    def __init__(self, url: str, exchange: Exchange, catalogue: Catalogue) -> None:
        self.url = url
        self.exchange = exchange
        self.catalogue = catalogue

    @property
    def faults(self) -> FaultPlan:
        """What goes wrong: `replace`, `add`, `rules`."""
        return self.exchange.faults


@contextmanager
def running_simulator(options: SimulatorOptions | None = None) -> Iterator[RunningSimulator]:
    """Serve both venues on loopback until the block is left."""
    chosen = options or SimulatorOptions()
    catalogue = Catalogue(chosen.catalogue)
    exchange = _make_exchange(chosen, catalogue)
    service = _Service(exchange, chosen.port)
    thread = threading.Thread(target=service.run, name="p2p-simulator", daemon=True)
    thread.start()
    try:
        yield RunningSimulator(f"http://{HOST}:{service.wait_for_port()}", exchange, catalogue)
    finally:
        service.stop()
        thread.join()


def _make_exchange(options: SimulatorOptions, catalogue: Catalogue) -> Exchange:
    clock = options.clock or make_clock(options.start_at, options.time_scale)
    faults = FaultPlan(options.faults, options.catalogue.seed)
    return Exchange(catalogue, faults, clock, time.monotonic, options.requests_per_second)


def make_clock(start_at: float | None, time_scale: float) -> Callable[[], float]:
    """A clock that begins at a moment (now, if None) and runs `time_scale` times as fast as the real one."""
    if start_at is None and time_scale == 1.0:
        return time.time
    began, first = time.monotonic(), time.time() if start_at is None else start_at
    return lambda: first + (time.monotonic() - began) * time_scale


class _Service:
    """The event loop, its listening socket and the connections that are open."""

    def __init__(self, exchange: Exchange, port: int) -> None:
        self._exchange = exchange
        self._port = port
        self._is_ready = threading.Event()
        self._error: OSError | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._open: set[asyncio.Task[None]] = set()

    def run(self) -> None:
        """Serve until stopped; the body of the thread."""
        asyncio.run(self._serve())

    def wait_for_port(self) -> int:
        """The port that is served, once it is; raises OSError when it can't be had."""
        self._is_ready.wait()
        if self._error is not None:
            raise OSError(f"port {self._port} on {HOST} can't be used: {self._error}; choose another with --port")
        return self._port

    def stop(self) -> None:
        """End serving, whatever the clients are doing."""
        self._is_ready.wait()
        if self._loop is not None and self._stop is not None:
            with suppress(RuntimeError):  # the loop is over already
                self._loop.call_soon_threadsafe(self._stop.set)

    async def _serve(self) -> None:
        try:
            server = await asyncio.start_server(self._connected, HOST, self._port)
        except OSError as error:
            self._error = error
            self._is_ready.set()
            return
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._port = server.sockets[0].getsockname()[1]
        self._is_ready.set()
        await self._stop.wait()
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._open.add(task)
        try:
            with suppress(OSError, h11.RemoteProtocolError, asyncio.CancelledError):
                await _talk(self._exchange, reader, writer)
        finally:
            self._open.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()


async def _talk(exchange: Exchange, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request after another on a connection until it ends."""
    while True:
        received = await _receive(reader)
        if received is None:
            return
        request, accepts_gzip, is_last = received
        if request.path.startswith(control.PREFIX):
            outgoing = Outgoing(control.steer(exchange, request))
        else:
            outgoing = exchange.respond(request)
        if await deliver_badly(outgoing, reader, writer):
            await writer.drain()
            return
        writer.write(whole(outgoing, accepts_gzip=accepts_gzip, is_last=is_last))
        await writer.drain()
        if is_last:
            return


async def _receive(reader: asyncio.StreamReader) -> tuple[WireRequest, bool, bool] | None:
    """Read a whole request: what it says, if gzip is welcome, if the client wants no more. None at the end."""
    connection = h11.Connection(h11.SERVER)
    heading: h11.Request | None = None
    parts: list[bytes] = []
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            data = await reader.read(65_536)
            if not data and heading is None:
                return None
            connection.receive_data(data)
        elif isinstance(event, h11.Request):
            heading = event
        elif isinstance(event, h11.Data):
            parts.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage) and heading is not None:
            return _read_request(heading, b"".join(parts))
        else:
            return None


def _read_request(heading: h11.Request, body: bytes) -> tuple[WireRequest, bool, bool]:
    headers = {bytes(name): bytes(value).lower() for name, value in heading.headers}
    target = urlsplit(bytes(heading.target).decode("latin-1"))
    request = WireRequest(bytes(heading.method).decode("ascii"), target.path, dict(parse_qsl(target.query)), body)
    is_last = b"close" in headers.get(b"connection", b"") or bytes(heading.http_version) == b"1.0"
    return request, b"gzip" in headers.get(b"accept-encoding", b""), is_last
