"""`p2p sql`: reads only, however it is asked; streams, says what it left out, and minds no name of a folder."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import orjson
import pytest
from pyarrow import parquet
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.tables import TABLES
from p2p_pipeline_tests.lake.made_up import DAY, MARKET, rows_of

DEPTH = TABLES["depth"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder whose name is a pattern, with four rows of depth."""
    root = tmp_path / "da[t]a *?'"
    Lake(root / "lake").write(DEPTH, DAY, MARKET, rows_of(DEPTH, 4))
    return root


def sql(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--data-dir", str(folder), "sql", *words])


@pytest.mark.parametrize(
    "query",
    [
        "COPY (SELECT 1) TO '{file}' (FORMAT parquet)",
        "COPY (SELECT 1) TO '{lake}/new.parquet'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{file}'",
        "/* x */ explain (format json) COPY (SELECT 1) TO '{file}'",
        "SELECT 1; COPY (SELECT 1) TO '{file}'",
        "EXPORT DATABASE '{lake}/exported'",
        "ATTACH '{lake}/other.db'",
        "CREATE TABLE mine AS SELECT 1",
        "DROP VIEW depth",
        "SET enable_external_access = true",
        "PRAGMA enable_profiling",
        "CALL enable_logging(storage = 'file', storage_path = '{lake}/log')",
        "PREPARE p AS COPY (SELECT 1) TO '{file}'",
        "INSTALL httpfs",
        "PIVOT depth ON side USING sum(offers); DROP VIEW depth",
        "SELECT * FROM query('COPY (SELECT 1) TO ''{file}''')",
    ],
)
def test_nothing_is_changed_by_any_statement_that_is_no_query(folder: Path, query: str) -> None:
    lake = folder / "lake"
    sql(folder, "SELECT * FROM depth")
    before = {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()}
    (file,) = (lake / "depth").glob("date=*/*.parquet")
    where = {"file": str(file).replace("'", "''"), "lake": str(lake).replace("'", "''")}
    found = sql(folder, query.format(**where))
    assert found.exit_code == 1
    assert found.stderr.startswith("p2p: ")
    assert {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()} == before


def test_an_answer_is_not_written_over_a_file_of_the_data_folder(folder: Path) -> None:
    (file,) = (folder / "lake" / "depth").glob("date=*/*.parquet")
    before = file.read_bytes()
    for target in (file, file.with_name("new.parquet"), folder / "raw" / "x.parquet"):
        found = sql(folder, "SELECT 1", "--parquet", str(target))
        assert found.exit_code == 2
        assert not target.exists() or target == file
    assert file.read_bytes() == before


def test_an_answer_goes_into_a_folder_that_is_there(folder: Path, tmp_path: Path) -> None:
    for target in (tmp_path / "nowhere" / "x.parquet", tmp_path):
        found = sql(folder, "SELECT 1", "--parquet", str(target))
        assert found.exit_code == 2
        assert str(target.name) in found.stderr or "nowhere" in found.stderr
    assert not (tmp_path / "nowhere").exists()


def test_the_refusal_says_that_only_reading_is_allowed_and_how_a_result_is_kept(folder: Path) -> None:
    told = sql(folder, "COPY depth TO 'x.csv'").stderr
    assert "only reading is allowed, and COPY is not" in told
    assert "--parquet FILE" in told


@pytest.mark.parametrize(
    "query",
    [
        "FROM depth",
        "WITH all_of_it AS (SELECT * FROM depth) SELECT count(*) FROM all_of_it",
        "DESCRIBE depth",
        "SHOW TABLES",
        "SUMMARIZE depth",
        "EXPLAIN SELECT * FROM depth",
        "EXPLAIN ANALYZE SELECT * FROM depth",
        "PIVOT depth ON side USING sum(offers)",
        "VALUES (1)",
        "SELECT * FROM depth;",
    ],
)
def test_every_way_to_read_is_answered(folder: Path, query: str) -> None:
    found = sql(folder, query)
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout.strip()


def test_a_folder_whose_name_is_a_pattern_means_itself(folder: Path) -> None:
    assert orjson.loads(sql(folder, "SELECT count(*) AS rows FROM depth", "--json").stdout) == [{"rows": 4}]


MANY = "SELECT range AS number FROM range(25_000)"


def test_a_table_stops_at_a_thousand_rows_and_says_so(folder: Path) -> None:
    found = sql(folder, MANY)
    assert len(found.stdout.splitlines()) == 1_002
    assert "these are the first 1,000 rows, and there are more: --all" in found.stderr
    assert sql(folder, MANY.replace("25_000", "1000")).stderr == ""


def test_all_rows_come_when_asked_for_and_as_many_as_asked_for(folder: Path) -> None:
    assert len(sql(folder, MANY, "--all").stdout.splitlines()) == 25_002
    few = sql(folder, MANY, "--limit", "3", "--json")
    assert orjson.loads(few.stdout) == [{"number": number} for number in range(3)]
    assert "first 3 rows" in few.stderr


def test_a_program_gets_every_row_as_json_csv_or_parquet(folder: Path, tmp_path: Path) -> None:
    assert len(orjson.loads(sql(folder, MANY, "--json").stdout)) == 25_000
    assert orjson.loads(sql(folder, "SELECT 1 WHERE false", "--json").stdout) == []
    query = "SELECT range AS number, 'a,\"b\n' || range AS text, 1.50 AS price FROM range(3)"
    rows = list(csv.reader(io.StringIO(sql(folder, query, "--csv").stdout)))
    assert rows == [["number", "text", "price"], *([str(n), f'a,"b\n{n}', "1.50"] for n in range(3))]
    file = tmp_path / "kept.parquet"
    assert sql(folder, MANY, "--parquet", str(file)).exit_code == 0
    assert parquet.read_table(file).column("number").to_pylist() == list(range(25_000))


def test_two_ways_to_print_at_once_are_wrong_usage(folder: Path) -> None:
    assert sql(folder, "SELECT 1", "--json", "--csv").exit_code == 2
    assert sql(folder, "SELECT 1", "--all", "--limit", "3").exit_code == 2
