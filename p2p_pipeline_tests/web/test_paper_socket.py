"""`/ws/paper/…` of a real server, heard by the websockets client: hello, snapshot, ticks, lines, refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from p2p_pipeline.paper.log.writing import LOG_NAME, LogWriter
from p2p_pipeline.paper.words import Said
from p2p_pipeline_tests.web.browsing import served
from p2p_pipeline_tests.web.paper_board import SESSION, left_board, left_running, row, session_board
from p2p_pipeline_tests.web.serving import edges_over

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECONDS = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where sessions leave their boards."""
    return tmp_path_factory.mktemp("sessions")


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    """A real server on loopback."""
    edges = edges_over(folder)
    edges.now = lambda: NOW
    with served(edges) as address:
        yield address.replace("http", "ws")


def heard(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message, which is of this kind."""
    message: dict[str, Any] = json.loads(socket.recv(SECONDS))
    assert message["type"] == kind, message
    return message


def test_a_client_hears_the_board_then_what_changed_and_the_log_as_it_grows(site: str, folder: Path) -> None:
    board = session_board(NOW)
    with left_running(folder, board) as found:
        writer = LogWriter(found.root / LOG_NAME)
        writer.say(Said(1, "symbol_armed", {"symbol": "BTCUSDT"}))
        writer.sync()
        with connect(f"{site}/ws/paper/{SESSION}", subprotocols=["p2p.v1"]) as socket:  # type: ignore[list-item]
            assert socket.subprotocol == "p2p.v1"
            hello, snapshot = heard(socket, "hello"), heard(socket, "snapshot")
            assert (hello["session"], hello["events"], snapshot["events"]) == (SESSION, 1, 1)
            assert snapshot["board"]["rows"][0]["mark"] == "67000.5"
            changed = row("BTCUSDT", "ARMED", "67001", "0.1234", int(NOW.timestamp() * 1000))
            left_board(folder, session_board(NOW, sequence=8, rows=(changed, *board.rows[1:])))
            tick = heard(socket, "tick")
            assert (tick["sequence"], tick["rows"]["BTCUSDT"]["mark"]) == (8, "67001")
            writer.say(Said(2, "symbol_stale", {"symbol": "BTCUSDT"}))
            writer.sync()
            lines = heard(socket, "events_append")
            assert (lines["from"], [one["type"] for one in lines["lines"]]) == (2, ["symbol_stale"])
            socket.send('{"resume": {"sequence": 7, "event": 2}}')
            assert heard(socket, "tick")["sequence"] == 8
            assert heard(socket, "events_append")["from"] == 2
        with connect(f"{site}/ws/paper/{SESSION}?sequence=8&event=2") as again:
            heard(again, "hello")
            assert heard(again, "events_append")["from"] == 2


def test_a_session_that_has_stopped_gives_its_last_board_and_stays_open(site: str, folder: Path) -> None:
    name = "20241025T130000.000Z-0a1b2c3d"
    left_board(folder, session_board(NOW, session=name, state="STOPPED"))
    with connect(f"{site}/ws/paper/{name}") as socket:
        heard(socket, "hello")
        assert heard(socket, "snapshot")["board"]["state"] == "STOPPED"
        socket.send('{"type": "pause"}')
        with pytest.raises(TimeoutError):
            socket.recv(0.3)


@pytest.mark.parametrize("name", ["nonsense", "..", "%00"])
def test_a_session_that_is_none_is_refused_with_a_sentence(site: str, name: str) -> None:
    with connect(f"{site}/ws/paper/{name}") as socket, pytest.raises(ConnectionClosed) as refused:
        socket.recv(SECONDS)
    close = refused.value.rcvd
    assert close is not None
    assert close.code == 4404
    assert close.reason.startswith("there is no session")


def test_what_is_no_message_of_ours_closes_with_what_to_send(site: str, folder: Path) -> None:
    left_board(folder, session_board(NOW, session="20241025T140000.000Z-0a1b2c3d"))
    with connect(f"{site}/ws/paper/20241025T140000.000Z-0a1b2c3d") as socket:
        heard(socket, "hello")
        heard(socket, "snapshot")
        socket.send('{"resume": {"sequence": "x"}}')
        with pytest.raises(ConnectionClosed) as refused:
            socket.recv(SECONDS)
    assert refused.value.rcvd is not None
    assert refused.value.rcvd.code == 4409
