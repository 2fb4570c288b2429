"""However the lake's days are written, brought together, written anew and dropped, they read as a dictionary would."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pyarrow import compute, parquet

from p2p_pipeline.lake.damage import DamagedFile
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.lake.month_file import GATHERED_ROWS, DamagedMonth
from p2p_pipeline.lake.sql import QueryError
from p2p_pipeline.p2p.lake_sql import query, rebuild_views_file
from p2p_pipeline.p2p.steps.compact import compact_closed_months
from p2p_pipeline.p2p.tables import TABLES
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.lake.compacted_lake import (
    DAYS,
    DEPTH,
    JANUARY,
    LATER,
    MARKETS,
    ROLLUPS,
    SUMMARY,
    Contents,
    assert_reads_as,
    assert_sql_reads_as,
    compact,
    depth_rows,
    written,
)
from p2p_pipeline_tests.lake.made_up import rows_of


class LakeMachine(RuleBasedStateMachine):
    """Any order of writing, compacting, writing anew and dropping."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.lake = Lake(Path(self.folder.name) / "lake")
        self.views = Path(self.folder.name) / "views.duckdb"
        self.contents: Contents = {}
        self.numbers = count(1)

    @rule(day=st.sampled_from(DAYS), key=st.sampled_from(MARKETS), rows=st.integers(0, 4))
    def write(self, day: date, key: str, rows: int) -> None:
        number = next(self.numbers)
        self.contents[day, key] = depth_rows(number, rows), {"done": str(number), "a": "x"}
        self.lake.write(DEPTH, day, key, *self.contents[day, key])

    @rule()
    def compact(self) -> None:
        compact(self.lake)
        assert not list(self.lake.root.glob("depth/date=*/*"))

    @rule(day=st.sampled_from(DAYS), key=st.sampled_from(MARKETS))
    def remove(self, day: date, key: str) -> None:
        self.contents.pop((day, key), None)
        self.lake.remove(DEPTH, day, key)

    @rule()
    def rebuild_views(self) -> None:
        rebuild_views_file(self.lake.root, self.views)

    @invariant()
    def reads_as_a_dictionary(self) -> None:
        assert_reads_as(self.lake, self.contents)

    def teardown(self) -> None:
        self.folder.cleanup()


LakeMachine.TestCase.settings = settings(max_examples=this_many(5, 100), stateful_step_count=10, deadline=None)
TestAnyOrderReadsAsADictionary = LakeMachine.TestCase


def test_months_are_compacted_when_they_are_closed_long_enough_and_only_once(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    contents = written(lake, DAYS)
    early = compact_closed_months(lake, [DEPTH], datetime(2026, 2, 7, 23, tzinfo=UTC), 7)
    assert (early.months, early.files_before) == (0, 0)
    first = compact_closed_months(lake, [DEPTH], datetime(2026, 2, 8, tzinfo=UTC), 7)
    assert (first.months, first.files_before, first.troubles) == (1, 3, ())
    assert len(list(tmp_path.rglob("month=2026-01/*.parquet"))) == 1
    assert_reads_as(lake, contents)
    again = compact_closed_months(lake, [DEPTH], datetime(2026, 2, 8, tzinfo=UTC), 7)
    assert (again.months, again.files_before) == (0, 0)
    assert not list(tmp_path.glob("depth/date=2026-01-*"))


def test_the_same_days_give_the_same_month_to_the_byte(tmp_path: Path) -> None:
    paths = []
    for name in "ab":
        lake = Lake(tmp_path / name)
        written(lake, JANUARY)
        compact(lake)
        paths.append(lake.month_path(DEPTH, JANUARY[0], MARKETS[0]))
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_day_of_a_compacted_month_that_is_written_anew_is_the_one_read_and_goes_into_the_month(
    tmp_path: Path,
) -> None:
    lake = Lake(tmp_path)
    contents = written(lake, JANUARY)
    compact(lake)
    contents |= written(lake, JANUARY[1:2], first=7)
    assert_reads_as(lake, contents)
    assert compact(lake).files_before == 1
    assert_reads_as(lake, contents)


def test_a_range_of_a_compacted_month_reads_only_the_days_and_rows_asked_for(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    rows = pa.concat_tables([rows_of(ROLLUPS, n, period_seconds=period) for period, n in ((3600, 24), (300, 2500))])
    for day in JANUARY:
        lake.write(ROLLUPS, day, MARKETS[0], rows)
    compact(lake)
    assert lake.read(ROLLUPS, JANUARY[0], MARKETS[0]).equals(rows)
    hours = compute.field("period_seconds") == 3600
    found = lake.read_range(ROLLUPS, MARKETS[0], JANUARY[1], None, ["mean"], hours)
    assert (found.num_rows, found.column_names) == (48, ["mean"])
    # The hours lie together, which is what makes asking for them quick; a range still has them day by day.
    with parquet.ParquetFile(lake.month_path(ROLLUPS, JANUARY[0], MARKETS[0])) as file:
        assert [file.metadata.row_group(group).num_rows for group in range(2)] == [3 * 24, 3 * 2500]
    assert lake.read_range(ROLLUPS, MARKETS[0], None, None).equals(pa.concat_tables([rows] * 3))


def test_a_day_lies_in_few_row_groups_that_say_which_days_they_hold(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for day in JANUARY:
        lake.write(DEPTH, day, MARKETS[0], depth_rows(day.day, GATHERED_ROWS))
    compact(lake)
    with parquet.ParquetFile(lake.month_path(DEPTH, JANUARY[0], MARKETS[0])) as file:
        place = file.schema_arrow.get_field_index("date")
        ranges = [file.metadata.row_group(group).column(place).statistics for group in range(file.num_row_groups)]
    assert [(found.min, found.max) for found in ranges] == [(day, day) for day in JANUARY]
    for day in JANUARY:
        assert lake.read(DEPTH, day, MARKETS[0]).equals(depth_rows(day.day, GATHERED_ROWS))


def test_the_file_of_views_stays_right_when_months_appear_and_days_go(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    views = tmp_path / "views.duckdb"
    contents = written(lake, DAYS)
    rebuild_views_file(lake.root, views)
    with duckdb.connect(str(views), read_only=True) as person:

        def assert_right() -> None:
            assert_sql_reads_as(person.sql(SUMMARY).to_arrow_table().to_pylist(), contents)

        assert_right()
        compact(lake)
        assert_right()
        contents |= written(lake, DAYS[1:4], MARKETS[1], first=20) | written(lake, DAYS[1:4], first=30)
        assert_right()
        compact(lake)
        contents |= written(lake, [date(2026, 3, 1)])
        assert_right()


def test_sql_shows_the_same_columns_before_and_after_compaction(tmp_path: Path) -> None:
    for table in TABLES.values():
        lake = Lake(tmp_path / table.name)
        empty = query(lake.root, f"SELECT * FROM {table.name}").schema
        lake.write(table, JANUARY[0], MARKETS[0], rows_of(table, 2))
        compact_closed_months(lake, TABLES.values(), LATER, 7)
        compacted = query(lake.root, f"SELECT * FROM {table.name}").schema
        assert [(field.name, field.type) for field in empty] == [(field.name, field.type) for field in compacted]


def test_a_months_days_are_read_once_until_its_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path)
    contents = written(lake, JANUARY)
    compact(lake)
    opened: list[object] = []
    real = parquet.ParquetFile

    def counted(source: object) -> parquet.ParquetFile:
        opened.append(source)
        return real(source)

    monkeypatch.setattr(parquet, "ParquetFile", counted)
    for _ in range(5):
        for day in JANUARY:
            assert lake.facts(DEPTH, day, MARKETS[0]) == contents[day, MARKETS[0]][1]
            assert lake.rows(DEPTH, day, MARKETS[0]) == contents[day, MARKETS[0]][0].num_rows
        assert len(lake.partitions(DEPTH)) == len(JANUARY)
    assert len(opened) == 1
    monkeypatch.undo()
    contents |= written(lake, JANUARY[1:2], first=7)
    compact(lake)
    assert_reads_as(lake, contents)


def test_a_damaged_month_is_told_clearly_and_its_days_can_be_made_anew(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    written(lake, DAYS)
    compact(lake)
    path = lake.month_path(DEPTH, JANUARY[0], MARKETS[0])
    path.write_bytes(path.read_bytes()[:-40])
    told = rf"{path} can't be read .*delete it and make the month 2026-01 anew with `p2p process --full`"
    for read in (
        lambda: lake.read(DEPTH, JANUARY[0], MARKETS[0]),
        lambda: lake.rows(DEPTH, JANUARY[0], MARKETS[0]),
        lambda: lake.read_range(DEPTH, MARKETS[0], None, None),
        lambda: lake.partitions(DEPTH),
    ):
        with pytest.raises(DamagedMonth, match=told):
            read()
    with pytest.raises(QueryError, match=r"month=2026-01/binance\.USDT-BOB\.parquet.*delete the file it names"):
        query(tmp_path, SUMMARY)
    assert lake.facts(DEPTH, JANUARY[0], MARKETS[0]) is None
    fresh = written(lake, JANUARY)
    report = compact(lake)
    assert report.months == 0
    assert len(report.troubles) == 1
    assert "delete it" in report.troubles[0]
    path.unlink()
    assert compact(lake).files_before == 3
    assert lake.read_range(DEPTH, MARKETS[0], JANUARY[0], JANUARY[-1]).equals(
        pa.concat_tables([rows for rows, _ in fresh.values()])
    )


def test_a_damaged_day_is_told_clearly_and_stays_out_of_its_month(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    contents = written(lake, JANUARY)
    path = lake.path(DEPTH, JANUARY[1], MARKETS[0])
    path.write_bytes(b"PAR1 and nothing else")
    told = rf"{path} can't be read .*delete it and make the day 2026-01-02 anew with `p2p process --full`"
    for read in (
        lambda: lake.read(DEPTH, JANUARY[1], MARKETS[0]),
        lambda: lake.rows(DEPTH, JANUARY[1], MARKETS[0]),
        lambda: lake.read_range(DEPTH, MARKETS[0], None, None),
    ):
        with pytest.raises(DamagedFile, match=told):
            read()
    report = compact(lake)
    assert report.files_before == 2
    assert [str(path) in trouble for trouble in report.troubles] == [True]
    path.unlink()
    del contents[JANUARY[1], MARKETS[0]]
    assert_reads_as(lake, contents)


def test_damaged_rows_keep_only_their_own_day_out_and_later_months_are_compacted(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    contents = written(lake, JANUARY)
    compact(lake)
    older = dict(contents)
    contents |= written(lake, DAYS, first=10)
    paths = [lake.path(DEPTH, day, MARKETS[0]) for day in JANUARY[:2]]
    for path in paths:
        flip_first_page(path)
    with pytest.raises(DamagedFile, match="make the day 2026-01-02 anew"):
        lake.read(DEPTH, JANUARY[1], MARKETS[0])
    report = compact(lake)
    assert (report.months, report.files_before) == (2, 3)
    assert [str(path) in trouble for path, trouble in zip(paths, report.troubles, strict=True)] == [True, True]
    assert [path.exists() for path in paths] == [True, True]
    for path, day in zip(paths, JANUARY[:2], strict=True):
        path.unlink()
        contents[day, MARKETS[0]] = older[day, MARKETS[0]]
    assert_reads_as(lake, contents)


def flip_first_page(path: Path) -> None:
    """Damage rows and leave the footer whole."""
    content = bytearray(path.read_bytes())
    column = parquet.read_metadata(path).row_group(0).column(0)
    start = column.dictionary_page_offset or column.data_page_offset
    for place in range(start, start + column.total_compressed_size):
        content[place] ^= 0xFF
    path.write_bytes(content)


def test_a_full_disk_is_told_and_no_day_is_blamed_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path)
    contents = written(lake, JANUARY)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet.ParquetWriter, "write_table", full)
    with pytest.raises(OSError, match="No space left"):
        compact(lake)
    monkeypatch.undo()
    assert_reads_as(lake, contents)


def test_a_day_with_the_columns_of_another_version_stays_beside_its_month_and_is_named(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    contents = written(lake, JANUARY)
    odd = lake.path(DEPTH, JANUARY[2], MARKETS[0])
    parquet.write_table(depth_rows(1).drop_columns(["hhi"]), odd)
    report = compact(lake)
    assert report.files_before == 2
    assert report.troubles == (f"{odd} is left as it is: its columns are those of another version",)
    assert odd.exists()
    assert lake.read(DEPTH, JANUARY[0], MARKETS[0]).equals(contents[JANUARY[0], MARKETS[0]][0])
