from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from p2p_pipeline.p2p.markets import Market, Side, Source
from p2p_pipeline.p2p.raw.capture import Capture, Outcome
from p2p_pipeline.p2p.raw.recording_lines import RecordingError
from p2p_pipeline.p2p.raw.recordings import import_recording
from p2p_pipeline.p2p.raw.repack import repack_closed_days
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import RealmMismatch
from p2p_pipeline_tests.p2p.raw.example_snapshots import contents, example_snapshot
from p2p_pipeline_tests.shared_files import RECORDINGS

RECORDING = RECORDINGS / "binance_usdt_bob_2024-10.jsonl.gz"
BINANCE_URL = "https://p2p.binance.com/bapi/c2c/v2/friendly/c2c/adv/search"
BYBIT_URL = "https://api2.bybit.com/fiat/otc/item/online"


def exchange(time: str = "2024-10-19T16:45:08Z", side: str = "SELL", page: int = 1, **changes: Any) -> str:
    request = {"asset": "USDT", "fiat": "BOB", "tradeType": side, "page": page}
    line: dict[str, Any] = {
        "received_at": time,
        "exact": True,
        "method": "POST",
        "url": BINANCE_URL,
        "request": request,
        "status": 200,
    }
    line |= changes
    body: str = line.pop("body", '{"code":"000000",  "data":[{"advNo":"12666285961109946368","x":1.10}]}')
    return json.dumps(line)[:-1] + ', "body": ' + body + " }"


def recording(folder: Path, *lines: str, name: str = "recording.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def captures_of(store: RawStore) -> list[Capture]:
    return [capture for captures in contents(store.reader)[0].values() for capture in captures]


def test_lines_with_the_same_time_and_side_are_the_pages_of_one_snapshot(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    lines = [exchange(page=1), exchange(page=2), exchange(side="BUY"), exchange(time="2024-10-20T00:00:01Z")]
    report = import_recording(recording(tmp_path, *lines), store)
    assert (report.captures, report.snapshots, report.already_there, report.skipped) == (4, 3, 0, 0)
    found, _, _ = contents(store.reader)
    assert {name: [c.page for c in captures] for name, captures in found.items()} == {
        "binance.USDT-BOB:BUY:2024-10-19T16:45:08Z": [1],
        "binance.USDT-BOB:SELL:2024-10-19T16:45:08Z": [1, 2],
        "binance.USDT-BOB:SELL:2024-10-20T00:00:01Z": [1],
    }
    assert store.reader.days() == [date(2024, 10, 19), date(2024, 10, 20)]
    assert {capture.source for capture in captures_of(store)} == {Source.IMPORTED}


def test_importing_again_adds_nothing_also_after_repacking(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    path = recording(tmp_path, exchange(), exchange(side="BUY"))
    import_recording(path, store)
    for _ in range(2):
        again = import_recording(path, RawStore(tmp_path))
        assert (again.captures, again.snapshots, again.already_there) == (0, 0, 2)
        repack_closed_days(store, date(2026, 1, 1))
    assert len(captures_of(store)) == 2


def test_a_body_is_taken_byte_for_byte_wherever_it_stands_in_the_line(tmp_path: Path) -> None:
    body = '{"price": 11.50,"big":12679314427299463168 , "t":"\\u0422Т","body":{}}'
    first = exchange(body=body)
    moved = (
        '{"body":'
        + body
        + ',"received_at":"2024-10-19T17:00:00Z",'
        + first.split(",", 1)[1].rpartition(', "body"')[0]
        + "}"
    )
    store = RawStore(tmp_path)
    assert import_recording(recording(tmp_path, first, moved), store).skipped == 0
    assert [capture.body for capture in captures_of(store)] == [body.encode()] * 2


def test_bybits_sides_are_turned_into_the_takers(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    lines = [
        exchange(url=BYBIT_URL, request={"tokenId": "USDT", "currencyId": "RUB", "side": side, "page": "3"})
        for side in ("1", "0")
    ]
    import_recording(recording(tmp_path, *lines), store)
    assert {(c.venue, c.fiat, c.side, c.page) for c in captures_of(store)} == {
        ("bybit", "RUB", Side.BUY, 3),
        ("bybit", "RUB", Side.SELL, 3),
    }


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, Outcome.OK), (429, Outcome.RATE_LIMITED), (403, Outcome.BLOCKED), (502, Outcome.SERVER_ERROR)],
)
def test_a_recorded_failure_stays_a_failure(tmp_path: Path, status: int, outcome: Outcome) -> None:
    store = RawStore(tmp_path)
    import_recording(recording(tmp_path, exchange(status=status, body='"<html>"')), store)
    (capture,) = captures_of(store)
    assert (capture.outcome, capture.body) == (outcome, b"<html>")


def test_a_broken_line_is_left_out_with_its_number_and_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    broken = [
        exchange()[:-40],
        "[1,2]",
        exchange(url="https://example.org/other"),
        exchange(side="UP"),
        exchange(time="yesterday"),
        exchange(request={}),
        exchange(status=None),
        exchange() + "x",
        '{"received_at":"2024-10-19T16:45:08Z"}',
        exchange(body="[" * 100_000),
        exchange(request={"asset": "../..", "fiat": "BOB", "tradeType": "BUY"}),
    ]
    report = import_recording(recording(tmp_path, exchange(page=1), "", *broken, exchange(page=2)), store)
    assert (report.captures, report.snapshots) == (2, 1)
    assert [each.line for each in report.broken] == list(range(3, 3 + len(broken)))
    assert report.skipped == len(broken)
    assert all(each.reason for each in report.broken)


def test_a_cut_short_gzip_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    # Several members, so that whole ones come before the cut.
    whole = b"".join(gzip.compress(exchange(page=page).encode() + b"\n") for page in range(1, 6))
    path = tmp_path / "recording.jsonl.gz"
    path.write_bytes(whole[:-20])
    report = import_recording(path, RawStore(tmp_path))
    assert report.captures >= 4
    assert "decompressed" in report.broken[-1].reason


@pytest.mark.parametrize("content", [b"", b"hello\n", b'{"a":1}\n', bytes(100), b"\x1f\x8bjunk", b"\xff\xfe\n"])
def test_a_file_that_is_no_recording_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "something"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="is no recording"):
        import_recording(path, RawStore(tmp_path))
    assert not (tmp_path / "raw").exists()


def test_a_missing_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="can't be read: No such file"):
        import_recording(tmp_path / "missing", RawStore(tmp_path))


def test_a_recording_is_not_mixed_into_simulated_files(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    day = date(2024, 10, 19)
    store.append(example_snapshot(0, day=day, market=Market("binance", "USDT", "BOB"), source=Source.SIMULATED))
    with pytest.raises(RealmMismatch, match="never mix"):
        import_recording(recording(tmp_path, exchange()), store)


@pytest.mark.recordings
@pytest.mark.skipif(not RECORDING.exists(), reason="../shared/recordings is missing")
def test_the_recording_gives_every_response_in_134_snapshots_byte_for_byte(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    report = import_recording(RECORDING, store)
    assert (report.captures, report.snapshots, report.already_there, report.broken) == (778, 134, 0, ())
    with gzip.open(RECORDING, "rb") as lines:
        recorded = {line.rstrip(b"\n").partition(b',"body":')[2][:-1] for line in lines}
    assert {capture.body for capture in captures_of(store)} == recorded
    gzip_bytes = sum(p.stat().st_size for p in (tmp_path / "raw").rglob("*.gz"))
    assert all(each.kept_because is None for each in repack_closed_days(store, date(2026, 1, 1)))
    assert {capture.body for capture in captures_of(store)} == recorded
    assert sum(p.stat().st_size for p in (tmp_path / "raw").rglob("*.zst")) < gzip_bytes / 2
