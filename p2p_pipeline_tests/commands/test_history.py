"""`p2p import-series` and `p2p history`: what a person or a program gets of series."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.kernel.texts import duration_text

KEY = "binance.USDT-BOB"
FIRST = datetime(2024, 8, 30, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`p2p --data-dir TMP …` in this process, in an empty folder."""
    return runner(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into whose data the series has been imported."""
    folder = tmp_path_factory.mktemp("history")
    with pytest.MonkeyPatch.context() as patch:
        assert runner(folder, patch)("import-series", str(write_series(folder)), "--market", KEY).exit_code == 0
    return folder


@pytest.fixture
def ask(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`p2p history --market …` of the imported series."""
    call = runner(folder, monkeypatch)
    return lambda *words: call("history", "--market", KEY, *words)


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """The file of the series."""
    return write_series(tmp_path)


def runner(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(folder)
    for name in ("P2P_DATA_DIR", "P2P_SETTINGS", "P2P_SOURCE"):
        monkeypatch.delenv(name, raising=False)
    return lambda *words: CliRunner().invoke(app, ["--data-dir", str(folder / "data"), *words])


def write_series(folder: Path) -> Path:
    """Ten days of half hours, of which three hours and ten minutes of the ninth are missing."""
    moments = [FIRST + timedelta(minutes=30 * n, seconds=1) for n in range(480)]
    gap = FIRST + timedelta(days=8, hours=12)
    kept = [at for at in moments if not gap <= at < gap + timedelta(hours=3, minutes=10)]
    file = folder / "series.csv"
    lines = [f"{at:%Y-%m-%dT%H:%M:%SZ},BUY,{12 + at.hour / 10:.1f}" for at in kept]
    file.write_text("\n".join(["observed_at,side,vwap", *lines]), encoding="utf-8")
    return file


def object_of(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found = orjson.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def test_an_import_says_what_it_added_and_the_second_time_that_all_was_there(run: Run, series: Path) -> None:
    found = object_of(run("import-series", str(series), "--market", KEY, "--json"))
    names = ["market_key", "file", "rows", "observations", "already_there", "duplicates", "quarantined", "reordered"]
    assert list(found)[:12] == [*names, "first", "last", "measures", "days"]
    assert [found[name] for name in names] == [KEY, "series.csv", 473, 473, 0, 0, 0, 0]
    assert (found["first"], found["measures"], found["days"]) == ("2024-08-30T00:00:01Z", ["vwap"], 10)
    again = object_of(run("import-series", str(series), "--market", KEY, "--json"))
    assert (again["observations"], again["already_there"]) == (0, 473)
    (row,) = orjson.loads(run("sql", "--json", "SELECT count(*) AS rows FROM history").stdout)
    assert row == {"rows": 473}


def test_quarantined_lines_are_told_with_their_number_and_reason(run: Run, series: Path) -> None:
    series.write_text(
        series.read_text(encoding="utf-8") + "\n2024-08-30T01:20Z,BUY,0\n2024-08-30T01:21Z,HOLD,12\n", encoding="utf-8"
    )
    result = run("import-series", str(series), "--market", KEY)
    assert result.exit_code == 0, result.output
    assert "1 x price_not_above_zero, first in line 475: vwap was '0'" in result.stdout
    found = object_of(run("import-series", str(series), "--market", KEY, "--json"))
    assert (found["quarantined"], found["reasons"]) == (2, {"price_not_above_zero": 1, "unknown_side": 1})
    assert [line["line"] for line in found["quarantined_lines"]] == [475, 476]
    assert Path(found["quarantine_file"]).exists()


@pytest.mark.parametrize("content", ["", "no csv at all", "observed_at,side,vwap\n", "observed_at,side\n2024,BUY\n"])
def test_a_file_that_is_no_series_fails_with_one_line(run: Run, tmp_path: Path, content: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(content, encoding="utf-8")
    result = run("import-series", str(file), "--market", KEY)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert result.stderr.startswith("p2p: the file ")


def test_import_series_takes_a_file_or_rebuilds(run: Run, series: Path) -> None:
    assert run("import-series", "--market", KEY).exit_code == 2
    assert run("import-series", str(series), "--rebuild", "--market", KEY).exit_code == 2
    assert run("import-series", str(series), "--market", "BOB").exit_code == 2
    run("import-series", str(series), "--market", KEY)
    assert object_of(run("import-series", "--rebuild", "--market", KEY, "--json"))["days_written"] == 0


def test_the_history_of_the_last_week_shows_the_gap_as_long_as_it_was(ask: Run) -> None:
    result = ask("--side", "BUY", "--measure", "vwap")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[1] == "(an aggregate of stated prices: nobody may have been able to trade at it)"
    assert lines[3].startswith("2024-09-02 00:00 UTC")
    assert "2024-09-07 11:35 UTC   no data for 3 h 55 min" in lines
    assert lines[-1] == "329 values in 165 periods; 3 h 55 min missing in 1 gap"


def test_history_as_json_has_periods_and_gaps(ask: Run) -> None:
    words = ("--side", "BUY", "--measure", "vwap", "--json")
    found = object_of(ask(*words, "--from", "2024-09-07", "--to", "2024-09-07", "--timezone", "Asia/Kathmandu"))
    assert (found["unit"], found["period"], found["timezone"]) == ("BOB per USDT", "1h", "Asia/Kathmandu")
    # The day begins at 18:15 UTC of the day before; the hour from 18:00 belongs to that one.
    assert found["periods"][0]["start"] == "2024-09-06T19:00:00Z"
    assert found["periods"][-1]["end"] == "2024-09-07T19:00:00Z"
    assert [gap["start"] for gap in found["gaps"]] == ["2024-09-07T11:35:00Z"]
    daily = object_of(ask(*words, "--period", "1d"))
    assert [period["observations"] for period in daily["periods"]] == [48, 48, 48, 48, 48, 41, 48]
    assert daily["gaps"]


def test_list_shows_what_there_is(ask: Run) -> None:
    assert "BUY   vwap" in ask("--list").stdout
    (entry,) = object_of(ask("--list", "--json"))["series"]
    assert (entry["measure"], entry["first_day"], entry["last_day"], entry["observations"]) == (
        "vwap", "2024-08-30", "2024-09-08", 473
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--side", "BUY"), 1, "there is vwap"),
        (("--side", "SELL", "--measure", "vwap"), 1, "import-series FILE --market"),
        (("--side", "BUY", "--measure", "vwap", "--profile", "wide"), 1, "whole book"),
        (("--side", "BUY", "--measure", "vwap", "--from", "2020-01-01", "--to", "2020-01-02"), 1, "newest is of"),
        (("--measure", "vwap"), 2, "BUY or SELL"),
        (("--side", "BUY", "--from", "2024-09-02", "--to", "2024-09-01"), 2, "swap them"),
        (("--side", "BUY", "--timezone", "Moscow"), 2, "Europe/Moscow"),
        (("--side", "BUY", "--period", "2h"), 2, "1h"),
        (("--side", "BUY", "--measure", "vwap", "--plot", "plot.jpg"), 2, "PNG"),
        (("--side", "BUY", "--measure", "vwap", "--plot", "no/such/plot.png"), 1, "does not exist"),
    ],
)
def test_what_can_not_be_shown_is_told_with_what_to_do(ask: Run, words: tuple[str, ...], code: int, said: str) -> None:
    result = ask(*words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr
    assert code == 2 or len(result.stderr.splitlines()) == 1


def test_the_plot_is_a_png_of_1200_by_700(ask: Run, tmp_path: Path) -> None:
    for period in ("1h", "1d"):
        file = tmp_path / f"{period}.png"
        words = ("--side", "BUY", "--measure", "vwap", "--period", period, "--plot", str(file), "--json")
        object_of(ask(*words))
        head = file.read_bytes()[:24]
        assert head[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", head[16:24]) == (1200, 700)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.6, "1 min"), (12_000, "3 h 20 min"), (86_400, "1 d"), (90_061, "1 d 1 h"), (3_601, "1 h")],
)
def test_lengths_of_time_are_told_in_their_two_largest_units(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
