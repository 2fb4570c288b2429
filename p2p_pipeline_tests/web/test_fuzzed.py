"""schemathesis asks every route what the document allows, and what it forbids, and holds each answer against it.

Two hundred cases in each run of the suite; `P2P_LONG_TESTS=1 pytest p2p_pipeline_tests/web/test_fuzzed.py` asks ten
thousand, and every edge that the document draws.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.python.asgi import get_client
from schemathesis.specs.openapi.checks import positive_data_acceptance

from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline.web.app import create_app
from p2p_pipeline_tests.effort import IS_LONG, this_many
from p2p_pipeline_tests.shared_files import REPOSITORY
from p2p_pipeline_tests.web.asked_routes import ASKED
from p2p_pipeline_tests.web.paper_board import SESSION, StillDesk
from p2p_pipeline_tests.web.serving import edges_over

CASES_OF_A_ROUTE = this_many(8, 400)
LEAST = this_many(150, 10_000)
UNLIMITED = 10**9
MOST_CHARACTERS = 8
KNOWN = {
    "market": ("binance.USDT-BOB", "bybit.USDT-RUB"),
    "amount": ("2500", "700", "100000", "0.01"),
    "profile": ("wide", "merchants"),
    "pay": ("", "bank_transfer"),
    "measure": ("ask", "executable"),
    "from": ("BOB", "2024-01-01"),
    "to": ("RUB", "2024-02-20"),
    "at": ("2024-10-25T12:00:10Z",),
    "tz": ("Europe/Moscow", "UTC"),
    "market_key": ("binance.USDT-BOB", "bybit.USDT-RUB"),
    "with_market": ("bybit.USDT-RUB", "binance.USDT-BOB"),
    "with_measure": ("ask", "short"),
    "venue": ("binance", ""),
    "asset": ("USDT", ""),
    "fiat": ("BOB", ""),
    "cursor": ("",),
    "buy": ("kucoin", "okx", ""),
    "sell": ("okx", "binance", ""),
    "symbol": ("SOL/USDT", "BTC", ""),
    "base": ("SOL",),
    "quote": ("USDT",),
    "session": (SESSION,),
    "type": ("order_filled", ""),
    "text": ("", "armed"),
    "name": ("batch_completeness", "teasers", "market_history", "schema_drift"),
}
"""What exists: a made-up name is refused at once, and nothing behind it is reached."""
CONFIG = {
    "checks": {
        "negative_data_rejection": {"expected-statuses": ["400", "401", "403", "404", "405", "414", "422", "431"]}
    },
    "phases": {"stateful": {"enabled": False}, "coverage": {"enabled": IS_LONG}},
    "seed": 20261130,
}
asked: Counter[tuple[str, int]] = Counter()


@pytest.fixture(scope="module")
def session(web_folder: Path) -> Iterator[Any]:
    """Asks the service in this process."""
    edges = edges_over(web_folder)
    edges.paper = StillDesk(edges.paths)
    app = create_app(edges, ("testserver",), requests_a_minute=UNLIMITED)
    yield get_client(app)  # type: ignore[arg-type] # it is one
    app.state.edges.workers.close()


@pytest.fixture(autouse=True)
def warehouse_that_is_there(swept_warehouse: WarehouseServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("P2P_POSTGRES_URL", swept_warehouse.url)


document = schemathesis.openapi.from_dict(
    orjson.loads((REPOSITORY / "docs" / "openapi.json").read_bytes()), config=SchemathesisConfig.from_dict(CONFIG)
)

document.config.update(base_url="http://testserver")


@document.hook
def map_query(context: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    """Nine of ten values become ones that exist, always the same ones for the same case."""
    return None if query is None else {name: _known(name, value) for name, value in query.items()}


@document.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    return path_parameters and {name: _known(name, value) for name, value in path_parameters.items()}


def _known(name: str, value: Any) -> Any:
    """What is too long or no text stays: it must be refused."""
    chosen, number = KNOWN.get(name, ()), sum(repr(value).encode())
    is_usual = isinstance(value, str) and len(value) <= MOST_CHARACTERS
    return chosen[number // 10 % len(chosen)] if chosen and is_usual and number % 10 else value


@document.parametrize()
@settings(
    max_examples=CASES_OF_A_ROUTE,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_the_document_says_whatever_is_asked(case: Any, session: Any) -> None:
    found = case.call(session=session)
    asked[case.operation.label, found.status_code] += 1
    # A name that doesn't exist is well-formed, and refused. What isn't of now is 503 by its purpose.
    excluded = [positive_data_acceptance]
    if case.operation.label == "GET /health/ready":
        excluded.append(schemathesis.checks.not_a_server_error)
    case.validate_response(found, excluded_checks=excluded)


def test_that_was_many_cases_and_some_of_each_route_got_an_answer() -> None:
    if len({label for label, _ in asked}) < len(ASKED):
        pytest.skip("some of the routes were asked in another process")
    assert asked.total() >= LEAST, asked
    # Not every route can: it is never ready, and there is no second fiat to change into.
    assert len({label for (label, status), _ in asked.items() if status == 200}) >= this_many(8, 12), asked
