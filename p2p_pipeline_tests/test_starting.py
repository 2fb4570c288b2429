"""What a command imports before it is needed: nothing heavy to say its help, no tables to give a price."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from p2p_pipeline.commands.catalogue import COMMANDS
from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page

HEAVY = (
    "pandas", "numpy", "pyarrow", "pandera", "scipy", "duckdb", "matplotlib", "httpx", "rich", "yaml", "sqlalchemy",
    "psycopg", "dagster", "great_expectations", "opentelemetry", "asyncio", "fastapi", "jinja2", "jsonschema",
    "multiprocessing",
)  # fmt: skip
NEEDED_FOR_A_PRICE = {"numpy", "yaml"}
"""The search for a split works on arrays; settings and the payment map are YAML."""
NEEDED_FOR_A_SCORE = {*NEEDED_FOR_A_PRICE, "duckdb"}
"""The past is read from Parquet."""
NOON = datetime(2024, 10, 25, 12, tzinfo=UTC)
ASKED = ("--market", "binance.USDT-BOB", "--side", "BUY")

_CODE = """
import sys, orjson
from p2p_pipeline.cli import app
told = []
for words in orjson.loads(sys.argv[1]):
    code = None
    try:
        app(words)
    except SystemExit as end:
        code = end.code
    told.append([code, [name for name in orjson.loads(sys.argv[2]) if name in sys.modules]])
print(orjson.dumps(told).decode(), file=sys.stderr)
"""


def loaded_by(folder: Path, *calls: Sequence[str]) -> list[set[str]]:
    """Which heavy packages a process has loaded when each of its calls of `p2p` ends; they must end well."""
    whole = [["--data-dir", str(folder / "data"), *words] for words in calls]
    command = [sys.executable, "-c", _CODE, orjson.dumps(whole).decode(), orjson.dumps(HEAVY).decode()]
    named = {name: value for name, value in os.environ.items() if not name.startswith("P2P_")}
    done = subprocess.run(command, capture_output=True, check=True, cwd=folder, env=named)
    told = orjson.loads(done.stderr.splitlines()[-1])
    assert [code for code, _ in told] == [0] * len(calls), done.stderr
    return [set(loaded) for _, loaded in told]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("started")
    store = RawStore(made / "data")
    for fiat, price in (("BOB", "7.00"), ("USD", "1.01")):
        for side in Side:
            body = page([ad(1, price, "10", fiatUnit=fiat, tradeType="SELL" if side is Side.BUY else "BUY")])
            store.append(captures(NOON, body, side=side, market=Market("binance", "USDT", fiat)))
    (made / "settings.yaml").write_text("markets:\n  - market: binance.USDT-BOB\n  - market: binance.USDT-USD\n")
    return made


def test_no_help_loads_anything_heavy(folder: Path) -> None:
    calls = [["--help"], *([name, "--help"] for name in COMMANDS)]
    found = dict(zip([" ".join(words) for words in calls], loaded_by(folder, *calls), strict=True))
    assert {words: loaded for words, loaded in found.items() if loaded} == {}


def test_a_price_needs_no_table(folder: Path) -> None:
    amount = ("--amount", "700")
    calls = (("now", *ASKED, *amount), ("depth", *ASKED), ("combo", "--from", "BOB", "--to", "USD", *amount))
    assert loaded_by(folder, *calls)[-1] <= NEEDED_FOR_A_PRICE


def test_a_score_where_nothing_was_processed_loads_no_more_than_a_price(folder: Path) -> None:
    assert loaded_by(folder, ("score", *ASKED, "--amount", "700"))[0] <= NEEDED_FOR_A_PRICE


def test_a_score_reads_the_past_without_pandas(folder: Path) -> None:
    processed = [sys.executable, "-m", "p2p_pipeline.cli", "--data-dir", str(folder / "data"), "process"]
    subprocess.run(processed, cwd=folder, check=True, capture_output=True)
    assert "duckdb" in loaded_by(folder, ("score", *ASKED, "--amount", "700"))[0] <= NEEDED_FOR_A_SCORE


def test_the_board_needs_no_table(folder: Path) -> None:
    assert loaded_by(folder, ("board", "--once"))[0] <= {*NEEDED_FOR_A_PRICE, "rich"}


def test_the_service_holds_nothing_that_only_others_need() -> None:
    others = ("alembic", "scipy.stats", "matplotlib", "dagster", "great_expectations")
    code = f"import sys, p2p_pipeline.web.app; print([name for name in {others} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"
