"""Series recorded elsewhere: imported once however often they are given, and made again from what was kept."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.history.schema import HISTORY, ROLLUPS
from p2p_pipeline.p2p.metrics.history.series import SeriesKey
from p2p_pipeline.p2p.metrics.history.series_file import SeriesFileError
from p2p_pipeline.p2p.steps.import_series import SeriesImport, import_series, imported_markets, rebuild_imported_series
from p2p_pipeline.p2p.steps.series import available_series, choose_series, imported_key, read_series
from p2p_pipeline_tests.shared_files import CASES, RECORDINGS

MARKET = Market.parse("binance.USDT-BOB")
SELL = MarketSide(MARKET, Side.SELL)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
RECORDING = RECORDINGS / "binance_usdt_bob_series_2024-08_2025-07.csv"


def lines_of(days: int, first: datetime = datetime(2024, 8, 30, tzinfo=UTC)) -> list[str]:
    """Both sides every half hour."""
    moments = [first + timedelta(minutes=30 * n) for n in range(48 * days)]
    return [
        f"{moment:%Y-%m-%dT%H:%MZ},{side},{12 + moment.hour / 10:.2f}" for moment in moments for side in ("BUY", "SELL")
    ]


class Imported:
    """A data folder to import into."""

    def __init__(self, root: Path) -> None:
        self.root, self.lake = root, Lake(root / "lake")

    def take(
        self,
        lines: list[str],
        name: str = "series.csv",
        header: str = "observed_at,side,vwap",
        now: datetime = NOW,
    ) -> SeriesImport:
        self.root.mkdir(exist_ok=True)
        file = self.root / name
        file.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        return import_series(self.root / "kept", self.lake, file, MARKET, now)

    def rebuild(self) -> int:
        return rebuild_imported_series(self.root / "kept", self.lake, MARKET)

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.lake.root.rglob("*.parquet")}


def test_a_file_becomes_history_and_rollups_and_the_same_file_again_adds_nothing(tmp_path: Path) -> None:
    data = Imported(tmp_path)
    first = data.take(lines_of(4))
    before = data.files()
    assert (first.rows, first.observations, first.already_there, first.days) == (384, 384, 0, 4)
    again = data.take(lines_of(4))
    assert (again.rows, again.observations, again.already_there, again.days_written) == (384, 0, 384, 0)
    assert data.files() == before
    assert sum(data.lake.rows(HISTORY, day, imported_key(MARKET.key)) for day in days(data)) == 384


def days(data: Imported) -> list[date]:
    return [partition.day for partition in data.lake.partitions(HISTORY)]


def test_a_packed_file_is_the_same_file_and_a_damaged_one_is_told(tmp_path: Path) -> None:
    imported = Imported(tmp_path / "data")
    done = imported.take(lines_of(2))
    packed = tmp_path / "series.csv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "data" / "series.csv").read_bytes()))
    again = import_series(imported.root / "kept", imported.lake, packed, MARKET, NOW)
    assert (again.observations, again.already_there, again.days_written) == (0, done.observations, 0)
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(SeriesFileError, match="damaged gzip file"):
        import_series(imported.root / "kept", imported.lake, packed, MARKET, NOW)


def test_an_import_in_pieces_in_any_order_gives_the_tables_of_the_whole(tmp_path: Path) -> None:
    lines = lines_of(5)
    whole, pieces = Imported(tmp_path / "whole"), Imported(tmp_path / "pieces")
    whole.take(lines)
    for piece in (lines[300:], lines[:200], lines[150:350]):
        pieces.take(piece)
    assert pieces.files() == whole.files()


def test_a_shuffled_doubled_file_gives_the_tables_of_the_clean_one(tmp_path: Path) -> None:
    lines = lines_of(3)
    clean, mixed = Imported(tmp_path / "clean"), Imported(tmp_path / "mixed")
    clean.take(lines)
    found = mixed.take(sorted([*lines, *lines], key=lambda line: line[::-1]))
    assert (found.duplicates, found.reordered > 0, found.refused) == (len(lines), True, ())
    assert mixed.files() == clean.files()


def test_bad_lines_are_written_down_beside_the_file_and_the_good_ones_are_all_there(tmp_path: Path) -> None:
    data = Imported(tmp_path)
    lines = lines_of(2)
    found = data.take([*lines[:50], "2024-08-30T00:10Z,BUY,0", "never,BUY,12", *lines[50:]])
    assert found.observations == len(lines)
    assert [(entry.line, entry.reason) for entry in found.refused] == [
        (52, "price_not_above_zero"),
        (53, "unreadable_time"),
    ]
    assert found.quarantine is not None
    assert len(found.quarantine.read_text(encoding="utf-8").splitlines()) == 2


def test_the_tables_are_made_again_from_the_kept_files_to_the_byte(tmp_path: Path) -> None:
    data = Imported(tmp_path)
    data.take(lines_of(3))
    data.take([line.replace(",12.", ",11.") for line in lines_of(4)], "other.csv", "observed_at,side,low")
    before = data.files()
    assert imported_markets(tmp_path / "kept") == [MARKET.key]
    for path in data.lake.root.rglob("*.parquet"):
        path.unlink()
    assert data.rebuild() == 4
    assert data.files() == before
    assert data.rebuild() == 0


def test_rows_that_were_of_the_future_when_their_file_first_came_stay_once_it_came_again(tmp_path: Path) -> None:
    data = Imported(tmp_path)
    lines = lines_of(4)
    early = data.take(lines, now=datetime(2024, 8, 31, 12, tzinfo=UTC))
    assert {entry.reason for entry in early.refused} == {"impossible_time"}
    late = data.take(lines)
    assert (early.observations + late.observations, early.days, len(days(data))) == (len(lines), 3, 4)
    before = data.files()
    again = data.take(lines)
    assert (again.observations, again.already_there, again.days_written) == (0, len(lines), 0)
    assert data.rebuild() == 0
    assert data.files() == before
    data.take(lines_of(5), "longer.csv")
    assert len(days(data)) == 5


def test_days_that_the_kept_files_no_longer_have_go_and_are_counted(tmp_path: Path) -> None:
    data = Imported(tmp_path)
    first = data.take(lines_of(3))
    before = data.files()
    listed = (tmp_path / "kept" / MARKET.key / "files.jsonl").read_bytes()
    data.take([*lines_of(5), *lines_of(1, datetime(2024, 11, 2, tzinfo=UTC))], "longer.csv")
    (tmp_path / "kept" / MARKET.key / "files.jsonl").write_bytes(listed)
    assert (first.days, len(days(data))) == (3, 6)
    assert data.rebuild() == 3
    assert data.files() == before
    assert data.rebuild() == 0


def test_a_damaged_month_is_mended_by_giving_the_file_again(tmp_path: Path) -> None:
    data = Imported(tmp_path)
    data.take(lines_of(3))
    before = data.files()
    path = next(data.lake.root.rglob("rollups/month=2024-08/*.parquet"))
    path.write_bytes(path.read_bytes()[:200])
    assert data.take(lines_of(3)).observations == 0
    assert data.files() == before


def test_a_file_without_one_good_line_changes_nothing_and_says_what_is_wrong_with_the_first(tmp_path: Path) -> None:
    data = Imported(tmp_path)
    with pytest.raises(SeriesFileError, match=r"none of the file's 2 lines .* line 2: vwap was '0'"):
        data.take(["2024-08-30T00:10Z,BUY,0", "2024-08-30T00:40Z,BUY,-1"])
    assert data.files() == {}
    assert not (tmp_path / "kept").exists()


def test_a_file_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    data = Imported(tmp_path)
    for file, said in ((tmp_path / "no.csv", "can't be read"), (tmp_path, "is a folder")):
        with pytest.raises(SeriesFileError, match=said):
            import_series(tmp_path / "kept", data.lake, file, MARKET, NOW)


def test_gaps_of_weeks_stay_gaps(tmp_path: Path) -> None:
    data = Imported(tmp_path)
    later = lines_of(2, datetime(2024, 10, 10, tzinfo=UTC))
    found = data.take([*lines_of(2), *later])
    assert found.longest_gap_seconds == pytest.approx((39 * 24 + 0.5) * 3600)
    series = read_series(data.lake, SeriesKey(SELL, "vwap"))
    assert len(series) == 96
    assert max(int(after) - int(before) for before, after in pairwise(series.starts)) == (39 * 24 + 1) * 3600
    assert {partition.day for partition in data.lake.partitions(ROLLUPS)} == {
        date(2024, 8, 30), date(2024, 8, 31), date(2024, 10, 10), date(2024, 10, 11)
    }  # fmt: skip


@pytest.mark.recordings
def test_the_recorded_year_is_imported_whole_and_read_as_a_series(tmp_path: Path) -> None:
    if not RECORDING.exists():
        pytest.skip("../shared/recordings is missing: the real year can't be read")
    data = Imported(tmp_path)
    found = import_series(tmp_path / "kept", data.lake, RECORDING, MARKET, NOW)
    assert (found.rows, found.observations, found.refused, found.duplicates) == (31_166, 124_327, (), 0)
    assert found.measures == ("low", "high", "median", "vwap")
    assert (found.first, found.last) == (
        datetime(2024, 8, 6, 0, 41, tzinfo=UTC),
        datetime(2025, 7, 31, 23, 40, tzinfo=UTC),
    )
    listed = {entry.key.measure: entry for entry in available_series(data.lake, SELL)}
    assert listed["vwap"].first_day == date(2024, 8, 9)
    assert (listed["low"].observations, listed["vwap"].observations) == (15_594, 15_426)
    assert choose_series(data.lake, SELL, "vwap") == SeriesKey(SELL, "vwap")
    series = read_series(data.lake, SeriesKey(SELL, "vwap"), date(2024, 8, 9), date(2024, 8, 31))
    assert int(series.observations.sum()) == sum(
        1 for line in RECORDING.read_text(encoding="utf-8").splitlines() if line[:8] == "2024-08-" and ",SELL," in line
        and not line.endswith(",")
    )  # fmt: skip


def daily(first: str, days: int, price: float) -> list[str]:
    start = datetime.fromisoformat(f"{first}T12:00+00:00")
    return [f"{start + timedelta(days=n):%Y-%m-%dT%H:%MZ},BUY,{price + n / 100:.2f}" for n in range(days)]


def test_a_new_level_that_comes_a_day_at_a_time_is_taken_once_its_prices_agree_and_told(tmp_path: Path) -> None:
    data = Imported(tmp_path)
    data.take(daily("2021-08-01", 60, 4_100_000))
    days = daily("2021-09-30", 9, 4.17)
    for number, day in enumerate(days[:5]):
        with pytest.raises(SeriesFileError, match="where its neighbours are about"):
            data.take([day], f"{number}.csv")
    sixth = data.take(days[5:6], "5.csv")
    assert (sixth.observations, len(sixth.new_levels)) == (6, 1)
    assert sixth.new_levels[0].prices == 6
    assert sixth.new_levels[0].level == pytest.approx(4.195)
    for number in (6, 7, 8):
        assert data.take(days[number : number + 1], f"{number}.csv").observations == 1
    assert data.take(days[:1], "again.csv").already_there == 1
    before = data.files()
    assert data.rebuild() == 0
    for path in data.lake.root.rglob("*.parquet"):
        path.unlink()
    data.rebuild()
    assert data.files() == before
    whole = Imported(tmp_path / "whole")
    whole.take([*daily("2021-08-01", 60, 4_100_000), *days])
    assert whole.files() == before


def test_slips_that_do_not_agree_and_a_level_that_does_not_last_stay_refused(tmp_path: Path) -> None:
    data = Imported(tmp_path)
    prices = (3, 90, 0.1, 77_000, 7, 400)
    slips = [line for n, price in enumerate(prices) for line in daily(f"2021-10-0{n + 1}", 1, price)]
    found = data.take([*daily("2021-08-01", 60, 4_100), *slips])
    assert (len(found.refused), found.new_levels) == (6, ())
    middle = Imported(tmp_path / "middle").take(
        [*daily("2021-08-01", 60, 4_100), *daily("2021-09-30", 10, 4), *daily("2021-10-10", 60, 4_100)]
    )
    assert (len(middle.refused), middle.new_levels) == (10, ())


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not there")
def test_the_cases_of_series_are_taken_as_their_files_mean_them(tmp_path: Path) -> None:
    def taken(name: str, folder: str) -> SeriesImport:
        root = tmp_path / folder
        return import_series(root / "kept", Lake(root / "lake"), CASES / f"series-{name}.csv", MARKET, NOW)

    assert [taken(f"redenomination-{n}", "ves").observations for n in (1, 2, 3)] == [71, 1, 1]
    quoted = taken("quoted-thousands", "quoted")
    assert (quoted.observations, [entry.reason for entry in quoted.refused]) == (2, ["wrong_number_of_columns"])
    assert taken("decimal-comma", "comma").observations == 3
    values = [row["value"] for row in rows_of(tmp_path / "comma")]
    assert values == [Decimal("4123.5"), Decimal(4124), Decimal("4122.75")]


def rows_of(root: Path) -> list[dict[str, Any]]:
    lake = Lake(root / "lake")
    rows: list[dict[str, Any]] = lake.read(HISTORY, date(2024, 10, 25), imported_key(MARKET.key)).to_pylist()
    return rows
