"""Who is let in, from where, and what a browser may do with our pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from p2p_pipeline import web
from p2p_pipeline.web.addresses import LET_IN, OPEN_TO_ALL, let_in
from p2p_pipeline.web.app import create_app
from p2p_pipeline.web.guard.access import WontListen, access_for
from p2p_pipeline.web.version import VERSION
from p2p_pipeline_tests.web.serving import QUESTION, client_of, edges_over

SOCKET = "ws://127.0.0.1:8000/ws/now"
_IN_PATH = re.compile(r"\{[^}]*\}")
TOKEN = "a-secret-of-more-than-twenty-characters"
WITHOUT_TOKEN = {"/health/live", "/openapi.json"}
"""Says nothing that is anybody's."""


def routers_there_are() -> Iterator[APIRouter]:
    """Every router of a module of the web."""
    for module in walk_packages(web.__path__, f"{web.__name__}."):
        yield from (one for one in vars(import_module(module.name)).values() if isinstance(one, APIRouter))


def test_every_router_stands_under_a_rule() -> None:
    under_a_rule = {id(router) for routers in (*LET_IN.values(), OPEN_TO_ALL) for router in routers}
    there = {id(router) for router in routers_there_are()}
    assert len(there) >= 8
    assert there == under_a_rule


def test_every_route_has_an_explicit_rule_mounts_and_sockets_too(web_folder: Path) -> None:
    """A kind of route that this doesn't know has no rule either."""
    of_session = {"/ws/paper/{session}", "/api/v1/ws/paper/{session}"}
    sockets = {"/ws/now", "/ws/opportunities", "/api/v1/ws/opportunities", *of_session}
    own_rule = {"/openapi.json", "/health/live", *sockets, f"/static/{VERSION}"}
    seen = set()
    for route in iter_route_contexts(create_app(edges_over(web_folder)).routes):
        rules = [one.dependency for one in getattr(route, "dependencies", ())]
        seen.add(route.path)
        assert (let_in in rules) != (route.path in own_rule), (
            f"{route.path} has no rule: put its router into LET_IN in web/addresses.py, or say here why it needs none"
        )
    assert own_rule < seen
    assert len(seen) >= 25


def test_other_sites_are_given_no_leave_to_read(client: TestClient) -> None:
    preflight = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x"}
    for address in ("/api/v1/markets", "/now", "/openapi.json", "/nothing"):
        for method in ("GET", "HEAD", "OPTIONS"):
            for headers in ({}, {"Origin": "http://127.0.0.1:8000"}, {"Origin": "https://evil.example"}, preflight):
                found = client.request(method, address, headers=headers)
                assert not [name for name in found.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("/now", "GET, HEAD, OPTIONS"),
        ("/api/v1/quotes", "GET, HEAD, OPTIONS"),
        ("/preferences", "POST, OPTIONS"),
        (f"/static/{VERSION}/icon.svg", "GET, HEAD, OPTIONS"),
    ],
)
def test_an_address_says_what_it_takes(client: TestClient, address: str, allowed: str) -> None:
    found = client.options(address)
    assert (found.status_code, found.headers["allow"], found.content) == (204, allowed, b"")
    if "static" not in address:
        wrong = client.put(address)
        assert (wrong.status_code, wrong.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "address", ["/now", "/api/v1/markets", "/health/live", "/nothing", f"/static/{VERSION}/icon.svg"]
)
def test_head_answers_as_get_does_without_the_body(client: TestClient, address: str) -> None:
    # Each page has another nonce, of the same length: compressed it is a byte longer or shorter, so it is asked plain.
    plain = {"Accept-Encoding": "identity"}
    told, got = client.head(address, headers=plain), client.get(address, headers=plain)
    assert (told.status_code, told.content) == (got.status_code, b"")
    for name in ("content-type", "content-length", "etag"):
        assert told.headers.get(name) == got.headers.get(name)
    assert client.head(address).headers.get("content-encoding") == client.get(address).headers.get("content-encoding")


def test_with_a_token_no_address_answers_without_it(web_folder: Path) -> None:
    asked = 0
    with client_of(edges_over(web_folder, token=TOKEN)) as asking:
        for prefix, routers in [*LET_IN.items(), ("", OPEN_TO_ALL)]:
            for route in (one for router in routers for one in router.routes if isinstance(one, APIRoute)):
                asked += 1
                method, path = min(route.methods or ()), prefix + _IN_PATH.sub("1", route.path)
                found = asking.request(method, path)
                assert (found.status_code == 401) == (path not in WITHOUT_TOKEN), path
                wrong = asking.request(method, path, headers={"Authorization": f"Bearer {TOKEN}x"})
                assert wrong.status_code == found.status_code
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert asking.get("/api/v1/quotes", params=QUESTION, headers=right).status_code == 200
        with pytest.raises(WebSocketDisconnect) as refused, asking.websocket_connect(SOCKET) as socket:
            socket.receive_text()
        assert refused.value.code == 4401
    assert asked >= 10


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_it_does_not_listen_where_others_reach_it_without_a_token(host: str) -> None:
    with pytest.raises(WontListen, match="P2P_WEB_TOKEN"):
        access_for(host, None)
    assert access_for(host, TOKEN).token == TOKEN


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_on_loopback_no_token_is_needed_but_a_short_one_is_refused(host: str) -> None:
    assert access_for(host, None).token is None
    with pytest.raises(WontListen, match="at least 20"):
        access_for(host, "short")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "evil.example:8000",
        "",
        "127.0.0.1:80.evil.example",
        "127.0.0.1:8@evil",
    ],
)
def test_a_name_that_is_not_ours_is_refused_whatever_it_resolves_to(client: TestClient, host: str) -> None:
    assert client.get("/now", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://127.0.0.1:8000.evil.example"},
        {"Origin": "http://127.0.0.1:9"},
    ],
)
def test_another_sites_page_changes_nothing(client: TestClient, headers: dict[str, str]) -> None:
    found = client.post("/preferences", content="lang=ru", headers=headers)
    assert (found.status_code, "set-cookie" in found.headers) == (403, False)


def test_another_sites_page_can_not_even_make_us_work_but_its_link_opens_a_page(client: TestClient) -> None:
    cross = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert client.get("/api/v1/windows", headers=cross).status_code == 403
    assert client.get("/api/v1/markets", headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.get("/now", headers={**cross, "Sec-Fetch-Mode": "navigate"}).status_code == 200
    frame = {**cross, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    assert client.get("/now", headers=frame).status_code == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_another_sites_page_opens_no_socket(client: TestClient, origin: str) -> None:
    with pytest.raises(WebSocketDisconnect) as refused, client.websocket_connect(SOCKET, headers={"Origin": origin}):
        pass
    assert refused.value.code == 4403


def test_who_asks_too_often_is_told_how_long_to_wait_and_nobody_else_is(web_folder: Path) -> None:
    with TestClient(create_app(edges_over(web_folder), requests_a_minute=3), "http://127.0.0.1:8000") as asking:
        found = [asking.get("/api/v1/markets") for _ in range(4)]
        assert [one.status_code for one in found] == [200, 200, 200, 429]
        assert [one.headers["ratelimit"].split(";")[1] for one in found] == ["r=2", "r=1", "r=0", "r=0"]
        assert 1 <= int(found[3].headers["retry-after"]) <= 60
        assert found[3].json()["type"] == "/problems/too-often"
        invented = {"Authorization": "Bearer another"}
        assert asking.get("/api/v1/markets", headers=invented).status_code == 429, "a token is no new client"
        assert asking.get("/now").status_code == 200


def test_an_address_of_unreasonable_length_is_refused(client: TestClient) -> None:
    assert client.get("/now", params={"market": "x" * 5000}).status_code == 414


def test_every_answer_carries_the_strict_policy_and_a_nonce_of_its_own(client: TestClient) -> None:
    first, second = (client.get("/now").headers["content-security-policy"] for _ in range(2))
    assert first != second
    assert "default-src 'none'" in first
    assert "require-trusted-types-for 'script'" in first
    assert "unsafe" not in first
    for address in ("/api/v1/markets", "/nothing", "/health/live"):
        found = client.get(address)
        assert found.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in found.headers["content-security-policy"]


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_keeping_preferences_leads_only_to_pages_of_ours(client: TestClient, back: str) -> None:
    found = client.post("/preferences", data={"lang": "ru", "back": back})
    assert (found.status_code, found.headers["location"]) == (303, "/")
    assert "HttpOnly" in found.headers["set-cookie"]
    client.cookies.clear()
