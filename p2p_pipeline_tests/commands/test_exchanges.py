"""`p2p exchanges`: recordings come in once, replay says the same each time, and mistakes are one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.exchanges.venues.connector import NAMES
from p2p_pipeline_tests.shared_files import RECORDINGS

KRAKEN = RECORDINGS / "exchanges" / "kraken_spot_v2_btcusd_d10_2026-08-16.jsonl.gz"
BYBIT = RECORDINGS / "exchanges" / "bybit_linear_xrpusdt_ob500_2024-12-01.jsonl.gz"
FIELDS = [
    "exchange", "symbol", "frames", "events", "unreadable", "gaps", "resyncs", "checksums_ok", "checksums_failed",
    "best_bid", "best_ask", "digest",
]  # fmt: skip


class Exchanges:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: object) -> Result:
        return CliRunner().invoke(app, ["--data-dir", str(self.folder), "exchanges", *map(str, words)])


@pytest.fixture
def exchanges(tmp_path: Path) -> Exchanges:
    return Exchanges(tmp_path / "data")


def test_a_recording_replays_to_the_same_list_from_its_file_and_from_the_frames_folder(exchanges: Exchanges) -> None:
    if not KRAKEN.exists():
        pytest.skip(f"needs {KRAKEN}")
    from_files = json.loads(exchanges("replay", KRAKEN, BYBIT, "--json").stdout)
    assert [list(row) for row in from_files] == [FIELDS, FIELDS]
    assert [(row["exchange"], row["symbol"]) for row in from_files] == [("bybit", "XRPUSDT"), ("kraken", "BTC/USD")]
    assert (from_files[1]["checksums_ok"], from_files[1]["best_bid"], from_files[1]["best_ask"]) == (
        54, "62802.5", "62802.6",
    )  # fmt: skip
    first = json.loads(exchanges("import", KRAKEN, BYBIT, "--json").stdout)
    again = json.loads(exchanges("import", KRAKEN, "--json").stdout)
    assert first == {"frames": 101, "already_there": 0, "broken_lines": 0}
    assert again == {"frames": 0, "already_there": 63, "broken_lines": 0}
    assert json.loads(exchanges("replay", "--json").stdout) == from_files
    only = json.loads(exchanges("replay", "--json", "--exchanges", "kraken", "--from", "2026-08-16T00:00Z").stdout)
    assert only == from_files[1:]


def test_a_recording_in_two_files_is_one_recording(exchanges: Exchanges, tmp_path: Path) -> None:
    if not KRAKEN.exists():
        pytest.skip(f"needs {KRAKEN}")
    import gzip

    lines = gzip.decompress(KRAKEN.read_bytes()).splitlines(keepends=True)
    parts = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    parts[0].write_bytes(b"".join(lines[:30]))
    parts[1].write_bytes(b"".join(lines[30:]) + b"not a frame\n")
    whole, halves = (exchanges("replay", *paths, "--json") for paths in ([KRAKEN], parts))
    assert json.loads(halves.stdout) == json.loads(whole.stdout)
    assert "b.jsonl line 34: no JSON" in halves.stderr


def test_what_is_no_recording_or_no_exchange_is_one_sentence(exchanges: Exchanges, tmp_path: Path) -> None:
    odd = tmp_path / "odd.jsonl"
    odd.write_text(
        '{"received_at_ns":null,"venue":"../etc","connection":"a","direction":"in","kind":"ws","url":"",'
        '"encoding":"text","body":""}\n',
        encoding="utf-8",
    )
    for words, told in (
        (["replay", odd], "venue was '../etc'; known are binance, okx"),
        (["import", odd], "is no recording of an exchange"),
        (["replay", tmp_path / "none.jsonl"], "can't be read: No such file or directory"),
        (["replay", "--exchanges", "kraken,mtgox"], "the exchange 'mtgox' is not known"),
    ):
        done = exchanges(*words)
        assert done.exit_code == 1, done.output
        assert told in done.stderr.replace("\n", " ")


def test_the_list_says_by_what_each_exchange_shows_a_lost_frame(exchanges: Exchanges) -> None:
    told = json.loads(exchanges("list", "--json").stdout)
    assert [one["name"] for one in told] == list(NAMES)
    assert {one["name"]: one["feeds"].get("delta") for one in told}["kraken"] == "checksum"
    assert {one["name"]: one["taker_fee"] for one in told}["mexc"] == "0.0005"
    assert "binance" in exchanges("list").stdout


def kept(folder: Path, count: int = 3) -> None:
    """Frames of a connection that the service closed."""
    opened = {"received_at_ns": 1_788_000_000_000_000_000, "venue": "bitget", "connection": "1", "direction": "in",
              "url": "wss://x", "encoding": "text"}  # fmt: skip
    data = {"bids": [["100", "1"]], "asks": [["101", "2"]], "ts": "1788000000000"}
    arg = {"instType": "SPOT", "channel": "books15", "instId": "BTCUSDT"}
    book = {"action": "snapshot", "arg": arg, "data": [data]}
    lines = [
        {**opened, "kind": "open", "body": ""},
        *({**opened, "kind": "ws", "body": json.dumps(book)} for _ in range(count)),
        {**opened, "kind": "close", "body": "closed by us"},
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kept.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_after_a_clean_end_the_last_live_book_is_told_and_that_it_was_closed(
    exchanges: Exchanges, tmp_path: Path
) -> None:
    kept(tmp_path)
    (row,) = json.loads(exchanges("replay", tmp_path / "kept.jsonl", "--json").stdout)
    assert list(row) == FIELDS
    assert (row["best_bid"], row["best_ask"]) == ("100", "101")
    assert "100 / 101 (closed at the end)" in exchanges("replay", tmp_path / "kept.jsonl").stdout
    broken = (tmp_path / "kept.jsonl").read_text().replace("closed by us", "the exchange closed it")
    (tmp_path / "broken.jsonl").write_text(broken)
    assert "no book" in exchanges("replay", tmp_path / "broken.jsonl").stdout


def test_a_torn_end_of_an_hour_that_is_over_is_told(exchanges: Exchanges, tmp_path: Path) -> None:
    kept(tmp_path)
    exchanges("import", tmp_path / "kept.jsonl")
    (file,) = exchanges.folder.rglob("*.frames.zst")
    file.write_bytes(file.read_bytes()[:-40])
    done = exchanges("replay")
    assert done.exit_code == 0
    assert "left out: " in done.stderr
    assert "at byte 0: it ends within its footer" in done.stderr


def test_what_there_is_nothing_of_is_told_in_one_sentence(exchanges: Exchanges, tmp_path: Path) -> None:
    empty = exchanges("replay", "--json")
    assert (empty.exit_code, json.loads(empty.stdout), empty.stderr) == (0, [], "no frames to replay\n")
    kept(tmp_path)
    exchanges("import", tmp_path / "kept.jsonl")
    assert "no frames to replay from 2999-01-01" in exchanges("replay", "--from", "2999-01-01").stderr
    assert exchanges("replay", tmp_path / "kept.jsonl", "--exchanges", "okx").stderr == "no frames to replay of okx\n"
    turned = exchanges("replay", "--from", "2026-11-21", "--to", "2026-11-20")
    assert (turned.exit_code, "swap them" in turned.stderr) == (1, True)


def test_a_time_before_1970_is_refused_with_its_line(exchanges: Exchanges, tmp_path: Path) -> None:
    kept(tmp_path)
    file = tmp_path / "kept.jsonl"
    file.write_text(file.read_text().replace("1788000000000000000", "-5", 1))
    done = exchanges("import", file)
    assert "kept.jsonl line 1: received_at_ns was -5, before 1970" in done.stderr.replace("\n", " ")
