"""In Dagster's runs too, what stops one market of a venue stops no other, and is told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult, materialize

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.partitions import days_from
from p2p_pipeline.orchestration.tables import work
from p2p_pipeline.orchestration.tables.assets import build_table_assets
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.steps.continuing import StepReport
from p2p_pipeline.p2p.tables import TABLES
from p2p_pipeline_tests.p2p.binance_answers import BOB, ad, captures, page

NOON = datetime(2024, 10, 25, 12, tzinfo=UTC)
BAD = Market("binance", "BTC", "BOB")


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("P2P_DATA_DIR", str(tmp_path))
    (tmp_path / "settings.yaml").write_text("markets: [{market: binance.USDT-BOB}]\n")
    store = RawStore(tmp_path)
    for market in (BAD, BOB):
        store.append(captures(NOON, page([ad(1, asset=market.asset)]), market=market))
    return Installation(settings_file=str(tmp_path / "settings.yaml"))


def run(installation: Installation, monkeypatch: pytest.MonkeyPatch, *bad: Market) -> ExecuteInProcessResult:
    """Offers and quotes of the day, where the offers of some markets can't be made."""
    builder = work.BUILDERS["offers"]

    def breaking(installation: Installation, full: bool) -> work.Builder:
        build = builder(installation, full)

        def one(day: date, key: str) -> StepReport:
            if key in {market.key for market in bad}:
                raise ZeroDivisionError("a bug")
            return build(day, key)

        return one

    monkeypatch.setattr(work, "BUILDERS", {**work.BUILDERS, "offers": breaking})
    chosen = [
        made
        for made in build_table_assets("binance", days_from(NOON.date()), installation.paths.lake)
        if made.key.path[-1] in ("offers", "quotes")
    ]
    with DagsterInstance.ephemeral() as instance:
        return materialize(
            chosen,
            instance=instance,
            partition_key="2024-10-25",
            resources={"installation": installation},
            raise_on_error=False,
        )


def test_the_other_markets_are_made_to_the_end_and_the_materialization_says_what_is_left_out(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run(installation, monkeypatch, BAD)
    assert found.success
    metadata = found.asset_materializations_for_node("binance__offers")[0].metadata
    assert metadata["failed_markets"].value == 1
    assert "binance.BTC-BOB: ZeroDivisionError: a bug" in str(metadata["left_out"].value)
    assert Lake(tmp_path / "lake").read(TABLES["quotes"], NOON.date(), BOB.key).num_rows


def test_a_step_that_made_no_market_fails(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not run(installation, monkeypatch, BAD, BOB).success
