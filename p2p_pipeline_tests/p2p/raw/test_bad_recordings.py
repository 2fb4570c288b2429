"""Recordings with lines that nobody can trust, that were cut off, or that grew: what is good in them comes in, once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from p2p_pipeline.p2p.raw.capture import Capture
from p2p_pipeline.p2p.raw.recordings import ImportReport, import_recording
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.binance_answers import URL, ad, page
from p2p_pipeline_tests.p2p.raw.example_snapshots import contents
from p2p_pipeline_tests.shared_files import CASES

NOW = datetime(2026, 11, 29, tzinfo=UTC)
NOON = "2024-10-25T12:00:00Z"
case = pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not there")


def line(time: str = NOON, number: int = 1, ads: range = range(20), total: int = 25, **changed: Any) -> str:
    request = {"asset": "USDT", "fiat": "BOB", "tradeType": "BUY", "page": number, "rows": 20}
    body = json.loads(page([ad(n) for n in ads], total=total))
    exchange = {"received_at": time, "method": "POST", "url": URL, "request": request, "status": 200, "body": body}
    return json.dumps(exchange | changed)


def bring_in(folder: Path, *lines: str | bytes) -> ImportReport:
    path = folder / "recording.jsonl"
    path.write_bytes(b"".join((each if isinstance(each, bytes) else each.encode()) + b"\n" for each in lines))
    return import_recording(path, RawStore(folder), now=NOW)


def stored(folder: Path) -> dict[str, list[Capture]]:
    return contents(RawStore(folder).reader)[0]


def pages_stored(folder: Path) -> dict[str, list[int | None]]:
    return {name.partition("BUY:")[2]: [one.page for one in captures] for name, captures in stored(folder).items()}


@pytest.mark.parametrize(
    "odd",
    [
        line(status=10**30),
        line(status=True),
        line(method="\ud83d"),
        line(url=URL + "\udc80"),
        line(request={"asset": "USDT", "fiat": "BOB", "tradeType": "BUY", "note": "\ud83d"}),
        line(request={"asset": "USDT", "fiat": "BOB", "tradeType": "BUY", "rows": 10**30}),
        line(request={"asset": "USDT", "fiat": "BOB", "tradeType": "BUY", "page": 10**30}),
        line(time="9999-12-31T23:59:59-05:00"),
        line(time="0001-01-01T00:00:00+08:05"),
        line(time="2099-01-01T00:00:00Z"),
        line(time="2026-11-30T00:00:01Z"),
        line(url="http://[half" + URL),
        line(body=0)[:-1] + ', "request": ' + "[" * 100_000 + "]" * 100_000 + "}",
        b"\xff\xfe" + line().encode(),
    ],
    ids=range(14),
)
def test_a_line_that_can_not_be_trusted_is_left_out_with_its_reason_and_the_rest_comes_in(
    tmp_path: Path, odd: str | bytes
) -> None:
    report = bring_in(tmp_path, odd, line("2024-10-25T13:00:00Z"))
    assert (report.snapshots, [one.line for one in report.broken]) == (1, [1])
    assert report.broken[0].reason
    assert pages_stored(tmp_path) == {"2024-10-25T13:00:00Z": [1]}


def test_what_a_venue_says_beyond_any_json_comes_in_byte_for_byte(tmp_path: Path) -> None:
    bodies = [b'{"code":"000000","data":[{"a":"caf\xe9","b":NaN}]}', b'{"data":' + b"[" * 5_000 + b"]" * 5_000 + b"}"]
    lines = [
        line(f"2024-10-25T12:0{n}:00Z", body="BODY").encode().replace(b'"BODY"', body) for n, body in enumerate(bodies)
    ]
    assert bring_in(tmp_path, *lines).broken == ()
    assert [captures[0].body for captures in stored(tmp_path).values()] == bodies


def test_a_byte_order_mark_costs_no_line(tmp_path: Path) -> None:
    report = bring_in(tmp_path, b"\xef\xbb\xbf" + line().encode(), line("2024-10-25T13:00:00Z"))
    assert (report.snapshots, report.broken) == (2, ())


def test_a_page_that_a_grown_recording_adds_comes_in_and_the_whole_book_is_the_newest(tmp_path: Path) -> None:
    assert bring_in(tmp_path, line()).snapshots == 1
    whole = (line(), line(number=2, ads=range(20, 25)))
    report = bring_in(tmp_path, *whole)
    assert (report.captures, report.snapshots, report.already_there, report.grown) == (2, 1, 0, 1)
    assert pages_stored(tmp_path) == {NOON: [1], "2024-10-25T12:00:00.000001Z": [1, 2]}
    for lines in (whole, whole[:1]):
        again = bring_in(tmp_path, *lines)
        assert (again.snapshots, again.already_there, again.grown) == (0, 1, 0)


def test_another_answer_of_the_same_moment_is_kept_beside_the_first(tmp_path: Path) -> None:
    bring_in(tmp_path, line(ads=range(3), total=3))
    report = bring_in(tmp_path, line(ads=range(3, 6), total=3))
    assert (report.snapshots, report.already_there, report.grown) == (1, 0, 1)
    both = stored(tmp_path)
    assert len({captures[0].body for captures in both.values()}) == 2
    assert {captures[0].requested_at for captures in both.values()} == {datetime(2024, 10, 25, 12, tzinfo=UTC)}


def test_pages_that_run_on_with_times_of_their_own_are_one_snapshot(tmp_path: Path) -> None:
    times = ["12:00:00.000Z", "12:00:01.100Z", "12:00:02.200Z"]
    first = [line(f"2024-10-25T{time}", number) for number, time in enumerate(times, start=1)]
    second = [line(f"2024-10-25T12:00:{20 + number}Z", number) for number in (1, 2, 3)]
    report = bring_in(tmp_path, *first, *second)
    assert (report.captures, report.snapshots, report.without_first_page) == (6, 2, 0)
    assert pages_stored(tmp_path) == {NOON: [1, 2, 3], "2024-10-25T12:00:21Z": [1, 2, 3]}


def test_a_page_of_the_next_sweep_is_no_page_of_the_one_before(tmp_path: Path) -> None:
    lost_its_first = [line("2024-10-25T12:00:30.000Z", 2), line("2024-10-25T12:00:31Z", 3)]
    report = bring_in(tmp_path, line(), *lost_its_first)
    assert (report.snapshots, report.without_first_page) == (3, 2)
    assert pages_stored(tmp_path)[NOON] == [1]


def test_pages_with_pauses_are_one_snapshot_no_longer_than_a_slot_lasts(tmp_path: Path) -> None:
    bring_in(tmp_path, *(line(f"2024-10-25T12:0{n // 4}:{n % 4 * 15:02}Z", n + 1) for n in range(8)))
    assert pages_stored(tmp_path)[NOON] == [1, 2]


def test_a_page_behind_one_that_is_missing_is_kept_apart(tmp_path: Path) -> None:
    bring_in(tmp_path, line(), line("2024-10-25T12:00:01Z", 3))
    assert pages_stored(tmp_path) == {NOON: [1], "2024-10-25T12:00:01Z": [3]}


def test_a_page_that_was_asked_again_after_a_refusal_is_its_sweeps_own(tmp_path: Path) -> None:
    refused = line("2024-10-25T12:00:01Z", 2, status=429)
    rest = [line(f"2024-10-25T12:00:0{number + 1}Z", number) for number in (2, 3)]
    report = bring_in(tmp_path, line(), refused, *rest)
    assert (report.snapshots, report.without_first_page) == (1, 0)
    assert pages_stored(tmp_path) == {NOON: [1, 2, 2, 3]}


def test_pages_of_another_time_or_of_no_first_page_are_kept_apart_and_told(tmp_path: Path) -> None:
    late = line("2024-10-25T12:05:00Z", 2)
    report = bring_in(tmp_path, line(), late, line("2024-10-25T13:00:00Z", 2), line("2024-10-25T13:00:01Z", 3))
    assert (report.snapshots, report.without_first_page) == (4, 3)


@case
def test_the_cases_of_recordings_come_in_as_they_should(tmp_path: Path) -> None:
    def brought(name: str) -> tuple[int, int, list[int]]:
        report = import_recording(CASES / f"{name}.jsonl", RawStore(tmp_path / name.rstrip("-12")), now=NOW)
        return report.snapshots, report.captures, [one.line for one in report.broken]

    assert brought("recording-grown-1") == (1, 1, [])
    assert brought("recording-grown-2") == (2, 3, [])
    assert brought("recording-from-the-future") == (1, 1, [2])
    assert brought("time-zero-with-offset") == (1, 1, [1])
    assert brought("recording-with-bom") == (2, 2, [])
    assert brought("pages-with-own-times") == (1, 3, [])
    assert brought("page-number-is-a-timestamp") == (1, 1, [])
