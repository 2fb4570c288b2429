"""Whenever the process dies, and whoever reads meanwhile, each day of the lake is seen once."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from itertools import count
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake import sql
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.lake.month_file import write_month
from p2p_pipeline.lake.sql import QueryError
from p2p_pipeline.p2p.lake_sql import query, rebuild_views_file
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.lake.compacted_lake import (
    DEPTH,
    JANUARY,
    MARKETS,
    SUMMARY,
    assert_reads_as,
    assert_sql_reads_as,
    compact,
    depth_rows,
    written,
)


class Killed(BaseException):
    """The process died here."""


@contextmanager
def killed_at(place: int) -> Iterator[Callable[[], bool]]:
    """Let the process die before its n-th change to the disk: from then on nothing it does reaches the disk."""
    steps = count()
    is_dead = False

    def mortal(operation: Callable[..., object]) -> Callable[..., object]:
        def step(*given: object, **named: object) -> object:
            nonlocal is_dead
            is_dead = is_dead or next(steps) >= place
            if is_dead:
                raise Killed
            return operation(*given, **named)

        return step

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in (
            (Path, "touch"),
            (Path, "replace"),
            (Path, "unlink"),
            (Path, "rmdir"),
            (os, "fsync"),
            (parquet.ParquetWriter, "write_table"),
            (parquet.ParquetWriter, "add_key_value_metadata"),
        ):
            patch.setattr(owner, name, mortal(getattr(owner, name)))
        yield lambda: is_dead


def died(work: Callable[[], object], place: int) -> bool:
    """Whether the work died at a place; False when it has fewer."""
    with killed_at(place) as is_dead:
        try:
            work()
        except Killed:
            return True
        assert not is_dead()
        return False


def test_a_crash_anywhere_in_a_compaction_leaves_a_lake_that_reads_the_same(tmp_path: Path) -> None:
    places = 0
    for place in count():
        lake = Lake(tmp_path / str(place))
        contents = written(lake, JANUARY)
        compact(lake)
        contents |= written(lake, JANUARY[:2], first=5)
        views = tmp_path / "views.duckdb"
        rebuild_views_file(lake.root, views)
        if not died(partial(compact, lake), place):
            break
        places += 1
        assert_reads_as(lake, contents)
        with duckdb.connect(str(views), read_only=True) as person:
            assert_sql_reads_as(person.sql(SUMMARY).to_arrow_table().to_pylist(), contents)
        compact(lake)
        assert_reads_as(lake, contents)
        assert [path.name for path in lake.root.rglob("*") if path.is_file() and path.name.endswith(".new")] == []
    assert places >= 12


def test_a_crash_anywhere_while_a_compacted_day_is_written_anew_leaves_the_old_day_or_the_new_one(
    tmp_path: Path,
) -> None:
    places = 0
    for place in count():
        lake = Lake(tmp_path / str(place))
        before = written(lake, JANUARY)
        compact(lake)
        fresh = depth_rows(99), {"done": "9"}
        is_dead = died(partial(lake.write, DEPTH, JANUARY[1], MARKETS[0], *fresh), place)
        is_new = lake.facts(DEPTH, JANUARY[1], MARKETS[0]) == fresh[1]
        assert_reads_as(lake, before | {(JANUARY[1], MARKETS[0]): fresh} if is_new else before)
        if not is_dead:
            assert is_new
            break
        places += 1
    assert places >= 4


def test_a_crash_anywhere_while_a_day_is_dropped_leaves_it_as_it_was_last_or_gone(tmp_path: Path) -> None:
    places = 0
    for place in count():
        lake = Lake(tmp_path / str(place))
        contents = written(lake, JANUARY)
        compact(lake)
        contents |= written(lake, JANUARY[1:2], first=8)
        without = {name: kept for name, kept in contents.items() if name[0] != JANUARY[1]}
        if not died(partial(lake.remove, DEPTH, JANUARY[1], MARKETS[0]), place):
            assert_reads_as(lake, without)
            break
        places += 1
        is_there = lake.facts(DEPTH, JANUARY[1], MARKETS[0]) is not None
        assert_reads_as(lake, contents if is_there else without)
    assert places >= 5


def test_readers_see_every_day_once_while_the_lake_is_compacted_and_written_anew(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    written(lake, JANUARY)
    is_done = threading.Event()
    rounds = 0

    def change() -> None:
        nonlocal rounds
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            compact(lake)
            with lake.writing(MARKETS[0]):
                written(lake, JANUARY[:2])
            rounds += 1
        is_done.set()

    writer = threading.Thread(target=change)
    writer.start()
    seen, refused = set(), set()
    while not is_done.is_set():
        seen.add(("range", lake.read_range(DEPTH, MARKETS[0], None, None).num_rows))
        seen.add(("days", sum(lake.read(DEPTH, day, MARKETS[0]).num_rows for day in JANUARY)))
        seen.add(("listed", len(lake.partitions(DEPTH))))
        try:
            seen.add(("SQL", query(tmp_path, "SELECT count(*) AS n FROM depth").to_pylist()[0]["n"]))
        except QueryError as error:
            refused.add("being compacted" in str(error))
    writer.join()
    assert rounds > 3
    assert seen <= {("range", 6), ("days", 6), ("listed", 3), ("SQL", 6)}
    assert len(seen) >= 3
    assert refused <= {True}


def test_a_query_is_asked_again_when_a_day_went_and_came_back_while_files_were_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    contents = written(lake, JANUARY)
    compact(lake)
    contents |= written(lake, JANUARY[:2], first=7)
    asked = 0
    ask = sql._first_rows_once

    def ask_meanwhile(
        lake_root: Path, question: str, tables: Collection[Table], limit: int | None
    ) -> tuple[pa.Table, bool]:
        nonlocal asked
        asked += 1
        if asked > 1:
            return ask(lake_root, question, tables, limit)
        lake.path(DEPTH, JANUARY[1], MARKETS[0]).unlink()
        found = ask(lake_root, question, tables, limit)
        written(lake, JANUARY[1:2], first=8)
        return found

    monkeypatch.setattr(sql, "_first_rows_once", ask_meanwhile)
    assert_sql_reads_as(query(lake.root, SUMMARY).to_pylist(), contents)
    assert asked == 2


def test_a_lake_that_cannot_be_listed_is_an_error_and_not_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    written(lake, JANUARY)
    listed = Path.iterdir

    def out_of_files(folder: Path) -> Iterator[Path]:
        if folder.name == f"date={JANUARY[1]}":
            raise OSError(errno.EMFILE, "Too many open files")
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", out_of_files)
    with pytest.raises(OSError, match="Too many open files"):
        lake.partitions(DEPTH)


@pytest.mark.long
@pytest.mark.timeout(1800)
@only_long
def test_a_process_killed_at_any_time_leaves_a_lake_that_reads_the_same(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(31)]
    code = (
        "import sys; from pathlib import Path; from p2p_pipeline.lake.lake import Lake;"
        "from p2p_pipeline_tests.lake.compacted_lake import compact, written; from datetime import date;"
        "lake = Lake(Path(sys.argv[1])); print('ready', flush=True)\n"
        "while True:\n"
        "    compact(lake)\n"
        "    with lake.writing('binance.USDT-BOB'): written(lake, [date(2026, 1, day) for day in range(1, 32)])\n"
    )
    expected = pa.concat_tables([rows for rows, _ in written(lake, days).values()])
    chance = random.Random(1)
    for _ in range(25):
        with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0, 0.8))
            process.send_signal(signal.SIGKILL)
        assert lake.read_range(DEPTH, MARKETS[0], None, None).equals(expected)
        assert query(tmp_path, "SELECT count(*) AS n FROM depth").to_pylist() == [{"n": expected.num_rows}]


def test_a_day_that_is_written_anew_while_its_month_is_made_keeps_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    contents = written(lake, JANUARY)

    def write_month_and_a_day(*given: object, **named: object) -> None:
        write_month(*given, **named)  # type: ignore[arg-type]
        contents.update(written(lake, JANUARY[1:2], first=7))

    monkeypatch.setattr("p2p_pipeline.lake.compaction.write_month", write_month_and_a_day)
    compact(lake)
    assert_reads_as(lake, contents)
