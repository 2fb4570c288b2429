"""What a client at the socket hears: the board at once, then what a new snapshot changed, and heartbeats."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page
from p2p_pipeline_tests.web.serving import NOON, client_of, edges_over, stored_book

SOCKET = "ws://127.0.0.1:8000/ws/now"
ROW = "binance.USDT-BOB BUY"


def test_a_new_snapshot_reaches_a_client_as_a_change_without_being_asked_for(tmp_path: Path) -> None:
    stored_book(tmp_path)
    with (
        client_of(edges_over(tmp_path, NOON + timedelta(seconds=40))) as asking,
        asking.websocket_connect(SOCKET) as socket,
    ):
        hello = socket.receive_json()
        assert (hello["type"], hello["topic"], hello["heartbeat_seconds"]) == ("hello", "now", 10.0)
        rows: dict[str, Any] = {}
        while ROW not in rows:
            # on a machine that is busy for ten seconds a heartbeat comes first
            rows |= socket.receive_json().get("rows", {})
        assert rows[ROW]["best_single"] == "10.5"
        RawStore(tmp_path).append(captures(NOON + timedelta(seconds=30), page([ad(7, "9.90", "100", "5000")])))
        change = socket.receive_json()
        assert change["type"] == "delta"
        assert change["rows"][ROW]["best_single"] == "9.9"
        assert change["seq"] > hello["seq"]


def test_a_client_that_comes_back_hears_only_what_it_missed(client: TestClient) -> None:
    with client.websocket_connect(SOCKET) as socket:
        epoch, heard = socket.receive_json()["epoch"], socket.receive_json()
        while not heard["rows"]:
            heard = socket.receive_json()
    with client.websocket_connect(f"{SOCKET}?epoch={epoch}&seq={heard['seq']}") as socket:
        assert socket.receive_json()["seq"] == heard["seq"]
        socket.send_json({"type": "resume", "epoch": "of another life", "seq": 1})
        assert socket.receive_json()["type"] == "snapshot"


def hear_to_the_end(socket: WebSocketTestSession) -> None:
    while True:
        socket.receive_json()


@pytest.mark.parametrize(
    ("text", "code"), [("nonsense", 4409), ('{"type": "dance"}', 4409), ("[]", 4409), ('{"type": "resume"}', 4409)]
)
def test_what_is_none_of_ours_closes_the_socket_with_what_to_send(client: TestClient, text: str, code: int) -> None:
    with client.websocket_connect(SOCKET) as socket:
        socket.receive_json()
        socket.send_text(text)
        with pytest.raises(WebSocketDisconnect) as closed:
            hear_to_the_end(socket)
        assert closed.value.code == code
        assert "resume" in closed.value.reason


def test_who_talks_without_end_is_closed(client: TestClient) -> None:
    with client.websocket_connect(SOCKET) as socket:
        for _ in range(12):
            socket.send_json({"type": "pause"})
        with pytest.raises(WebSocketDisconnect) as closed:
            hear_to_the_end(socket)
        assert closed.value.code == 4429
