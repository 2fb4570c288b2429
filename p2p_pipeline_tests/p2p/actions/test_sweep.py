"""From the settings to how a sweep asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.actions.sweep import load_stored, sweep_plan
from p2p_pipeline.p2p.settings import parse_settings
from p2p_pipeline.postgres.server import WarehouseError

PROXIES = {"FIRST": "http://one.test:1", "SECOND": "http://two.test:2"}


def _rates(proxies: list[str], workers: int, typed: float | None = None, source_url: str | None = None) -> list[float]:
    settings = parse_settings(f"sweep: {{requests_per_second: 12, proxy_variables: [{', '.join(proxies)}]}}")
    plans = [sweep_plan(settings, source_url, worker + 1, workers, typed, PROXIES) for worker in range(workers)]
    return [plan.manners.pacing.requests_per_second for plan in plans]


def test_workers_at_one_address_together_ask_no_faster_than_the_settings_say() -> None:
    assert _rates([], 1) == [12.0]
    assert _rates([], 3) == [4.0, 4.0, 4.0]
    assert _rates(["FIRST"], 3) == [4.0, 4.0, 4.0]
    assert _rates(["FIRST", "SECOND"], 2, source_url="http://simulator.test") == [6.0, 6.0], "one simulator for all"


def test_workers_behind_proxies_of_their_own_share_the_rate_with_nobody_else() -> None:
    assert _rates(["FIRST", "SECOND"], 2) == [12.0, 12.0]
    assert _rates(["FIRST", "SECOND"], 3) == [6.0, 12.0, 6.0], "the third goes through the first proxy again"
    assert _rates(["FIRST", "SECOND"], 1) == [12.0]


@pytest.mark.parametrize("proxies", [[], ["FIRST"]])
def test_a_rate_that_was_typed_is_that_process_own(proxies: list[str]) -> None:
    assert _rates(proxies, 3, typed=7.0) == [7.0, 7.0, 7.0]


def test_a_day_that_retention_has_dropped_is_not_loaded_again(tmp_path: Path) -> None:
    settings = parse_settings("warehouse: {keep_days: 3}")
    day = datetime.now(UTC).date() - timedelta(days=5)
    with pytest.raises(WarehouseError, match=f"{day} is before .*, the first day that warehouse.keep_days keeps"):
        load_stored(DataPaths(tmp_path), settings, day=day)
