from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.raw.capture import Outcome, Purpose, to_line
from p2p_pipeline.p2p.raw.day_file import read_lines
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.repack import repack_day
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import Damage, RawStoreError
from p2p_pipeline_tests.p2p.raw.example_snapshots import (
    DAY,
    KEY,
    MARKET,
    contents,
    example_snapshot,
    only_snapshots,
    payment_list,
)

BUY = MarketSide(MARKET, Side.BUY)


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(DAY.year, DAY.month, DAY.day, hour, minute, second, tzinfo=UTC)


def growing(data_folder: Path) -> Path:
    return data_folder / "raw" / DAY.isoformat() / f"{KEY}.jsonl.gz"


def test_an_empty_data_folder_has_nothing_and_is_no_error(tmp_path: Path) -> None:
    reader = RawReader(tmp_path / "never made")
    assert reader.days() == []
    assert list(reader.read(DAY, KEY)) == []
    assert reader.end_offset(DAY, KEY) == 0
    assert reader.latest(BUY) is None


def test_reading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    for number in range(3):
        store.append(example_snapshot(number))
    seen = only_snapshots(store.reader.read(DAY, KEY))
    stopped = store.reader.end_offset(DAY, KEY)
    assert seen[-1].end_offset == stopped
    assert list(store.reader.read(DAY, KEY, stopped)) == []
    store.append(example_snapshot(3))
    (new,) = only_snapshots(store.reader.read(DAY, KEY, stopped))
    assert [capture for capture, _ in new.captures] == example_snapshot(3)
    assert new.offset == stopped


@pytest.mark.parametrize("is_packed", [False, True])
def test_an_offset_leads_back_to_the_capture_before_and_after_repacking(tmp_path: Path, is_packed: bool) -> None:
    store = RawStore(tmp_path)
    for number in range(4):
        store.append(example_snapshot(number, pages=3))
    places = [(s.raw_path, place, c) for s in only_snapshots(store.reader.read(DAY, KEY)) for c, place in s.captures]
    if is_packed:
        repack_day(store, DAY)
        store.append(example_snapshot(5))
    assert len(places) == 12
    for raw_path, offset, capture in places:
        assert store.reader.capture_at(raw_path, offset) == capture
    with pytest.raises(RawStoreError, match="no capture begins at byte 1 "):
        store.reader.capture_at(places[0][0], 1)
    with pytest.raises(RawStoreError, match="write it as"):
        store.reader.capture_at("../etc/passwd", 0)


def test_the_newest_snapshot_is_found_at_or_before_a_time_and_never_after_it(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    for number in (2, 0, 4, 1):
        store.append(example_snapshot(number))
    store.append(example_snapshot(3, side=Side.SELL))
    latest = store.reader.latest

    def slot_found(moment: datetime | None) -> str | None:
        found = latest(BUY, moment)
        return None if found is None else found.snapshot_id.rpartition("T")[2]

    assert slot_found(None) == "00:02:00Z"
    assert slot_found(at(5)) == "00:02:00Z"
    assert slot_found(at(0, 1, 59)) == "00:01:00Z"
    # Slot 4's request had been sent at 00:02:00, but its answer came a second later.
    assert slot_found(at(0, 2, 0)) == "00:01:00Z"
    assert slot_found(at(0, 2, 1)) == "00:02:00Z"
    assert slot_found(at(0) - timedelta(hours=1)) is None


def test_the_newest_snapshot_may_lie_on_the_day_before_but_not_further_than_asked(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.append(example_snapshot(0, day=DAY - timedelta(days=2)))
    assert store.reader.latest(BUY, at(0)) is None
    assert store.reader.latest(BUY, at(0), days_back=2) is not None
    assert store.reader.latest(BUY) is not None


def test_failed_snapshots_can_be_passed_over(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.append(example_snapshot(0))
    store.append(example_snapshot(1, outcome=Outcome.TIMEOUT))
    found = [stored for stored in store.reader.newest_first(BUY) if stored.has_answer]
    assert [stored.snapshot_id.rpartition("T")[2] for stored in found] == ["00:00:00Z"]


def test_snapshots_come_newest_first_over_days_and_over_what_a_sweep_read(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    for slots, day in (((4, 0, 2), DAY), ((1, 3), DAY - timedelta(days=1)), ((7,), DAY - timedelta(days=9))):
        for slot in slots:
            store.append(example_snapshot(slot, day=day))
    # A sweep that began in slot 1 and came to this side in slot 3.
    late = timedelta(seconds=60)
    store.append(
        [
            replace(c, purpose=Purpose.SWEEP, requested_at=c.requested_at + late, received_at=c.received_at + late)
            for c in example_snapshot(1)
        ]
    )
    moments = [stored.snapshot_at for stored in store.reader.newest_first(BUY, days_back=None)]
    assert len(moments) == 7
    assert moments == sorted(moments, reverse=True)
    assert [stored.snapshot_at for stored in store.reader.newest_first(BUY)] == moments[:6]


class CountedFiles(RealFileSystem):
    """The real disk, and which folders were listed."""

    def __init__(self) -> None:
        self.listed: list[Path] = []

    def entries(self, path: Path) -> list[str]:
        self.listed.append(path)
        return super().entries(path)


def test_a_question_lists_the_raw_folder_once_and_no_day_however_many_there_are(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    for back in range(9):
        store.append(example_snapshot(0, day=DAY - timedelta(days=back)))
    files = CountedFiles()
    reader = RawReader(tmp_path, files=files)
    assert len(reader.days()) == 9
    assert reader.latest(BUY) is not None
    assert next(reader.newest_first(BUY, at(0) - timedelta(days=8, hours=-1), days_back=None), None) is not None
    assert set(files.listed) == {tmp_path / "raw"}
    assert len(files.listed) == 3


def test_taking_the_newest_reads_no_other_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RawStore(tmp_path)
    for slot in range(5):
        store.append(example_snapshot(slot))
    read: list[str | None] = []

    def told(snapshot_id: str | None, *rest: Any) -> Any:
        read.append(snapshot_id)
        return read_lines(snapshot_id, *rest)

    monkeypatch.setattr("p2p_pipeline.p2p.raw.day_file.read_lines", told)
    assert store.reader.latest(BUY) is not None
    assert len(read) == 1


def test_a_snapshot_counts_from_its_first_page_and_not_from_the_refusal_before_it(tmp_path: Path) -> None:
    refusal, page = example_snapshot(2)
    refusal = replace(refusal, outcome=Outcome.RATE_LIMITED, status=429)
    page = replace(page, page=1, received_at=refusal.received_at + timedelta(seconds=17))
    store = RawStore(tmp_path)
    store.append([refusal, page])
    assert store.reader.latest(BUY, refusal.received_at + timedelta(seconds=1)) is None, "its book was not known then"
    found = store.reader.latest(BUY, page.received_at)
    assert found is not None
    assert (found.snapshot_at, found.has_answer) == (page.received_at, True)


def test_a_snapshot_without_a_page_counts_from_the_first_response_else_from_the_first_request_given_up(
    tmp_path: Path,
) -> None:
    given_up, refusal = example_snapshot(2)
    given_up = replace(given_up, outcome=Outcome.TIMEOUT, status=None)
    refusal = replace(refusal, outcome=Outcome.BLOCKED, status=403, received_at=at(0, 1, 20))
    store = RawStore(tmp_path)
    store.append([given_up, refusal])
    store.append([replace(given_up, snapshot_id=example_snapshot(3)[0].snapshot_id)])
    first, second = only_snapshots(store.reader.read(DAY, KEY))
    assert (first.snapshot_at, first.has_answer) == (refusal.received_at, False)
    assert (second.snapshot_at, second.has_answer) == (given_up.received_at, False)


def test_a_payment_list_is_no_answer_about_a_book(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.append(payment_list(example_snapshot(0)[0].slot))
    (found,) = only_snapshots(store.reader.read(DAY, "bybit.reference"))
    assert not found.has_answer


def test_damage_in_the_middle_costs_one_snapshot_and_says_where(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    places = [store.append(example_snapshot(n)) for n in range(5)]
    content = bytearray(growing(tmp_path).read_bytes())
    length = len(content) // 5
    content[2 * length + 150 : 2 * length + 180] = bytes(30)
    growing(tmp_path).write_bytes(content)
    found, _, damages = contents(RawReader(tmp_path))
    assert len(found) == 4
    (damage,) = damages
    assert damage.path == f"{DAY.isoformat()}/{KEY}.jsonl.gz"
    assert 0 < damage.offset < len(content)
    for place in (*places[:2], *places[3:]):
        assert RawReader(tmp_path).capture_at(place.raw_path, place.offset).snapshot_id == place.snapshot_id


def test_offsets_behind_a_lost_header_stay_what_they_were(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    places = [store.append(example_snapshot(n)) for n in range(3)]
    content = bytearray(growing(tmp_path).read_bytes())
    content[:100] = bytes(100)
    growing(tmp_path).write_bytes(content)
    found = only_snapshots(RawReader(tmp_path).read(DAY, KEY))
    assert [(s.snapshot_id, s.offset) for s in found] == [(p.snapshot_id, p.offset) for p in places[1:]]


def test_a_line_that_is_no_capture_costs_that_line_only(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.append(example_snapshot(0))
    lines = [to_line(c) for c in example_snapshot(1)]
    foreign = to_line(example_snapshot(2)[0])
    growing(tmp_path).write_bytes(gzip.compress(b"\n".join([lines[0], b"nonsense", lines[1], foreign, b""])))
    found, _, damages = contents(RawReader(tmp_path))
    assert [len(captures) for captures in found.values()] == [2, 1]
    assert damages == [Damage(f"{DAY.isoformat()}/{KEY}.jsonl", len(lines[0]) + 1, 9, damages[0].reason)]


def test_files_that_another_gzip_wrote_are_read_and_appended_to(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    snapshots = [example_snapshot(n) for n in range(4)]
    for snapshot in snapshots[:3]:
        store.append(snapshot)
    before = only_snapshots(store.reader.read(DAY, KEY))
    growing(tmp_path).write_bytes(gzip.compress(gzip.decompress(growing(tmp_path).read_bytes())))
    assert only_snapshots(RawReader(tmp_path).read(DAY, KEY)) == before
    RawStore(tmp_path).append(snapshots[3])
    assert list(contents(store.reader)[0].values()) == snapshots
    assert store.reader.capture_at(before[1].raw_path, before[1].captures[1][1]) == snapshots[1][1]
    repack_day(store, DAY)
    assert list(contents(RawReader(tmp_path))[0].values()) == snapshots


def test_a_reader_beside_a_writer_does_not_call_a_member_in_flight_damage(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.append(example_snapshot(0))
    first = growing(tmp_path).read_bytes()
    store.append(example_snapshot(1))
    both = growing(tmp_path).read_bytes()
    reader = RawReader(tmp_path)
    for size in range(len(first), len(both)):
        growing(tmp_path).write_bytes(both[:size])
        assert [type(found).__name__ for found in reader.read(DAY, KEY)] == ["StoredSnapshot"]
    growing(tmp_path).write_bytes(both)
    assert len(list(reader.read(DAY, KEY))) == 2


def test_a_reading_begun_before_a_repack_ends_with_everything(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    for number in range(6):
        store.append(example_snapshot(number))
    reading = store.reader.read(DAY, KEY)
    first = next(reading)
    repack_day(store, DAY)
    assert len([first, *reading]) == 6
    assert len(list(store.reader.read(DAY, KEY))) == 6


def test_reference_lists_are_read_like_any_other_file(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.append(payment_list(example_snapshot(0)[0].slot))
    (found,) = only_snapshots(store.reader.read(DAY, "bybit.reference"))
    assert found.market_side is None
