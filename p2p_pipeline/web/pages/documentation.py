"""`/docs`: the API's document as a page, made by the server from the document itself; it needs no script and no CDN."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.api.document import TAGS
from p2p_pipeline.web.pages.rendering import render
from p2p_pipeline.web.version import VERSION

router = APIRouter(include_in_schema=False)
MOST_DEPTH = 4
"""How far fields inside of fields are unfolded."""


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter, or one field of an answer."""

    name: str
    kind: str
    unit: str
    meaning: str
    is_required: bool = True
    depth: int = 0
    """How many fields it lies in."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One address that can be asked."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Field, ...]
    fields: tuple[Field, ...]
    example_address: str
    example: str


@dataclass(frozen=True, slots=True)
class Group:
    """The addresses that belong to one page."""

    name: str
    meaning: str
    operations: tuple[Operation, ...]


@router.get("/docs")
async def documentation_page(request: Request) -> Response:
    """The page; the same for as long as the program runs."""
    app = request.app
    groups = await edges_of(request).workers.ask_once("docs", VERSION, lambda: groups_of(app.openapi()))
    return render(request, "docs.html", groups=groups)


def groups_of(told: dict[str, Any]) -> tuple[Group, ...]:
    """The document as the page shows it."""
    schemas = told["components"]["schemas"]
    found = [
        (one["tags"][0], _operation(method, path, one, schemas))
        for path, methods in told["paths"].items()
        for method, one in methods.items()
    ]
    groups = [Group(name, meaning, tuple(one for tag, one in found if tag == name)) for name, meaning in TAGS.items()]
    return tuple(group for group in groups if group.operations)


def _operation(method: str, path: str, told: dict[str, Any], schemas: dict[str, Any]) -> Operation:
    answer = told["responses"]["200"]["content"].get("application/json", {})
    example = answer.get("examples", {}).get("simulated", {})
    address = example.get("summary", "").removeprefix("GET ")
    return Operation(
        told["operationId"],
        method.upper(),
        path,
        told["summary"],
        told.get("description", ""),
        tuple(_parameter(one, schemas) for one in told.get("parameters", ()) if one["in"] != "header"),
        tuple(_fields(answer.get("schema", {}), schemas)),
        address if urlsplit(address).path else "",
        orjson.dumps(example["value"], option=orjson.OPT_INDENT_2).decode() if example else "",
    )


def _parameter(one: dict[str, Any], schemas: dict[str, Any]) -> Field:
    schema = one["schema"]
    allowed = _resolved(schema, schemas).get("enum")
    usual = f" `{schema['default']}` when it is not given." if schema.get("default") not in (None, "") else ""
    kind = " | ".join(map(str, allowed)) if allowed else _kind(schema, schemas)
    return Field(one["name"], kind, "", one.get("description", "") + usual, one["required"])


def _fields(schema: dict[str, Any], schemas: dict[str, Any], depth: int = 0) -> Iterator[Field]:
    """The fields of an answer, each followed by those inside of it."""
    resolved = _inner(schema, schemas)
    required = resolved.get("required", ())
    for name, one in resolved.get("properties", {}).items():
        yield Field(
            name, _kind(one, schemas), _unit(one), one.get("description", ""), name in required, depth,
        )  # fmt: skip
        if depth + 1 < MOST_DEPTH:
            yield from _fields(one, schemas, depth + 1)


def _inner(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """What has the fields: the object itself, the one that may be null, or the one that a list is of."""
    found = _resolved(schema, schemas)
    kinds = [one for one in found.get("anyOf", ()) if one.get("type") != "null"]
    if len(kinds) == 1:
        return _inner(kinds[0], schemas)
    return _inner(found["items"], schemas) if isinstance(found.get("items"), dict) else found


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = schemas[schema["$ref"].rsplit("/", 1)[-1]]
        return found
    return schema


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """What a value is, in a word or two."""
    if "anyOf" in schema:
        return " | ".join(_kind(one, schemas) for one in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return " | ".join(map(str, schema.get("enum", [schema.get("const")])))
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return _kind(schemas[name], schemas) if "enum" in schemas[name] else name
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}), schemas)}]"
    return str(schema.get("format") or schema.get("type") or "any")


def _unit(schema: dict[str, Any]) -> str:
    kinds = (schema, *schema.get("anyOf", ()))
    return next((str(one["x-unit"]) for one in kinds if "x-unit" in one), "")
