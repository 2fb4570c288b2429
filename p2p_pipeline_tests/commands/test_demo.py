"""A demo's start goes on where the last one stopped, whichever market was ahead."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from p2p_pipeline.commands.demo import _is_processed, spans_to_make
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.tables import TABLES
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page

DAY = date(2024, 10, 25)
NOON = datetime(2024, 10, 25, 12, tzinfo=UTC)


def test_a_day_counts_as_processed_when_every_market_of_it_has_its_tables(tmp_path: Path) -> None:
    started = CommandContext(DataPaths(tmp_path))
    markets = [Market("binance", "USDT", "BOB"), Market("binance", "BTC", "BOB")]
    for market in markets:
        body = page([ad(1, "7.00", "10", fiatUnit=market.fiat, asset=market.asset)])
        RawStore(tmp_path).append(captures(NOON, body, market=market))
    depth, lake = TABLES["depth"], Lake(started.paths.lake)
    assert not _is_processed(started, DAY)
    lake.write(depth, DAY, markets[0].key, depth.empty(), {"made": "1"})
    assert not _is_processed(started, DAY)
    lake.write(depth, DAY, markets[1].key, depth.empty(), {"made": "1"})
    assert _is_processed(started, DAY)


def test_a_day_that_is_not_there_is_not_processed(tmp_path: Path) -> None:
    assert not _is_processed(CommandContext(DataPaths(tmp_path)), DAY)


@pytest.mark.parametrize(
    ("processed", "spans"),
    [
        ("......", [(0, 5)]),
        ("xxxxx.", [(4, 5)]),
        (".xxxx.", [(0, 0), (4, 5)]),
        ("xx.xx.", [(1, 2), (4, 5)]),
        ("x.x.x.", [(0, 5)]),
        ("xxx...", [(2, 5)]),
    ],
)
def test_only_days_that_lack_something_are_made_each_gap_with_the_day_before_it(
    processed: str, spans: list[tuple[int, int]]
) -> None:
    days = [DAY + timedelta(days=number) for number in range(len(processed))]
    made = spans_to_make(days, lambda day: processed[(day - DAY).days] == "x")
    assert [((first - DAY).days, (last - DAY).days) for first, last in made] == spans
