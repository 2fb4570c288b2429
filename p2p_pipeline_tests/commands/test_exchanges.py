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
