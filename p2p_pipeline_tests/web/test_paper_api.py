"""The API of paper sessions: what a mistake says, who may change something, the log in pages and as a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace
from starlette.websockets import WebSocketDisconnect
from websockets.sync.client import connect

from p2p_pipeline.client import AsyncClient, Client, ProblemError, asks
from p2p_pipeline.paper.actions.sessions import SessionFailed
from p2p_pipeline.paper.log.writing import LOG_NAME, LogWriter
from p2p_pipeline.paper.sessions.about import Summary, read_about, write_about
from p2p_pipeline.paper.sessions.status import SessionStatus
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import Said
from p2p_pipeline.web import paper_read
from p2p_pipeline.web.api import paper as api
from p2p_pipeline.web.named_from_data import named_from
from p2p_pipeline.web.starts_by_key import StartsByKey
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.paper.actions.serving import served as served_exchange
from p2p_pipeline_tests.paper.live.loopback import Loopback
from p2p_pipeline_tests.paper.live.sessions import EAGER
from p2p_pipeline_tests.web.browsing import served
from p2p_pipeline_tests.web.paper_board import SESSION, StillDesk, left_board, left_log, left_running, session_board
from p2p_pipeline_tests.web.serving import NOON, client_of, edges_over

START, STOP = "/api/session/start", "/api/session/stop"
OF_SESSION = f"/api/v1/paper/sessions/{SESSION}"
TOKEN = "a-secret-of-more-than-twenty-characters"


class Remembering(StillDesk):
    """Starts nothing, and remembers what it was asked for."""

    started: tuple[PaperSettings, str | None, float | None] | None = None
    starts: int = 0

    def start(self, settings: PaperSettings, source: str | None, seconds: float | None) -> SessionStatus:
        self.started = (settings, source, seconds)
        self.starts += 1
        return super().start(settings, source, seconds)


@pytest.fixture
def desk(tmp_path: Path) -> Remembering:
    left_log(tmp_path, session_board(NOON, state="STOPPED"))
    return Remembering(edges_over(tmp_path).paths)


@pytest.fixture
def asking(tmp_path: Path, desk: Remembering) -> Iterator[TestClient]:
    edges = edges_over(tmp_path, NOON + timedelta(seconds=1))
    edges.paper = desk
    with client_of(edges) as found:
        yield found


def test_a_session_is_started_with_what_is_asked_and_defaults_for_the_rest(
    asking: TestClient, desk: Remembering
) -> None:
    sent = {
        "config": {"entry": {"notional": "250.50"}, "short": None},
        "source": "http://127.0.0.1:8530",
        "seconds": 60,
    }
    assert asking.post(START, json=sent).json()["session"] == SESSION
    wanted = PaperSettings.model_validate({"entry": {"notional": "250.50"}, "short": None})
    assert desk.started == (wanted, "http://127.0.0.1:8530", 60)
    assert asking.post(START, json={"config_yaml": "rearm_seconds: 7"}).status_code == 200
    assert desk.started == (PaperSettings.model_validate({"rearm_seconds": 7}), None, None)


def test_a_start_asked_for_again_with_its_key_is_the_session_that_it_began(
    asking: TestClient, desk: Remembering
) -> None:
    sent, key = {"config": {"rearm_seconds": 7}}, {"Idempotency-Key": "from-a-button"}
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda _: asking.post(START, json=sent, headers=key), range(4)))
    assert [(one.status_code, one.json()["session"]) for one in answers] == [(200, SESSION)] * 4
    assert desk.starts == 1
    other = asking.post(START, json={}, headers=key)
    assert (other.status_code, "send a new key for a new session" in other.json()["detail"]) == (409, True)
    assert asking.post(START, json=sent, headers={"Idempotency-Key": "another"}).status_code == 200
    assert asking.post(START, json=sent).status_code == 200
    assert desk.starts == 3


def test_a_key_whose_start_failed_can_be_used_again() -> None:
    starts = StartsByKey()
    with pytest.raises(SessionFailed, match="no exchange"):
        starts.begun("key", "this", lambda: failing("no exchange"))
    assert starts.begun("key", "that", lambda: SESSION) == SESSION


def failing(why: str) -> str:
    raise SessionFailed("{why}", why=why)


def test_no_answer_says_where_on_this_machine_the_data_lies(asking: TestClient, tmp_path: Path) -> None:
    folder = left_board(tmp_path, session_board(NOON, state="FAILED", reason=f"{tmp_path}/paper/x can't be written"))
    about = read_about(folder)
    assert about is not None
    summary = Summary(12, 2, "1.3", "0.05", "0", "10001.25", str(folder.log), "0" * 64)
    write_about(folder, replace(about, summary=summary))
    told = asking.get(OF_SESSION)
    assert told.json()["summary"]["log"] == f"paper/{SESSION}/{LOG_NAME}"
    assert told.json()["reason"] == "paper/x can't be written"
    damaged = SessionFailed("{output} says why", output=folder.output)
    assert str(named_from(tmp_path, str(damaged))) == f"paper/{SESSION}/output.log says why"
    assert str(tmp_path) not in told.text + asking.get("/api/v1/paper/sessions").text


def test_without_a_source_it_is_the_one_that_the_service_is_configured_for(
    asking: TestClient, desk: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(paper_read.SOURCE_VARIABLE, "http://127.0.0.1:9")
    assert asking.post(START, json={}).status_code == 200
    assert desk.started == (PaperSettings(), "http://127.0.0.1:9", None)


@pytest.mark.parametrize(
    ("sent", "pointer", "words"),
    [
        ({"config": {"entry": {"notional": -5}}}, "config.entry.notional", "was -5; write a number above 0"),
        ({"config": {"entri": {}}}, "config.entri", "`p2p paper config` prints them all"),
        ({"config": {"rearm_seconds": "soon"}}, "config.rearm_seconds", "was 'soon'; write a number"),
        ({"config_yaml": "\nrearm_seconds: -1"}, "config.rearm_seconds", "config_yaml line 2: rearm_seconds: was -1"),
        ({"config_yaml": "a: [1"}, None, "config_yaml line"),
        ({"config": {}, "config_yaml": ""}, None, "send one of them"),
        ({"seconds": 0}, "seconds", "seconds: it was '0'; write a number above 0"),
        ({"session": "x"}, "session", "there is no such parameter"),
        ({"source": "file:///etc/passwd"}, None, "write the simulator's address"),
    ],
)
def test_a_mistake_is_one_sentence_with_the_parameter_and_starts_nothing(
    asking: TestClient, desk: Remembering, sent: dict[str, object], pointer: str | None, words: str
) -> None:
    found = asking.post(START, json=sent)
    told = found.json()
    assert (found.status_code, found.headers["content-type"]) == (422, "application/problem+json")
    assert words in told["detail"]
    assert pointer is None or pointer in [one["pointer"] for one in told["errors"]]
    assert desk.started is None or "source" in sent


def test_another_sites_page_starts_and_stops_nothing(asking: TestClient, desk: Remembering) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        for address in (START, STOP, f"{OF_SESSION}/commands", "/api/v1/paper/session/start"):
            assert asking.post(address, json={}, headers=headers).status_code == 403
    assert asking.post(START, json={}, headers={"Host": "evil.example"}).status_code == 421
    assert desk.started is None


def test_with_a_token_nothing_is_started_stopped_or_heard_without_it(tmp_path: Path, desk: Remembering) -> None:
    edges = edges_over(tmp_path, token=TOKEN)
    edges.paper = desk
    with client_of(edges) as asking:
        for address in (START, STOP, f"{OF_SESSION}/commands"):
            assert asking.post(address, json={}).status_code == 401
        with (
            pytest.raises(WebSocketDisconnect) as refused,
            asking.websocket_connect(f"ws://127.0.0.1:8000/ws/paper/{SESSION}"),
        ):
            pass
        assert (refused.value.code, desk.started) == (4401, None)
        assert asking.post(START, json={}, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_the_only_session_that_runs_is_meant_without_a_name_else_they_are_listed(
    asking: TestClient, tmp_path: Path
) -> None:
    nothing = asking.get("/api/session/status")
    assert (nothing.status_code, "no paper session is running" in nothing.json()["detail"]) == (404, True)
    other = "20241025T130000.000Z-0a1b2c3d"
    with left_running(tmp_path, session_board(NOON + timedelta(hours=1), session=other)):
        assert asking.get("/api/session/status").json()["session"] == other
        assert asking.get(f"/api/session/status?session={SESSION}").json()["state"] == "STOPPED"
        with left_running(tmp_path, session_board(NOON)):
            both = asking.post(STOP, json={})
    assert (both.status_code, SESSION in both.json()["detail"], other in both.json()["detail"]) == (404, True, True)
    items = asking.get("/api/v1/paper/sessions").json()["items"]
    assert [(one["session"], one["state"]) for one in items] == [(other, "DIED"), (SESSION, "DIED")]


def test_pages_of_a_log_are_its_lines_each_once_and_filters_leave_out_the_rest(
    asking: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [orjson.loads(one) for one in (tmp_path / "paper" / SESSION / LOG_NAME).read_bytes().splitlines()]
    # As if the log were long: a page looks at few lines, and its cursor goes on from there.
    monkeypatch.setattr(api, "MOST_LINES_LOOKED_AT", 5)

    def paged(**asked: str | int) -> list[dict[str, object]]:
        found, cursor = [], ""
        while True:
            page = asking.get(f"{OF_SESSION}/events", params={**asked, "cursor": cursor, "limit": 3}).json()
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    assert paged() == lines
    assert paged(**{"from": 20}) == lines[19:]
    assert paged(type="order_filled") == [one for one in lines if one["type"] == "order_filled"] != []
    assert paged(symbol="BBBUSDT") == [one for one in lines if one.get("symbol") == "BBBUSDT"] != []
    assert paged(text='"reason":"stop_loss"') == [one for one in lines if one.get("reason") == "stop_loss"] != []
    assert paged(type="nonsense") == []


def test_a_log_of_several_parts_is_downloaded_as_one_file_that_is_whole(asking: TestClient, tmp_path: Path) -> None:
    found = asking.get(f"{OF_SESSION}/log")
    assert found.content == (tmp_path / "paper" / SESSION / LOG_NAME).read_bytes()
    assert found.headers["content-disposition"] == f'attachment; filename="{SESSION}.{LOG_NAME}"'
    assert asking.get("/api/v1/paper/sessions/nonsense/log").status_code == 404


def test_an_answer_that_has_not_changed_costs_nothing_until_a_line_is_written(
    asking: TestClient, tmp_path: Path
) -> None:
    for address in (f"{OF_SESSION}/events", f"{OF_SESSION}/results", OF_SESSION, "/api/v1/paper/sessions"):
        known = {"If-None-Match": asking.get(address).headers["etag"]}
        assert asking.get(address, headers=known).status_code == 304, address
    known = {"If-None-Match": asking.get(f"{OF_SESSION}/events").headers["etag"]}
    folder = left_board(tmp_path, session_board(NOON))
    writer = LogWriter(folder.log)
    writer.say(Said(1, "symbol_armed", {"symbol": "AAAUSDT"}))
    writer.sync()
    assert len(asking.get(f"{OF_SESSION}/events", headers=known).json()["items"]) == 1


def test_the_client_starts_asks_and_stops(tmp_path: Path, desk: Remembering) -> None:
    edges = edges_over(tmp_path)
    edges.paper = desk
    with served(edges) as site:
        with Client(site) as client:
            started = client.ask(asks.start_paper_session(config={"rearm_seconds": 2}, seconds=5))
            assert (started.session, started.is_simulated) == (SESSION, True)
            assert client.ask(asks.get_paper_results(session=started.session)).orders.filled == 2
            events = list(client.each(asks.list_paper_events(session=SESSION, limit=7)))
            assert [one["n"] for one in events] == list(range(1, len(events) + 1))
            assert client.ask(asks.stop_paper_session(session=SESSION)).state == "STOPPED"
            with pytest.raises(ProblemError, match="there is no session 'x'"):
                client.ask(asks.tell_paper_session(session="x", command="close_all"))

        async def awaited() -> str:
            async with AsyncClient(site) as client:
                return (await client.ask(asks.stop_paper_session(session=SESSION))).session

        assert asyncio.run(awaited()) == SESSION


@only_long
def test_a_real_session_is_started_heard_and_stopped_over_http(tmp_path: Path) -> None:
    exchange = Loopback(candle_every=0.3)
    with served_exchange(exchange), served(edges_over(tmp_path)) as site, Client(site) as client:
        sent = asks.start_paper_session(config=EAGER, source=exchange.url, seconds=600)
        session = client.ask(sent).session
        with connect(f"{site.replace('http', 'ws')}/ws/paper/{session}") as socket:
            kinds = [orjson.loads(socket.recv(20))["type"] for _ in range(8)]
        assert kinds[:2] == ["hello", "snapshot"]
        assert {"tick", "events_append"} <= set(kinds)
        assert client.ask(asks.get_paper_session_status()).session == session
        stopped = client.ask(asks.stop_paper_session())
        assert (stopped.state, stopped.is_running) == ("STOPPED", False)
        assert client.ask(asks.stop_paper_session(session=session)).summary == stopped.summary
        assert client.ask(asks.get_paper_results(session=session)).is_stopped


def test_a_session_that_has_ended_hears_nothing_and_says_so(tmp_path: Path) -> None:
    left_board(tmp_path, session_board(NOON, state="STOPPED"))
    with client_of(edges_over(tmp_path)) as asking:
        found = asking.post(f"{OF_SESSION}/commands", json={"command": "close_all"})
        assert (found.status_code, found.json()["type"]) == (409, "/problems/conflict")
        assert "is not running (STOPPED)" in found.json()["detail"]
        assert asking.post(STOP, json={"session": SESSION}).json()["state"] == "STOPPED", "a second stop is no error"
