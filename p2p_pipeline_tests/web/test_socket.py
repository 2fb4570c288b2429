"""One client against a topic that changes while it is being sent to, sleeps, resumes or takes nothing at all."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn

import p2p_pipeline.web.app as service
from p2p_pipeline.commands.ports import free_port
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.live.socket import Clients
from p2p_pipeline.web.live.topic import Topic
from p2p_pipeline_tests.web.serving import edges_over

NOW = datetime(2026, 11, 30, tzinfo=UTC)


class SlowSocket:
    """A client whose every message takes until it is let through."""

    def __init__(self, query: dict[str, str] | None = None) -> None:
        self.query_params = query or {}
        self.scope: dict[str, Any] = {}
        self.heard: list[dict[str, Any]] = []
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.closed: list[int] = []
        self.is_open = asyncio.Event()
        self.is_open.set()

    async def accept(self, subprotocol: str | None = None) -> None:
        """As starlette's."""

    async def close(self, code: int, reason: str) -> None:
        """As starlette's."""
        self.closed.append(code)

    async def send_text(self, text: str) -> None:
        """Takes it when it is let."""
        await self.is_open.wait()
        self.heard.append(json.loads(text))

    async def receive(self) -> dict[str, Any]:
        """What the test said for it."""
        return await self.said.get()

    async def until(self, count: int) -> None:
        """Wait until so many messages were heard."""
        end = time.monotonic() + 3
        while len(self.heard) < count and time.monotonic() < end:
            await asyncio.sleep(0.005)
        assert len(self.heard) >= count, self.heard

    def say(self, **message: object) -> None:
        """A message of the client."""
        self.said.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})


def talk(play: Any, query: dict[str, str] | None = None, before: int = 0, **options: float) -> SlowSocket:
    """Serve one client while `play(topic, client)` happens, until it hangs up."""

    async def all_of_it() -> SlowSocket:
        topic, client = Topic("now", lambda: NOW), SlowSocket(query)
        topic.epoch = "e"
        for number in range(before):
            topic.publish({"a": {"x": number}}, NOW)
        serving = asyncio.create_task(Clients(topic, **options).serve(client))  # type: ignore[arg-type]
        await play(topic, client)
        client.said.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(serving, 3)
        return client

    return asyncio.run(all_of_it())


def test_a_change_that_comes_while_another_is_sent_is_heard_at_once() -> None:
    async def play(topic: Topic, client: SlowSocket) -> None:
        await client.until(2)
        client.is_open.clear()
        topic.publish({"a": {"x": "first"}}, NOW)
        await asyncio.sleep(0.02)
        topic.publish({"a": {"x": "second"}}, NOW)
        client.is_open.set()
        await client.until(4)

    client = talk(play, before=1)
    assert [one["rows"]["a"]["x"] for one in client.heard[2:]] == ["first", "second"]


def test_a_client_that_returns_up_to_date_hears_the_next_change_as_a_change() -> None:
    async def play(topic: Topic, client: SlowSocket) -> None:
        await client.until(1)
        await asyncio.sleep(0.02)
        topic.publish({"a": {"x": "new"}}, NOW)
        await client.until(2)

    client = talk(play, {"epoch": "e", "seq": "3"}, before=3)
    assert [one["type"] for one in client.heard] == ["hello", "delta"]


def test_nobody_hears_a_frame_twice_who_resumes_while_changes_come() -> None:
    async def play(topic: Topic, client: SlowSocket) -> None:
        await client.until(2)
        client.is_open.clear()
        topic.publish({"a": {"x": 3}}, NOW)
        client.say(type="resume", epoch="e", seq=2)
        await asyncio.sleep(0.02)
        client.is_open.set()
        await client.until(3)
        topic.publish({"a": {"x": 4}}, NOW)
        await client.until(4)

    numbers = [one["seq"] for one in talk(play, before=2).heard if one["type"] == "delta"]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 4


def test_a_paused_client_hears_nothing_but_heartbeats_until_it_goes_on() -> None:
    async def play(topic: Topic, client: SlowSocket) -> None:
        await client.until(2)
        client.say(type="pause")
        await asyncio.sleep(0.02)
        topic.publish({"a": {"x": "unheard"}}, NOW)
        await asyncio.sleep(0.08)
        assert "delta" not in [one["type"] for one in client.heard]
        client.say(type="go_on")
        await asyncio.sleep(0.05)

    kinds = [one["type"] for one in talk(play, before=1, heartbeat_seconds=0.03).heard]
    assert "heartbeat" in kinds
    assert kinds[-1] in ("delta", "heartbeat")
    assert "delta" in kinds


@pytest.mark.parametrize("message", [{"bytes": b"\x00"}, {"text": "nonsense"}, {}])
def test_bytes_and_nonsense_are_refused_with_a_code(message: dict[str, Any]) -> None:
    async def play(_: Topic, client: SlowSocket) -> None:
        client.said.put_nowait({"type": "websocket.receive", **message})
        while not client.closed:
            await asyncio.sleep(0.005)

    assert talk(play).closed == [4409]


def test_one_client_too_many_is_told_to_try_later() -> None:
    async def play(_: Topic, client: SlowSocket) -> None:
        await asyncio.sleep(0)

    assert talk(play, most=0).closed == [1013]


def test_a_client_that_takes_nothing_is_gone_after_its_time_on_a_real_server(
    web_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def publish_much(_: Edges, topic: Topic) -> None:
        number = 0
        while True:
            number += 1
            topic.publish({f"r{row}": {"x": f"{number} " * 20_000} for row in range(10)}, NOW)
            await asyncio.sleep(0.05)

    monkeypatch.setattr(service, "watch", publish_much)
    monkeypatch.setattr(service, "Clients", lambda topic: Clients(topic, slow_seconds=0.5))
    app, port = service.create_app(edges_over(web_folder)), free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    with sockets.create_connection(("127.0.0.1", port)) as stuck:
        stuck.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 8192)
        stuck.sendall(
            b"GET /ws/now HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        counts: list[int] = []
        end = time.monotonic() + 8
        while (time.monotonic() < end and counts[-1:] != [0]) or 1 not in counts:
            counts.append(app.state.clients.count)
            assert time.monotonic() < end, "it is still counted"
            time.sleep(0.05)
    server.should_exit = server.force_exit = True
    thread.join(5)
    assert counts[-1] == 0
