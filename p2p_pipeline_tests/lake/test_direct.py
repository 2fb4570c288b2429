"""The lake read without pyarrow says what a damaged file asks for, and takes a folder's name for no pattern."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from p2p_pipeline.lake.direct import DirectLake, LakeUnreadable
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline_tests.lake.compacted_lake import DAYS, DEPTH, MARKETS, depth_rows


def test_a_folder_whose_name_looks_like_a_pattern_is_read(tmp_path: Path) -> None:
    root = tmp_path / "a[b]*'c"
    Lake(root).write(DEPTH, DAYS[0], MARKETS[0], depth_rows(1, 3))
    assert len(DirectLake(root).rows("depth", MARKETS[0], (DAYS[0], DAYS[0]), ["snapshot_id"])) == 3
    assert DirectLake(root).newest_day("depth", MARKETS[0], DAYS[0]) == DAYS[0]


def test_without_files_there_are_no_rows(tmp_path: Path) -> None:
    assert DirectLake(tmp_path).rows("depth", MARKETS[0], (DAYS[0], DAYS[-1]), ["snapshot_id"]) == []
    assert DirectLake(tmp_path).newest_day("depth", MARKETS[0], DAYS[-1]) is None


def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(DEPTH, DAYS[0], MARKETS[0], depth_rows(1, 3))
    lake.path(DEPTH, DAYS[0], MARKETS[0]).write_bytes(b"PAR1 no more PAR1")
    with pytest.raises(LakeUnreadable, match="delete the file it names"):
        DirectLake(tmp_path).rows("depth", MARKETS[0], (DAYS[0], DAYS[0]), ["snapshot_id"])


def test_a_damaged_month_is_named_too_when_a_day_is_looked_for(tmp_path: Path) -> None:
    folder = tmp_path / "depth" / f"month={DAYS[0]:%Y-%m}"
    folder.mkdir(parents=True)
    (folder / f"{MARKETS[0]}.parquet").write_bytes(b"PAR1 no more PAR1")
    with pytest.raises(LakeUnreadable, match="delete the file it names"):
        DirectLake(tmp_path).newest_day("depth", MARKETS[0], DAYS[0])


def test_questions_in_a_row_share_one_database_which_is_closed_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[duckdb.DuckDBPyConnection] = []
    connect = duckdb.connect

    def counted(name: str) -> duckdb.DuckDBPyConnection:
        opened.append(connect(name))
        return opened[-1]

    monkeypatch.setattr(duckdb, "connect", counted)
    Lake(tmp_path).write(DEPTH, DAYS[0], MARKETS[0], depth_rows(1, 3))
    with DirectLake(tmp_path).kept_open() as lake:
        found = [lake.rows("depth", MARKETS[0], (DAYS[0], DAYS[0]), ["snapshot_id"]) for _ in range(2)]
    assert found[0] == found[1]
    assert len(opened) == 1
    with pytest.raises(duckdb.ConnectionException):
        opened[0].execute("SELECT 1")


@pytest.mark.parametrize("text", ["it's", "''", "$days", "\\'; DROP", 'a"b', "%", "имя"])
def test_a_text_is_looked_for_as_it_is(text: str, tmp_path: Path) -> None:
    rows = depth_rows(1, 3)
    names = pa.array([text, "other", "$until"], pa.string())
    place = rows.schema.get_field_index("snapshot_id")
    Lake(tmp_path).write(DEPTH, DAYS[0], MARKETS[0], rows.set_column(place, rows.schema.field(place), names))
    days = (DAYS[0], DAYS[0])
    asked = DirectLake(tmp_path).rows(
        "depth", MARKETS[0], days, ["snapshot_id"], "snapshot_id = $wanted", {"wanted": text}
    )
    listed = DirectLake(tmp_path).rows(
        "depth", MARKETS[0], days, ["snapshot_id"], "list_contains($wanted, snapshot_id)", {"wanted": [text, "x"]}
    )
    assert asked == listed == [(text,)]
