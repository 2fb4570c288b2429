"""The page of the API tells all that its document does; the sockets' document tells what they really send and hear."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from jsonschema_rs import Draft202012Validator

from p2p_pipeline.web.api.shapes.live import HEARD, SENT
from p2p_pipeline.web.live import document, socket
from p2p_pipeline.web.live.topic import Topic
from p2p_pipeline.web.live.watching import live_rows
from p2p_pipeline_tests.web.serving import NOON, Page, edges_over

MESSAGES = {
    "Resume": {"type": "resume", "epoch": "7f3a", "seq": 3},
    "Pause": {"type": "pause"},
    "GoOn": {"type": "go_on"},
}


def test_the_page_has_every_address_with_what_it_takes_and_answers(client: TestClient) -> None:
    told = client.get("/openapi.json").json()
    page = Page(client.get("/docs").text)
    sections = {one.attributes["id"]: one.text for one in page.all("section", class_="operation")}
    for path, methods in told["paths"].items():
        for one in methods.values():
            text = sections.pop(one["operationId"])
            assert path in text
            assert all(each["name"] in text for each in one.get("parameters", ()) if each["in"] != "header")
    assert not sections
    assert "best_split" in page.text
    assert "fiat per asset" in page.text


def test_the_page_needs_nothing_from_elsewhere_and_no_script_of_its_own(client: TestClient) -> None:
    found = client.get("/docs")
    page = Page(found.text)
    assert not [one for one in page.elements if one.attributes.get("src", "/").startswith(("http", "//"))]
    assert len(page.all("script")) == len(Page(client.get("/quality").text).all("script"))
    assert "script-src 'self'" in found.headers["content-security-policy"]


def test_every_link_of_the_page_leads_somewhere(client: TestClient) -> None:
    page = Page(client.get("/docs").text)
    ids = {one.attributes["id"] for one in page.elements if "id" in one.attributes}
    for link in {one.attributes["href"] for one in page.all("a")}:
        if link.startswith("#"):
            assert link[1:] in ids
        elif link.startswith(("/docs", "/problems", "/openapi", "/asyncapi")):
            assert client.get(link).status_code == 200


@pytest.fixture
def frames(web_folder: Path) -> dict[str, str]:
    """One of each frame, made as the service makes them."""
    edges = edges_over(web_folder)
    rows = dict(live_rows(edges))
    topic = Topic("now", edges.now)
    empty = topic.snapshot().text
    topic.publish(rows, NOON)
    whole = topic.snapshot().text
    first = next(iter(rows))
    topic.publish({name: row for name, row in rows.items() if name != first}, NOON + timedelta(seconds=1))
    (change,) = topic.frames_after(1)
    return {
        "Hello": topic.hello(), "Heartbeat": topic.heartbeat(), "Empty": empty, "Snapshot": whole, "Delta": change.text,
    }  # fmt: skip


def test_what_a_socket_sends_is_as_its_document_says(client: TestClient, frames: dict[str, str]) -> None:
    told = client.get("/asyncapi.json").json()
    assert told["asyncapi"].startswith("3.")
    for name, text in frames.items():
        kind = "Snapshot" if name == "Empty" else name
        against = {"$ref": f"#/components/schemas/{kind}", "components": told["components"]}
        assert [str(one) for one in Draft202012Validator(against).iter_errors(orjson.loads(text))] == []
        shape = next(one for one in SENT if one.__name__ == kind)
        shape.model_validate_json(text, extra="forbid")
    assert {one.__name__ for one in SENT} == frames.keys() - {"Empty"}


def test_what_the_document_says_a_socket_hears_it_obeys() -> None:
    assert {one.__name__ for one in HEARD} == MESSAGES.keys()
    for shape in HEARD:
        message = MESSAGES[shape.__name__]
        shape.model_validate(message)
        assert socket._obey(Topic("now", lambda: NOON), socket.Cursor(), orjson.dumps(message).decode())


def test_every_code_that_closes_a_socket_is_told() -> None:
    text = (Path(str(socket.__file__)).read_text()) + (Path(str(document.__file__)).parent / "routes.py").read_text()
    used = {code for code in range(4400, 4500) if str(code) in text} | {1013}
    assert used <= document.CLOSE_CODES.keys()


def test_references_inside_the_document_lead_somewhere() -> None:
    told: dict[str, Any] = document.asyncapi()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                found: Any = told
                for step in value["$ref"].removeprefix("#/").split("/"):
                    found = found[step]
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(told)
