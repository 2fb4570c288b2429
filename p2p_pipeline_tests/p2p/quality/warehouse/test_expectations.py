"""Great Expectations on the warehouse's tables: judged once in a process of its own, for importing it takes seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from p2p_pipeline.p2p.quality.warehouse.expectations import table_query
from p2p_pipeline.p2p.quality.warehouse.suites import SUITES
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import id_of
from p2p_pipeline_tests.shared_files import REPOSITORY

SECRET = "unguessable-7Qz"
HOSTILE = "<script>alert(1)</script>"


@dataclass(frozen=True)
class Judged:
    """What a process that judged a broken warehouse said and left behind."""

    said: dict[str, Any]
    errors: str
    home: Path
    docs: Path
    server: WarehouseServer

    @property
    def page(self) -> str:
        """The batch's page."""
        return Path(self.said["page"]).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def judged(
    embedded_postgres: str, sound_template: WarehouseServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Judged]:
    """A warehouse broken for four suites, judged with a password in the URL and no network."""
    assert sound_template
    name, home = f"judged_{uuid4().hex}", tmp_path_factory.mktemp("home")
    with psycopg.connect(embedded_postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE sound_template")
    url = embedded_postgres.replace("/postgres?", f"/{name}?", 1)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE dim_fiat_currencies SET currency_code = %s WHERE currency_code = 'BOB'", [HOSTILE])
        connection.execute(
            "UPDATE fact_market_depth SET weighted_avg_price = 2 * max_price WHERE batch_id = %s", [id_of(2)]
        )
        connection.execute("UPDATE offer_statistics SET completion_rate = NULL")
        connection.execute("UPDATE dim_advertisers SET nickname = NULL")
    secret = make_conninfo(url, password=SECRET)
    docs = home / "data" / "data_docs"
    judge = "p2p_pipeline_tests.p2p.quality.warehouse.judge_in_a_process"
    done = subprocess.run(
        [sys.executable, "-m", judge, secret, str(id_of(2)), str(docs)],
        capture_output=True, text=True, check=False, timeout=280, cwd=home,
        env={
            "PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home),
            "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1",
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    yield Judged(json.loads(done.stdout), done.stderr, home, docs, WarehouseServer(url, is_embedded=False))
    with psycopg.connect(embedded_postgres, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_what_breaks_a_suite_is_told_by_table_and_expectation(judged: Judged) -> None:
    assert not judged.said["passed"]
    told = {(row["table"], row["expectation"].split(" ")[0]) for row in judged.said["sample"]}
    assert ("dim_fiat_currencies", "currency_code") in told
    assert ("fact_market_depth", "Values") in told or ("fact_market_depth", "max_price") in told, told
    assert ("fact_offers", "completion_rate") in told
    assert ("dim_advertisers", "nickname_characters") in told


def test_only_what_was_broken_fails(judged: Judged) -> None:
    tables = {row["table"] for row in judged.said["sample"]}
    assert tables == {"dim_fiat_currencies", "fact_market_depth", "fact_offers", "dim_advertisers"}


def test_great_expectations_is_imported_by_the_check_only(judged: Judged) -> None:
    assert judged.said["imported_before"] is False


def test_it_asks_nobody_on_the_network(judged: Judged) -> None:
    assert judged.said["connections"] == []


def test_it_writes_only_below_the_folder_of_the_data_docs_and_prints_nothing(judged: Judged) -> None:
    written = {path for path in judged.home.rglob("*") if path.is_file()}
    outside = {path for path in written if not path.is_relative_to(judged.docs)}
    assert not {path for path in outside if "runtime" not in str(path)}, outside
    assert judged.errors == ""


def test_no_password_is_in_anything_it_leaves_behind(judged: Judged) -> None:
    texts = [path.read_text(encoding="utf-8") for path in judged.docs.rglob("*") if path.is_file()]
    assert len(texts) == 3
    with psycopg.connect(judged.server.url) as connection:
        texts += [str(row) for row in connection.execute("SELECT details FROM ops_data_quality")]
    assert not [text for text in texts if SECRET in text]


def test_the_outcome_is_a_row_of_ops_data_quality(judged: Judged) -> None:
    with psycopg.connect(judged.server.url) as connection:
        row = connection.execute(
            "SELECT batch_id, passed, metric_value, threshold_value, details ->> 'observed' FROM ops_data_quality "
            "WHERE metric_name = 'table_expectations'"
        ).fetchone()
    assert row is not None
    assert row[:2] == (id_of(2), False)
    assert row[2] >= 4
    assert row[3] == 0
    assert row[4] == judged.said["observed"]


def test_the_page_shows_every_suite_what_failed_and_the_rules_judged_before(judged: Judged) -> None:
    for suite in SUITES:
        assert f'id="{suite.table}"' in judged.page
        assert escape(suite.rows_are) in judged.page
    assert "completion_rate values must not be null, at least 90 % of the time." in judged.page
    assert "Many empty ones mean that the venue renamed a field." in judged.page
    assert "referential_integrity" in judged.page
    assert HOSTILE not in judged.page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in judged.page


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.table)
def test_each_suite_reads_one_batch_only_and_nothing_is_written_into_its_sql(suite: Any) -> None:
    text = table_query(suite.table)
    assert "%" not in text, "the driver would take it for a parameter"
    if suite.table.startswith(("fact", "ops")):
        assert "current_setting('p2p.batch_id')" in text
