"""What a person sees in Dagster: bars that begin with the data, numbers that can be plotted, the way to the code."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetCheckKey, AssetKey, Definitions
from dagster._core.storage.tags import PARTITION_NAME_TAG

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.orchestration.build import build_definitions
from p2p_pipeline.orchestration.partitions import first_day
from p2p_pipeline.orchestration.results import markdown_rows, not_judged, outcome_metadata, outcome_numbers
from p2p_pipeline.orchestration.tables.columns import FILE, columns_text
from p2p_pipeline.orchestration.tables.judging import judge
from p2p_pipeline.p2p.quality import judging
from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity
from p2p_pipeline.p2p.quality.properties import PROPERTIES
from p2p_pipeline.p2p.quality.venue_day import VenueDay
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.settings import Settings

TODAY = date(2026, 11, 29)


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Definitions]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("P2P_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.delenv("P2P_SETTINGS", raising=False)
        yield build_definitions()


@pytest.fixture
def empty_day(tmp_path: Path) -> VenueDay:
    now = datetime(2026, 11, 29, 12, tzinfo=UTC)
    return VenueDay("bybit", date(2026, 11, 20), now, Settings(), RawReader(tmp_path), Lake(tmp_path / "lake"))


def folders(root: Path, *names: str) -> DataPaths:
    for name in names:
        (root / name).mkdir(parents=True)
        (root / name / "bybit.USDT-RUB").touch()
    return DataPaths(root)


@pytest.mark.parametrize(
    ("stored", "first"),
    [
        ((), TODAY),
        (("raw/2026-11-03", "raw/2026-11-05"), date(2026, 11, 3)),
        (("raw/2026-11-05", "lake/snapshots/date=2026-10-30"), date(2026, 10, 30)),
        (("raw/2026-11-05", "lake/snapshots/month=2026-11"), date(2026, 11, 5)),
        (("raw/2026-11-05", "lake/snapshots/month=2026-02"), date(2026, 2, 1)),
        (("raw/2026-02-31", "raw/20261101", "raw/lost+found"), TODAY),
        (("raw/2031-01-01",), TODAY),
    ],
)
def test_partitions_begin_with_the_first_stored_day(tmp_path: Path, stored: tuple[str, ...], first: date) -> None:
    assert first_day(folders(tmp_path, *stored), None, TODAY) == first


def test_partitions_begin_where_the_settings_say(tmp_path: Path) -> None:
    paths = folders(tmp_path, "raw/2026-11-03")
    assert first_day(paths, date(2026, 1, 1), TODAY) == date(2026, 1, 1)
    assert first_day(paths, date(2031, 1, 1), TODAY) == TODAY


def test_an_empty_day_is_judged_by_every_check_and_each_gives_numbers(empty_day: VenueDay) -> None:
    results = {result.check_name: result for result in judge(empty_day, PROPERTIES, logging.getLogger())}
    assert set(results) == {entry.name for entry in PROPERTIES}
    for name, result in results.items():
        assert "could not run" not in str(result.description), name
        plotted = [key for key, value in result.metadata.items() if isinstance(value.value, int | float)]
        assert plotted, name


def test_a_share_its_count_and_its_limit_are_numbers() -> None:
    outcome = QualityOutcome("x", False, Severity.WARN, "few", "2 of 8", value=0.25, limit=0.1, bad=2, total=8)
    numbers = {name: entry.value for name, entry in outcome_numbers(outcome).items()}
    assert numbers == {"share": 0.25, "count": 2, "judged": 8, "limit": 0.1}


def test_a_check_that_could_not_run_says_why_and_stops_no_other(
    empty_day: VenueDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: VenueDay) -> QualityOutcome:
        raise ClearError("the file offers.parquet can't be read")

    monkeypatch.setitem(judging.JUDGES, "duplicates", breaks)
    entries = [entry for entry in PROPERTIES if entry.name in ("duplicates", "completeness")]
    results = {result.check_name: result for result in judge(empty_day, entries, logging.getLogger())}
    assert not results["duplicates"].passed
    assert results["duplicates"].description == "it could not run: the file offers.parquet can't be read"
    assert results["completeness"].passed


def test_a_bug_in_a_check_keeps_its_traceback_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    outcome = not_judged("duplicates", KeyError("side"), is_blocking=True, log=logging.getLogger("check"))
    assert outcome.severity is Severity.ERROR
    assert "KeyError" in outcome.observed
    assert caplog.records[0].exc_info


def test_a_wide_sample_is_a_list_and_long_texts_are_cut() -> None:
    wide = [{f"column_{number}": "x" * 200 for number in range(8)}]
    assert markdown_rows(wide).startswith("- **column\\_0** xxx")
    assert all(len(line) < 600 for line in markdown_rows(wide).splitlines())
    narrow = markdown_rows([{"market": "a|b", "share": 0.123456789}])
    assert narrow.splitlines()[-1] == "| a&#124;b | 0.123457 |"


def test_a_sample_is_shown_only_of_what_fails() -> None:
    fine = QualityOutcome("x", True, Severity.WARN, "e", "o", ({"a": 1},))
    assert "sample" not in outcome_metadata(fine)


def test_the_columns_that_dagster_shows_are_those_of_the_tables() -> None:
    assert FILE.read_bytes() == columns_text(), "python -m p2p_pipeline.orchestration.tables.columns writes it anew"


def test_every_asset_says_where_its_code_and_its_files_are(definitions: Definitions) -> None:
    for spec in definitions.resolve_all_asset_specs():
        metadata: dict[str, Any] = dict(spec.metadata)
        if spec.key.path[0] == "warehouse" and spec.key.path[-1] not in ("batches", "market_views"):
            continue
        references = metadata["dagster/code_references"].code_references
        assert references, spec.key
        assert all(Path(source.file_path).is_file() for source in references), spec.key
        if spec.key.path[0] != "warehouse":
            assert "file:///" in str(metadata["dagster/uri"])


def test_groups_and_edges_are_the_way_of_the_data(definitions: Definitions) -> None:
    specs = {spec.key: spec for spec in definitions.resolve_all_asset_specs()}
    groups = [
        specs[AssetKey(path)].group_name
        for path in (
            ["bybit", "raw_snapshots"], ["bybit", "payment_methods"], ["bybit", "offers"], ["bybit", "quotes"],
            ["bybit", "rollups"], ["bybit", "windows"], ["warehouse", "batches"],
        )
    ]  # fmt: skip
    assert groups == ["raw", "raw", "offers", "prices", "history", "advice", "warehouse"]
    made_from = {dep.asset_key for dep in specs[AssetKey(["bybit", "offers"])].deps}
    assert made_from == {AssetKey(["bybit", "raw_snapshots"]), AssetKey(["bybit", "payment_methods"])}


def test_checks_alone_can_be_run_for_a_chosen_day(definitions: Definitions) -> None:
    job = definitions.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection=set(), asset_check_selection={AssetCheckKey(AssetKey(["bybit", "offers"]), "duplicates")}
    )
    day = "2026-11-20"
    result = job.execute_in_process(tags={PARTITION_NAME_TAG: day})
    assert [(found.check_name, found.partition) for found in result.get_asset_check_evaluations()] == [
        ("duplicates", day)
    ]
