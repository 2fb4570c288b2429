from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.repack import repack_day
from p2p_pipeline.p2p.raw.retention import bytes_by_day, days_to_drop, drop_days, file_sizes, plan_retention
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.raw.example_snapshots import DAY, KEY, example_snapshot, payment_list

TODAY = DAY + timedelta(days=10)


def days_ago(*counts: int) -> list[date]:
    return [TODAY - timedelta(days=count) for count in counts]


def test_days_beyond_the_days_to_keep_are_dropped_oldest_first() -> None:
    sizes = dict.fromkeys(days_ago(0, 1, 2, 3, 9), 10)
    assert plan_retention(sizes, TODAY, keep_days=3) == days_ago(9, 3)
    assert plan_retention(sizes, TODAY, keep_days=1) == days_ago(9, 3, 2, 1)


def test_a_clock_that_is_years_ahead_and_a_machine_that_was_off_for_months_drop_nothing_early() -> None:
    """What is stored is counted, not what a calendar says: only days that were collected make older ones go."""
    sizes = dict.fromkeys(days_ago(1, 2, 3), 10)
    years_ahead = TODAY + timedelta(days=3000)
    assert plan_retention(sizes, years_ahead, keep_days=3) == []
    assert plan_retention(sizes | {years_ahead: 10}, years_ahead, keep_days=3) == days_ago(3), "one for one"
    assert plan_retention(sizes | {years_ahead: 10}, TODAY, keep_days=3) == [], "a day to come pushes out none"


def test_imported_days_never_age_and_do_not_count() -> None:
    imported = set(days_ago(800, 799, 1))
    sizes = dict.fromkeys([*imported, *days_ago(0, 2, 3)], 10)
    assert plan_retention(sizes, TODAY, keep_days=2, is_collected=lambda day: day not in imported) == days_ago(3)


def test_a_limit_on_the_size_takes_imported_days_too_because_their_recordings_can_be_imported_again() -> None:
    imported = set(days_ago(800))
    sizes = dict.fromkeys([*imported, *days_ago(0, 1)], 10)
    assert plan_retention(sizes, TODAY, 9, 25, is_collected=lambda day: day not in imported) == days_ago(800)


def test_which_days_were_collected_is_told_by_the_raw_store_before_and_after_repacking(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    mixed, only_imported = DAY + timedelta(days=1), DAY
    store.append(example_snapshot(0, day=only_imported, source=Source.IMPORTED))
    store.append(example_snapshot(0, day=mixed, source=Source.IMPORTED))
    store.append(example_snapshot(1, day=mixed))
    for day in (mixed + timedelta(days=1), TODAY):
        store.append(example_snapshot(0, day=day))
    assert days_to_drop(tmp_path, TODAY, keep_days=2) == [mixed]
    repack_day(store, mixed)
    repack_day(store, only_imported)
    assert days_to_drop(tmp_path, TODAY, keep_days=2) == [mixed]
    assert days_to_drop(tmp_path, TODAY, keep_days=2, max_total_bytes=1)[0] == only_imported
    assert days_to_drop(tmp_path, TODAY) == []


def test_the_oldest_days_go_until_the_rest_fits() -> None:
    sizes = dict.fromkeys(days_ago(0, 1, 2, 3), 10)
    assert plan_retention(sizes, TODAY, max_total_bytes=25) == days_ago(3, 2)
    assert plan_retention(sizes, TODAY, max_total_bytes=40) == []
    assert plan_retention(sizes, TODAY) == []


@given(
    st.dictionaries(st.integers(-3, 40), st.tuples(st.integers(0, 100), st.booleans()), max_size=20),
    st.none() | st.integers(1, 40),
    st.none() | st.integers(0, 1000),
)
def test_what_is_kept_is_within_the_settings_and_never_without_today(
    stored: dict[int, tuple[int, bool]], keep_days: int | None, max_total_bytes: int | None
) -> None:
    day_bytes = {TODAY - timedelta(days=ago): size for ago, (size, _) in stored.items()}
    imported = {TODAY - timedelta(days=ago) for ago, (_, is_imported) in stored.items() if is_imported}
    dropped = plan_retention(day_bytes, TODAY, keep_days, max_total_bytes, lambda day: day not in imported)
    kept = {day: size for day, size in day_bytes.items() if day not in dropped}
    closed = [day for day in kept if day < TODAY]
    assert dropped == sorted(dropped)
    assert all(day < TODAY for day in dropped)
    for kind in (imported, day_bytes.keys() - imported):
        gone, left = [day for day in dropped if day in kind], [day for day in closed if day in kind]
        assert not gone or not left or max(gone) < min(left), "the newest stay"
    assert keep_days is None or len([day for day in kept if day <= TODAY and day not in imported]) <= keep_days
    assert max_total_bytes is None or not closed or sum(kept.values()) <= max_total_bytes
    if max_total_bytes is None:
        assert not imported & set(dropped)


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
