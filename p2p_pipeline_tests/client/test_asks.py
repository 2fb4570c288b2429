"""The client asks what the document of the API tells of: every operation, every parameter, every answer."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import orjson
import pytest

from p2p_pipeline.client import asks
from p2p_pipeline_tests.shared_files import REPOSITORY

DOCUMENT = orjson.loads((REPOSITORY / "docs" / "openapi.json").read_bytes())
OPERATIONS = {
    one["operationId"]: (path, one) for path, methods in DOCUMENT["paths"].items() for one in methods.values()
}
NOT_ASKED = {"metrics": "it is text for Prometheus"}
FILES_ONLY = {"format"}
"""The client reads JSON."""
PAGE = {"limit", "cursor"}
VALUES: dict[str, Any] = {
    "side": "BUY", "at": datetime(2026, 1, 1, tzinfo=UTC), "name": "teasers", "market_key": "a", "buy": "kucoin",
    "session": "20241025T120000.000Z-0a1b2c3d", "sell": "okx", "base": "SOL", "quote": "USDT",
}  # fmt: skip


def test_every_operation_of_the_document_can_be_asked() -> None:
    missing = [name for name in OPERATIONS if name not in NOT_ASKED and not hasattr(asks, name)]
    assert not missing, f"write {missing} in p2p_pipeline/client/asks/: a function each, named as its operation"


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - NOT_ASKED.keys()))
def test_a_function_takes_and_gives_what_the_document_says(name: str) -> None:
    path, told = OPERATIONS[name]
    taken = inspect.signature(getattr(asks, name)).parameters
    wanted = {one["name"]: one["required"] for one in told.get("parameters", ()) if one["in"] in ("query", "path")}
    sent = body_of(told)
    named = {
        one.name.rstrip("_"): one.default is inspect.Parameter.empty
        for one in taken.values()
        if one.kind is inspect.Parameter.KEYWORD_ONLY
    }
    if name == "ask_question":
        # Its parameters are those of each question; FastAPI tells only of what stands in the path.
        named = {one: named[one] for one in named if one not in PAGE}
    assert named == {one: required for one, required in (wanted | sent).items() if one not in FILES_ONLY}
    asked = getattr(asks, name)(**{one: VALUES.get(one.rstrip("_"), "5") for one in taken if one != "parameters"})
    in_path = set(re.findall(r"{(\w+)}", path))
    assert asked.path == path.format(**{one: VALUES[one] for one in in_path})
    assert asked.parameters.keys() - PAGE == wanted.keys() - FILES_ONLY - in_path - PAGE
    assert (asked.body is None) == ("requestBody" not in told)
    assert (asked.body or {}).keys() == sent.keys()
    schema = told["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    assert schema == f"#/components/schemas/{asked.shape.__name__}"


def body_of(told: dict[str, Any]) -> dict[str, bool]:
    """What is sent by an operation that changes something: its fields, and whether they are required."""
    if "requestBody" not in told:
        return {}
    named = told["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
    schema = DOCUMENT["components"]["schemas"][named]
    return {name: name in schema.get("required", ()) for name in schema["properties"]}


def test_values_are_written_as_the_service_reads_them() -> None:
    moscow = datetime(2026, 1, 1, 3, tzinfo=timezone(timedelta(hours=3)))
    asked = asks.get_quote(market="bybit.USDT-RUB", side="BUY", amount=Decimal("50000.10"), at=moscow)
    assert asked.parameters == {
        "market": "bybit.USDT-RUB", "side": "BUY", "amount": "50000.10", "at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    assert asks.get_combo(from_="RUB", to="VND", amount=1).parameters == {"from": "RUB", "to": "VND", "amount": "1"}
    assert asks.get_behaviour(market="a", to=date(2026, 1, 2)).parameters["to"] == "2026-01-02"
    assert asks.get_anomalies(market="a", all_=True).parameters == {"market": "a", "all": "true"}
    assert asks.get_history(market="a", side="BUY", from_=moscow).parameters["from"] == "2026-01-01T00:00:00Z"
    assert asks.get_market(market_key="../now?a=1").path == "/api/v1/markets/..%2Fnow%3Fa%3D1"
    with pytest.raises(ValueError, match="no zone"):
        asks.get_depth(market="a", side="BUY", at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is refused


def test_the_client_imports_nothing_that_takes_long() -> None:
    heavy = "{'fastapi', 'starlette', 'dagster', 'duckdb', 'pyarrow', 'pandas', 'numpy', 'polars', 'jinja2', 'orjson'}"
    code = f"import sys, p2p_pipeline.client; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
