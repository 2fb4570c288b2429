"""One socket as long as it lasts, against a real server on loopback."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from websockets.asyncio.server import ServerConnection

from p2p_pipeline.exchanges.connections.connection import Connection, ConnectionEnded, SocketAddress
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.words import NOW_SECONDS, Capability, Heartbeat, Limits
from p2p_pipeline_tests.exchanges.connections.small_exchange import SmallExchange, Talk, capability


def live(
    talk: Talk,
    opened: Callable[[Connection], None] = lambda _: None,
    of: Capability | None = None,
    first: tuple[str, ...] = (),
    says_hello: bool = False,
) -> tuple[list[Frame], SmallExchange, str]:
    """The frames of one connection's life, the server, and why it ended."""

    async def run() -> tuple[list[Frame], SmallExchange, str]:
        frames: list[Frame] = []
        async with SmallExchange(talk).running() as server:
            connection = Connection("ws0", of or capability(), frames.append, time.time_ns, random.Random(1))
            address = SocketAddress(server.url.replace("http", "ws") + "/stream", first, says_hello=says_hello)
            with pytest.raises(ConnectionEnded) as ended:
                async with asyncio.timeout(10):
                    await connection.run(address, lambda now_ms: f"ping {now_ms > 0}", lambda: opened(connection))
            return frames, server, str(ended.value)

    return asyncio.run(run())


def incoming(frames: list[Frame]) -> list[bytes]:
    return [one.body for one in frames if one.passage is Passage.SOCKET and not one.is_outgoing]


def test_a_life_is_told_from_its_opening_to_its_end_with_everything_said_and_heard_in_order() -> None:
    async def talk(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send("text")
        await socket.send(b"\x00binary")

    frames, server, why = live(talk, first=("hello",))
    told = [(one.passage, one.body, one.is_outgoing, one.is_binary) for one in frames[:-1]]
    assert told == [
        (Passage.OPENED, b"", False, False),
        (Passage.SOCKET, b"hello", True, False),
        (Passage.SOCKET, b"text", False, False),
        (Passage.SOCKET, b"\x00binary", False, True),
    ]
    assert frames[-1].passage is Passage.CLOSED
    assert "the exchange closed it" in why
    assert frames[-1].body.decode() == why
    assert server.paths == ["/stream"]


def test_a_message_that_must_hold_its_time_goes_out_and_is_noted_with_that_of_its_sending() -> None:
    heard: list[str | bytes] = []

    async def talk(socket: ServerConnection) -> None:
        heard.append(await socket.recv())

    text = '{"time":"%s","id":1}' % NOW_SECONDS  # noqa: UP031 - braces
    began = int(time.time())
    frames, _, _ = live(talk, lambda connection: connection.outgoing.subscription(text))
    (sent,) = [one for one in frames if one.is_outgoing]
    assert heard == [sent.body.decode()]
    assert began <= json.loads(sent.body)["time"] <= time.time()


def test_a_snapshot_larger_than_the_librarys_limit_comes_whole() -> None:
    async def talk(socket: ServerConnection) -> None:
        await socket.send("x" * 6_000_000)

    frames, _, _ = live(talk)
    assert list(map(len, incoming(frames))) == [6_000_000]


def test_messages_go_out_no_faster_than_the_exchange_allows_and_signs_of_life_go_first() -> None:
    async def talk(_: ServerConnection) -> None:
        await asyncio.sleep(0.8)

    def opened(connection: Connection) -> None:
        for number in range(4):
            connection.outgoing.subscription(f"subscribe {number}")
        asyncio.get_running_loop().call_later(0.05, connection.outgoing.urgent, "pong")

    frames, _, _ = live(talk, opened, capability(Limits(messages_per_second=20.0)))
    sent = [(one.received_at_ns or 0, one.body) for one in frames if one.is_outgoing]
    assert [body for _, body in sent].index(b"pong") <= 2
    assert len(sent) == 5
    # As long as a message takes from its turn to the frame that is noted.
    assert all(later - earlier > 40_000_000 for (earlier, _), (later, _) in pairwise(sent))


def test_an_hours_budget_of_requests_stops_subscriptions_and_no_signs_of_life() -> None:
    async def talk(_: ServerConnection) -> None:
        await asyncio.sleep(0.2)

    def opened(connection: Connection) -> None:
        for number in range(4):
            connection.outgoing.subscription(f"subscribe {number}")
        asyncio.get_running_loop().call_later(0.1, connection.outgoing.urgent, "pong")

    limits = Limits(messages_per_second=1000.0, subscription_requests_per_hour=4)
    _, server, _ = live(talk, opened, capability(limits))
    assert [text for _, text in server.heard] == ["subscribe 0", "subscribe 1", "pong"]


def test_we_give_a_sign_of_life_and_end_what_gives_none() -> None:
    async def talk(socket: ServerConnection) -> None:
        await socket.wait_closed()

    frames, server, why = live(talk, of=capability(heartbeat=Heartbeat(ping_seconds=0.2, silence_seconds=0.6)))
    assert server.heard[0][1] == "ping True"
    assert why.startswith("silent for ")
    assert frames[-1].passage is Passage.CLOSED


def test_ping_frames_of_the_protocol_are_signs_of_life() -> None:
    async def talk(socket: ServerConnection) -> None:
        for _ in range(4):
            await (await socket.ping())
            await asyncio.sleep(0.35)

    _, _, why = live(talk, of=capability(heartbeat=Heartbeat(silence_seconds=1.2)))
    assert "the exchange closed it" in why


def test_who_speaks_first_is_heard_before_anything_is_asked() -> None:
    async def talk(socket: ServerConnection) -> None:
        await asyncio.sleep(0.1)
        await socket.send("welcome")
        await asyncio.sleep(0.1)

    frames, _, _ = live(talk, lambda one: one.outgoing.subscription("subscribe"), says_hello=True)
    assert [one.body for one in frames if one.passage is Passage.SOCKET] == [b"welcome", b"subscribe"]


def test_whoever_ends_it_is_named() -> None:
    async def talk(socket: ServerConnection) -> None:
        await socket.wait_closed()

    _, _, why = live(talk, lambda one: one.end("5 of 6 books broke at once"))
    assert why == "5 of 6 books broke at once"


def test_a_connection_is_replaced_before_the_exchange_ends_it() -> None:
    async def talk(socket: ServerConnection) -> None:
        await socket.wait_closed()

    limits = Limits(messages_per_second=1000.0, connection_hours=0.3 / 3600)
    frames, _, why = live(talk, of=capability(limits))
    assert why == "replaced before the exchange ends it"
    assert frames[-1].passage is Passage.CLOSED


def test_nobody_there_is_told_as_the_reason() -> None:
    connection = Connection("ws0", capability(), lambda _: None, time.time_ns, random.Random(1))
    with pytest.raises(ConnectionEnded, match=r"(?i)connect"):
        asyncio.run(connection.run(SocketAddress("ws://127.0.0.1:9/"), lambda _: None, lambda: None))
    assert not connection.came_up
