"""Partitions are replaced in one step, come out as they went in, and can be asked in SQL."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from p2p_pipeline.exchanges.tables.schema import EXCHANGE_TABLES
from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.lake.sql import QueryError
from p2p_pipeline.p2p.lake_sql import query, rebuild_views_file
from p2p_pipeline.p2p.tables import TABLES, data_dictionary
from p2p_pipeline.paper.tables.catalogue import PAPER_TABLES
from p2p_pipeline_tests.lake.made_up import DAY, MARKET, rows_of
from p2p_pipeline_tests.shared_files import REPOSITORY


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_comes_back_as_it_was_written(tmp_path: Path, table: Table) -> None:
    lake = Lake(tmp_path)
    rows = rows_of(table, 3)
    lake.write(table, DAY, MARKET, rows, {"raw_offset": "17"})
    assert lake.read(table, DAY, MARKET).equals(rows)
    assert lake.facts(table, DAY, MARKET) == {"raw_offset": "17"}
    assert [(found.day, found.market_key) for found in lake.partitions(table)] == [(DAY, MARKET)]


def test_a_partition_that_is_not_there_reads_as_empty_and_has_no_facts(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert lake.read(TABLES["offers"], DAY, MARKET).num_rows == 0
    assert lake.facts(TABLES["offers"], DAY, MARKET) is None


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    first = Lake(tmp_path / "a").write(TABLES["offers"], DAY, MARKET, rows_of(TABLES["offers"], 500), {"v": "1"})
    second = Lake(tmp_path / "b").write(TABLES["offers"], DAY, MARKET, rows_of(TABLES["offers"], 500), {"v": "1"})
    assert first.read_bytes() == second.read_bytes()


def test_a_reader_sees_the_old_partition_or_the_new_one_and_nothing_between(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    table = TABLES["depth"]
    lake.write(table, DAY, MARKET, rows_of(table, 1000))
    done = threading.Event()

    def replace() -> None:
        for count in [1000, 2000] * 15:
            lake.write(table, DAY, MARKET, rows_of(table, count))
        done.set()

    writer = threading.Thread(target=replace)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(lake.read(table, DAY, MARKET).num_rows)
    writer.join()
    assert seen <= {1000, 2000}
    assert not list(tmp_path.rglob(".*.new"))


def test_sql_finds_every_table_also_before_anything_is_stored(tmp_path: Path) -> None:
    for name in TABLES:
        assert query(tmp_path, f"SELECT count(*) AS n FROM {name}").to_pylist() == [{"n": 0}]


def test_sql_reads_all_days_with_their_date_and_exact_money(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    offers = TABLES["offers"]
    lake.write(offers, DAY, MARKET, rows_of(offers, 2, price=Decimal("6.960000000001")))
    lake.write(offers, date(2024, 10, 26), MARKET, rows_of(offers, 1))
    found = query(tmp_path, "SELECT date, count(*) AS n, min(price) AS price FROM offers GROUP BY date ORDER BY date")
    assert found.to_pylist() == [
        {"date": DAY, "n": 2, "price": Decimal("6.960000000001")},
        {"date": date(2024, 10, 26), "n": 1, "price": Decimal("10.500000000000")},
    ]


def test_sql_without_rows_has_the_same_column_types_as_with_rows(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for table in TABLES.values():
        before = query(tmp_path, f"SELECT * FROM {table.name}").schema
        lake.write(table, DAY, MARKET, rows_of(table, 1))
        after = query(tmp_path, f"SELECT * FROM {table.name}").schema
        assert [(field.name, field.type) for field in before] == [(field.name, field.type) for field in after]


@pytest.mark.parametrize("bad", ["SELEC 1", "SELECT * FROM prices", ""])
def test_a_bad_query_is_answered_with_the_tables_there_are(tmp_path: Path, bad: str) -> None:
    with pytest.raises(QueryError, match="snapshots, offers"):
        query(tmp_path, bad)


def test_the_views_file_can_be_replaced_while_a_person_has_it_open(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.write(TABLES["depth"], DAY, MARKET, rows_of(TABLES["depth"], 4))
    file = tmp_path / "p2p.duckdb"
    rebuild_views_file(lake.root, file)
    with duckdb.connect(str(file), read_only=True) as person:
        rebuild_views_file(lake.root, file)
        assert person.sql("SELECT count(*) FROM depth").fetchall() == [(4,)]


def test_a_row_that_breaks_the_schema_is_named_with_the_rule_it_breaks() -> None:
    offers = TABLES["offers"]
    good = rows_of(offers, 2)
    bad = rows_of(offers, 1, price=Decimal(-1), completion_rate=1.5, max_fiat=Decimal(11))
    failures = offers.failures(pa.concat_tables([good, bad, good]))
    assert set(failures) == {2}
    assert set(failures[2]) == {
        "price: must be above 0",
        "completion_rate: must lie between 0 and 1",
        "max_fiat must not exceed stated_max_fiat",
    }


def test_every_column_says_what_it_means_and_money_names_its_unit() -> None:
    for table in TABLES.values():
        for field in table.arrow_schema:
            assert table.schema.columns[field.name].description, f"{table.name}.{field.name}"
            if field.type == pa.decimal128(38, 12):
                # What a `value` is counted in, its measure says.
                units = ("fiat", "asset", "price", "value")
                assert any(word in field.name for word in units), f"{table.name}.{field.name}"


def test_the_committed_data_dictionary_is_the_one_the_schemas_make() -> None:
    committed = REPOSITORY / "docs" / "data_dictionary.md"
    assert committed.read_text(encoding="utf-8") == data_dictionary([*EXCHANGE_TABLES.values(), *PAPER_TABLES.values()])
