from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from p2p_pipeline.p2p.capture.sweeps.claim import Share
from p2p_pipeline.p2p.capture.sweeps.memory import Ceiling, SweepMemory, kept_ceiling
from p2p_pipeline.p2p.capture.sweeps.plan import SideRecord, share_of
from p2p_pipeline.p2p.capture.sweeps.report import batch_id_of
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import all_sides

FIATS = ("BOB", "KES", "RUB", "VND", "ARS", "TRY", "NGN")
SIDES = sorted(all_sides(FIATS))
RECORDS = {
    side: SideRecord(place, 1_700_000_000.0 + place, place % 3, is_empty=place % 2 == 0, is_missed=place % 5 == 0)
    for place, side in enumerate(SIDES)
}
WHOLE = Share("binance")


def test_what_was_learnt_is_remembered_as_it_was(tmp_path: Path) -> None:
    SweepMemory(WHOLE, dict(RECORDS)).save(tmp_path, 17, SIDES)
    again = SweepMemory.load(tmp_path, WHOLE)
    assert (again.records, again.newest_batch) == (RECORDS, 17)


def test_what_the_venue_no_longer_lists_is_forgotten(tmp_path: Path) -> None:
    SweepMemory(WHOLE, dict(RECORDS)).save(tmp_path, 17, SIDES[:3])
    assert list(SweepMemory.load(tmp_path, WHOLE).records) == SIDES[:3]


@pytest.mark.parametrize(("minutes", "is_believed"), [(10, True), (59, True), (61, False), (-1, False)])
def test_how_fast_the_venue_let_us_ask_is_believed_for_an_hour(tmp_path: Path, minutes: int, is_believed: bool) -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    ceiling = Ceiling(7.25, batch_id_of(at))
    SweepMemory(WHOLE, dict(RECORDS)).save(tmp_path, batch_id_of(at + timedelta(minutes=40)), SIDES, ceiling)
    kept = kept_ceiling(tmp_path, WHOLE, at + timedelta(minutes=minutes))
    assert kept == (ceiling if is_believed else None)
    assert kept_ceiling(tmp_path, Share("binance", 1, 2), at + timedelta(minutes=1)) is None


@pytest.mark.parametrize(
    "said", ["null", '"x"', "{}", '{"per_second":0,"learnt_in":1772366400001}', '{"per_second":9,"learnt_in":1e300}']
)
def test_a_ceiling_that_says_nothing_is_none(tmp_path: Path, said: str) -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    (tmp_path / "sweeps").mkdir()
    text = f'{{"version":1,"batch_id":{batch_id_of(at)},"sides":[],"ceiling":{said}}}'
    (tmp_path / "sweeps/binance.1-of-1.json").write_text(text)
    assert kept_ceiling(tmp_path, WHOLE, at) is None


def test_a_ceiling_grows_old_unless_a_refusal_or_a_faster_pace_tells_something_new() -> None:
    old = Ceiling(5.0, 17)
    assert Ceiling.after(5.0, old, 18, is_refused=False) == old
    assert Ceiling.after(5.0, old, 18, is_refused=True) == Ceiling(5.0, 18)
    assert Ceiling.after(5.5, old, 18, is_refused=False) == Ceiling(5.5, 18)
    assert Ceiling.after(4.0, None, 18, is_refused=True) == Ceiling(4.0, 18)
    assert Ceiling.after(None, old, 18, is_refused=False) is None, "all that is wanted was put up with"


def test_another_number_of_workers_takes_over_what_the_others_knew(tmp_path: Path) -> None:
    SweepMemory(WHOLE, dict(RECORDS)).save(tmp_path, 17, SIDES)
    for worker in (1, 2):
        share = Share("binance", worker, 2)
        mine = SweepMemory.load(tmp_path, share).records
        assert mine == {side: r for side, r in RECORDS.items() if share_of(side.market.fiat, 2) == worker}
        newer = {side: SideRecord(99, 1_800_000_000.0) for side in mine}
        SweepMemory(share, newer).save(tmp_path, 18, list(newer))
    assert set(SweepMemory.load(tmp_path, WHOLE).records.values()) == {SideRecord(99, 1_800_000_000.0)}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version":2}', b'{"version":1,"batch_id":1,"sides":[[1]]}'])
def test_a_file_that_cannot_be_read_is_as_good_as_none(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "sweeps").mkdir()
    (tmp_path / "sweeps/binance.1-of-1.json").write_bytes(content)
    assert SweepMemory.load(tmp_path, WHOLE).records == {}
    assert "can't be read and is passed over" in caplog.text


def test_a_folder_that_cannot_be_written_costs_only_the_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "sweeps").write_text("a file in the way")
    with caplog.at_level(logging.WARNING):
        SweepMemory(WHOLE, dict(RECORDS)).save(tmp_path, 17, SIDES)
    assert "what the sweep learnt could not be kept" in caplog.text


@pytest.mark.parametrize(("worker", "workers"), [(0, 1), (2, 1), (-1, 3), (1000, 1000)])
def test_a_share_that_cannot_be_is_refused(worker: int, workers: int) -> None:
    with pytest.raises(ValueError, match="write 1/1, or from 1/3 to 3/3"):
        Share("binance", worker, workers)
