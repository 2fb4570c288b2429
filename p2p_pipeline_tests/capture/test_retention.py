from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.capture.raw_store import RawStore
from p2p_pipeline.capture.repack import repack_day
from p2p_pipeline.capture.retention import bytes_by_day, drop_days, file_sizes, plan_retention
from p2p_pipeline_tests.capture.example_snapshots import DAY, KEY, example_snapshot, payment_list

TODAY = DAY + timedelta(days=10)


def days_ago(*counts: int) -> list[date]:
    return [TODAY - timedelta(days=count) for count in counts]


def test_days_older_than_the_days_to_keep_are_dropped_oldest_first() -> None:
    sizes = dict.fromkeys(days_ago(0, 1, 2, 3, 9), 10)
    assert plan_retention(sizes, TODAY, keep_days=3) == days_ago(9, 3)
    assert plan_retention(sizes, TODAY, keep_days=1) == days_ago(9, 3, 2, 1)


def test_the_oldest_days_go_until_the_rest_fits() -> None:
    sizes = dict.fromkeys(days_ago(0, 1, 2, 3), 10)
    assert plan_retention(sizes, TODAY, max_total_bytes=25) == days_ago(3, 2)
    assert plan_retention(sizes, TODAY, max_total_bytes=40) == []
    assert plan_retention(sizes, TODAY) == []


@given(
    st.dictionaries(st.integers(-3, 40), st.integers(0, 100), max_size=20),
    st.none() | st.integers(1, 40),
    st.none() | st.integers(0, 1000),
)
def test_what_is_kept_is_within_the_settings_and_never_without_today(
    sizes: dict[int, int], keep_days: int | None, max_total_bytes: int | None
) -> None:
    day_bytes = {TODAY - timedelta(days=ago): size for ago, size in sizes.items()}
    dropped = plan_retention(day_bytes, TODAY, keep_days, max_total_bytes)
    kept = {day: size for day, size in day_bytes.items() if day not in dropped}
    closed = [day for day in kept if day < TODAY]
    assert dropped == sorted(dropped)
    assert all(day < TODAY for day in dropped)
    assert not closed or not dropped or max(dropped) < min(closed)
    assert keep_days is None or all((TODAY - day).days < keep_days for day in closed)
    assert max_total_bytes is None or not closed or sum(kept.values()) <= max_total_bytes


def test_dropping_a_day_frees_what_the_report_said_and_leaves_other_days_alone(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.append(example_snapshot(0))
    repack_day(store, DAY)
    store.append(example_snapshot(1))
    store.append(payment_list(example_snapshot(0)[0].slot))
    store.append(example_snapshot(0, day=TODAY))
    sizes = file_sizes(tmp_path)
    assert [(size.day, size.file_key) for size in sizes] == [(DAY, KEY), (DAY, "bybit.reference"), (TODAY, KEY)]
    assert sizes[0].growing_bytes
    assert sizes[0].packed_bytes
    lake = tmp_path / "lake" / "offers" / f"date={DAY.isoformat()}"
    lake.mkdir(parents=True)
    freed = drop_days(tmp_path, [DAY])
    assert freed == bytes_by_day(sizes)[DAY] == sizes[0].total_bytes + sizes[1].total_bytes
    assert store.reader.days() == [TODAY]
    assert not (tmp_path / "raw" / DAY.isoformat()).exists()
    assert lake.exists()
    assert drop_days(tmp_path, [DAY]) == 0


def test_a_dropped_day_can_be_written_again(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.append(example_snapshot(0))
    drop_days(tmp_path, [DAY])
    assert store.append(example_snapshot(0)).offset == 0
    assert len(list(store.reader.read(DAY, KEY))) == 1
