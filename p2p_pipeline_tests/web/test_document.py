"""The OpenAPI document says what each address answers, and real answers of every route are as it says.

`make document` writes docs/openapi.json and its examples anew, from these tests.
"""

from __future__ import annotations

import difflib
import json
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from jsonschema_rs import Draft202012Validator
from starlette.responses import Response

from p2p_pipeline.p2p.settings import parse_settings
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline.web.api import document, shapes
from p2p_pipeline.web.api.shapes.units import Shape
from p2p_pipeline.web.app import create_app
from p2p_pipeline_tests.shared_files import REPOSITORY
from p2p_pipeline_tests.web.asked_routes import ASKED, stored_far_side
from p2p_pipeline_tests.web.paper_board import StillDesk, left_running, session_board
from p2p_pipeline_tests.web.serving import NOON, SETTINGS, client_of, edges_over

COMMITTED = REPOSITORY / "docs" / "openapi.json"
EXAMPLES = Path(str(document.__file__)).parent / document.EXAMPLES
REMAKES = bool(os.environ.get("P2P_REMAKE_DOCUMENT"))
MOST_EXAMPLE_ITEMS = 2
FAR_SIDE = """
  - market: binance.USDT-VND
analytics:
  combos:
    - {source: BOB, target: VND, amounts: [2000]}
profiles:"""


@pytest.fixture(scope="module")
def asking(web_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Asks a service that has something to say at every address."""
    folder = tmp_path_factory.mktemp("document") / "data"
    shutil.copytree(web_folder, folder)
    settings = SETTINGS.replace("\nprofiles:", FAR_SIDE)
    stored_far_side(folder, settings)
    edges = edges_over(folder)
    edges.cursor_secret = b"the same cursors in each document"
    edges.settings = parse_settings(settings)
    edges.paper = StillDesk(edges.paths)
    with left_running(folder, session_board(NOON + timedelta(seconds=11))), client_of(edges) as found:
        yield found


@pytest.fixture(scope="module")
def told(asking: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = asking.get("/openapi.json").json()
    return found


def operations(told: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Each operation by its id: method, path and what is told of it."""
    return {
        one["operationId"]: (method, path, one)
        for path, methods in told["paths"].items()
        for method, one in methods.items()
    }


def shapes_by_name() -> dict[str, type[Shape]]:
    modules = [import_module(f"{shapes.__name__}.{one.name}") for one in iter_modules(shapes.__path__)]
    return {
        name: one
        for module in modules
        for name, one in vars(module).items()
        if isinstance(one, type) and issubclass(one, Shape)
    }


def shape_named(operation: dict[str, Any]) -> str | None:
    schema = operation["responses"]["200"]["content"].get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", "")).removeprefix("#/components/schemas/") or None


def test_every_route_of_the_api_says_what_it_answers(told: dict[str, Any]) -> None:
    require_told_answers(told)


def test_a_route_that_says_nothing_of_its_answer_is_refused_with_what_to_do(web_folder: Path) -> None:
    app = create_app(edges_over(web_folder))

    @app.get(f"{document.API}/new", summary="New", tags=["now"])
    async def get_new() -> Response:
        """New."""
        raise NotImplementedError

    with pytest.raises(AssertionError, match=r"GET /api/v1/new \(get_new\) says nothing of its answer: write"):
        require_told_answers(document.document_of(app))


def require_told_answers(told: dict[str, Any]) -> None:
    for name, (method, path, operation) in operations(told).items():
        if path.startswith(document.API):
            assert shape_named(operation), (
                f"{method.upper()} {path} ({name}) says nothing of its answer: write its fields as a class of "
                "p2p_pipeline/web/api/shapes/, name it in the route as response_model=, add an address to ASKED in "
                "p2p_pipeline_tests/web/asked_routes.py, and run `make document`"
            )
        assert set(operation["tags"]) <= document.TAGS.keys(), f"{name}: add its page to TAGS in web/api/document.py"
        assert {"summary", "description"} <= operation.keys(), f"{name} needs summary= and a docstring"
        problems = [
            status for status in operation["responses"] if status >= "400" and (name, status) != ("ready", "503")
        ]
        assert len(problems) >= 10
        assert all("Problem" in operation["responses"][status]["$ref"] for status in problems)


def test_every_operation_is_asked_by_the_tests(told: dict[str, Any]) -> None:
    assert operations(told).keys() == ASKED.keys(), (
        "add the operation to ASKED in p2p_pipeline_tests/web/asked_routes.py"
    )


def test_real_answers_of_every_route_are_as_the_document_says(
    asking: TestClient, told: dict[str, Any], swept_warehouse: WarehouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P2P_POSTGRES_URL", swept_warehouse.url)
    examples: dict[str, Any] = {}
    for name, (_, path, operation) in operations(told).items():
        for one in ASKED[name]:
            address = one if isinstance(one, str) else one.address
            found = asking.get(address) if isinstance(one, str) else asking.post(address, json=one.body)
            assert found.status_code == (503 if name == "ready" else 200), (address, found.text)
            if path.startswith(document.API):
                documented = {one.lower() for one in operation["responses"]["200"]["headers"]}
                has_more = found.json().get("next_cursor") is not None
                sent = {one for one in ("etag", "link", "ratelimit", "ratelimit-policy") if one in found.headers}
                assert sent == documented - (set() if has_more else {"link"}), address
                if isinstance(one, str):
                    assert found.headers["vary"].split(", ")[0] == "Authorization", address
            shape = shape_named(operation)
            if shape is None:
                continue
            answer = orjson.loads(found.content)
            against = {"$ref": f"#/components/schemas/{shape}", "components": told["components"]}
            wrong = [
                f"{address} {error.instance_path}: {error.message[:200]}"
                for error in Draft202012Validator(against, validate_formats=True).iter_errors(answer)
            ]
            assert wrong == []
            # A field that the document doesn't tell of is found here: readers may pass over it, we may not.
            shapes_by_name()[shape].model_validate_json(found.content, extra="forbid")
            posted = {} if isinstance(one, str) else {"body": one.body}
            examples.setdefault(name, {"address": address, **posted, "answer": shortened(answer)})
    if REMAKES:
        EXAMPLES.write_bytes(orjson.dumps(examples, option=orjson.OPT_INDENT_2) + b"\n")
        document.read_examples.cache_clear()


def test_every_example_is_an_answer_that_the_document_allows(asking: TestClient) -> None:
    seen = 0
    told = document.document_of(asking.app)  # type: ignore[arg-type]
    for name, (_, _, operation) in operations(told).items():
        shape = shape_named(operation)
        if shape is None:
            continue
        for example in operation["responses"]["200"]["content"]["application/json"]["examples"].values():
            seen += 1
            shapes_by_name()[shape].model_validate(example["value"], extra="forbid")
            assert example["summary"].startswith(("GET /", "POST /")), name
    assert seen >= 13


def shortened(value: Any) -> Any:
    """The first of each list: an example shows the form."""
    if isinstance(value, list):
        return [shortened(one) for one in value[:MOST_EXAMPLE_ITEMS]]
    if isinstance(value, dict):
        return {name: shortened(one) for name, one in value.items()}
    return value


def test_the_committed_document_is_that_of_the_service(asking: TestClient) -> None:
    app = asking.app
    text = json.dumps(document.document_of(app), indent=1, ensure_ascii=False) + "\n"  # type: ignore[arg-type]
    if REMAKES:
        COMMITTED.write_text(text)
    committed = COMMITTED.read_text()
    change = "\n".join(difflib.unified_diff(committed.splitlines(), text.splitlines(), "docs/openapi.json", "service"))
    assert not change, f"the API changed; `make document` writes docs/openapi.json anew:\n{change[:5000]}"


def test_money_is_text_with_a_unit_and_times_are_date_times(told: dict[str, Any]) -> None:
    fields = told["components"]["schemas"]["PricedQuote"]["properties"]
    assert fields["amount"] | {"pattern": ""} == {
        "type": "string",
        "format": "decimal",
        "pattern": "",
        "x-unit": "BUY: fiat; SELL: asset",
    }
    assert fields["snapshot_at"]["format"] == "date-time"
    assert fields["age_seconds"]["x-unit"] == "s"
