"""The OpenAPI document: FastAPI's, with what every answer shares, the problems, units and examples.

A route gives its function's name, its summary and `response_model=` (a class of shapes/); the rest is added here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from p2p_pipeline.web.api.shapes.problem import Problem
from p2p_pipeline.web.problems import PROBLEM_JSON, PROBLEMS_TOLD

API = "/api/v1"
TAGS = {
    "now": "What an amount costs now, or at a time: the page /now.",
    "history": "What a price was: the page /history.",
    "windows": "When it is usually better: the page /windows.",
    "behaviour": "How the offers of a market live and end: the page /behaviour.",
    "quality": "Was everything collected, and what could not be trusted: the page /quality.",
    "markets": "All of a venue, from the warehouse: the page /markets.",
    "arbitrage": "Order books of exchanges and what could be earned between them: the pages at /arb.",
    "paper": "Paper sessions on perpetuals, whose orders never leave this machine: the pages at /paper.",
    "operations": "How the program does: the page /ops.",
    "health": "For balancers and monitors.",
}
"""A tag is a page, and says which."""
EXAMPLES = "examples.json"
"""Answers of the simulated service, an operation each; `make document` writes them."""

_TEXT = {"type": "string"}
_RATE_HEADERS = {
    "RateLimit": ('What is left: `"minute";r=599;t=60`, r questions for the next t seconds.', _TEXT),
    "RateLimit-Policy": ('The rule: `"minute";q=600;w=60`, q questions in w seconds.', _TEXT),
}
_ETAG = {"ETag": ("Send it back as `If-None-Match`: while the data is the same the answer is 304.", _TEXT)}
_LINK = {"Link": ('Where more follows: the next page, as `<…>; rel="next"`.', _TEXT)}
_OF_STATUS = {
    401: {"WWW-Authenticate": ("Always `Bearer`.", _TEXT)},
    405: {"Allow": ("The methods that the address takes.", _TEXT)},
    429: {"Retry-After": ("In how many seconds to ask again.", {"type": "integer", "x-unit": "s"})},
    503: {"Retry-After": ("In how many seconds to ask again.", {"type": "integer", "x-unit": "s"})},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the answer that the client has.",
    "schema": {"type": "string"},
}


def set_document(app: FastAPI) -> None:
    """Have `/openapi.json` answer with it; it is made once, when first asked for."""

    @cache
    def openapi() -> dict[str, Any]:
        return document_of(app)

    app.openapi = openapi  # type: ignore[method-assign]


def document_of(app: FastAPI) -> dict[str, Any]:
    """The document of a service."""
    told = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=[{"name": name, "description": meaning} for name, meaning in TAGS.items()],
        servers=[{"url": "/"}],
    )
    components = told.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas |= schemas_of(Problem)
    for schema in schemas.values():
        _drop_titles(schema)
    components["schemas"] = dict(sorted(schemas.items()))
    components["responses"] = {f"Problem{status}": _problem(status) for status in PROBLEMS_TOLD}
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    told["security"] = [{}, {"token": []}]
    for path, method, operation in _operations(told):
        _complete(path, method, operation, schemas)
    return told


def _operations(told: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in told["paths"].items():
        yield from ((path, method, operation) for method, operation in methods.items())


def _complete(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Add to one operation what all of its kind share."""
    responses = operation["responses"]
    is_api = path.startswith(API)
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _without_null(parameter["schema"])
        parameter["schema"].pop("title", None)
    if is_api:
        _tell_headers(method, operation, schemas)
    responses.pop("422", None)
    untold = ({429} if not is_api else set()) | ({409} if method == "get" else set())
    for status in PROBLEMS_TOLD.keys() - untold:
        responses.setdefault(str(status), {"$ref": f"#/components/responses/Problem{status}"})
    operation["responses"] = dict(sorted(responses.items()))
    example = read_examples().get(operation["operationId"])
    if example is not None:
        told = {"summary": f"{method.upper()} {example['address']}", "value": example["answer"]}
        responses["200"]["content"]["application/json"]["examples"] = {"simulated": told}
        if "body" in example:
            sent = {"simulated": {"summary": "What was sent", "value": example["body"]}}
            operation["requestBody"]["content"]["application/json"]["examples"] = sent


def _tell_headers(method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    responses = operation["responses"]
    content = responses["200"]["content"].get("application/json", {}).get("schema", {})
    is_paged = "next_cursor" in schemas.get(content.get("$ref", "").rsplit("/", 1)[-1], {}).get("properties", {})
    if method != "get":
        responses["200"]["headers"] = _headers(_RATE_HEADERS)
        return
    headers = _RATE_HEADERS | _ETAG
    responses["200"]["headers"] = _headers(headers | (_LINK if is_paged else {}))
    operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
    responses["304"] = {"description": "The client has it already.", "headers": _headers(headers)}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """An address can't say null: a value that may be left out is only not required."""
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**kinds[0], **{name: value for name, value in schema.items() if name != "anyOf"}}


def _drop_titles(schema: dict[str, Any]) -> None:
    """Names of fields written again with capitals are a quarter of the document, and tell nobody anything."""
    for field in schema.get("properties", {}).values():
        field.pop("title", None)


def _problem(status: int) -> dict[str, Any]:
    headers = _OF_STATUS.get(status, {}) | (_RATE_HEADERS if status == 429 else {})
    return {
        "description": PROBLEMS_TOLD[status],
        **({"headers": _headers(headers)} if headers else {}),
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _headers(told: dict[str, tuple[str, dict[str, str]]]) -> dict[str, Any]:
    return {name: {"description": meaning, "schema": schema} for name, (meaning, schema) in told.items()}


def schemas_of(shape: type[BaseModel]) -> dict[str, Any]:
    """A shape and those that it is made of, as the document's schemas."""
    found = shape.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    return {**found.pop("$defs", {}), shape.__name__: found}


@cache
def read_examples() -> dict[str, Any]:
    """An address and its answer for each operation."""
    text = resources.files("p2p_pipeline.web.api").joinpath(EXAMPLES).read_bytes()
    found = orjson.loads(text)
    assert isinstance(found, dict)  # noqa: S101 - it is ours
    return found
