"""A lake with a few days, compacted, and the dictionary that it must read as."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa

from p2p_pipeline.lake.direct import DirectLake
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.lake_sql import query
from p2p_pipeline.p2p.steps.compact import CompactionReport, compact_closed_months
from p2p_pipeline.p2p.tables import TABLES
from p2p_pipeline_tests.lake.made_up import rows_of

DEPTH, ROLLUPS = TABLES["depth"], TABLES["rollups"]
MARKETS = ["binance.USDT-BOB", "binance.USDT-BOB.imported"]
JANUARY = [date(2026, 1, day) for day in (1, 2, 31)]
DAYS = [*JANUARY, date(2026, 2, 1), date(2026, 2, 28)]
LATER = datetime(2026, 6, 1, tzinfo=UTC)
Contents = dict[tuple[date, str], tuple[pa.Table, dict[str, str]]]


def compact(lake: Lake) -> CompactionReport:
    return compact_closed_months(lake, [DEPTH, ROLLUPS], LATER, 7)


def depth_rows(offers: int, number: int = 1) -> pa.Table:
    return rows_of(DEPTH, number, offers=offers)


def written(lake: Lake, days: list[date], market_key: str = MARKETS[0], first: int = 0) -> Contents:
    """Fill some days, each with rows and facts of its own."""
    contents: Contents = {}
    for number, day in enumerate(days, first):
        contents[day, market_key] = depth_rows(number, number % 3 + 1), {"done": str(number), "a": "2"}
        lake.write(DEPTH, day, market_key, *contents[day, market_key])
    return contents


def assert_reads_as(lake: Lake, contents: Contents) -> None:
    """Compare all ways of reading with what should be there."""
    for day in DAYS:
        for key in MARKETS:
            rows, facts = contents.get((day, key), (DEPTH.empty(), None))
            assert lake.read(DEPTH, day, key).equals(rows)
            assert lake.rows(DEPTH, day, key) == rows.num_rows
            found = lake.facts(DEPTH, day, key)
            assert (found and list(found.items())) == (facts and list(facts.items()))
    assert [(found.day, found.market_key) for found in lake.partitions(DEPTH)] == sorted(contents)
    for key in MARKETS:
        expected = [contents[day, key][0] for day in DAYS if (day, key) in contents]
        whole = pa.concat_tables([DEPTH.empty(), *expected])
        assert lake.read_range(DEPTH, key, None, None).equals(whole)
        direct = DirectLake(lake.root).rows(DEPTH.name, key, (min(DAYS), max(DAYS)), ["snapshot_id"])
        assert sorted(name for (name,) in direct) == sorted(whole["snapshot_id"].to_pylist())
    assert_sql_reads_as(query(lake.root, SUMMARY).to_pylist(), contents)


SUMMARY = "SELECT date, offers, count(*) AS rows FROM depth GROUP BY ALL ORDER BY ALL"


def assert_sql_reads_as(found: list[dict[str, object]], contents: Contents) -> None:
    summary: dict[tuple[date, int], int] = {}
    for (day, _), (rows, _) in contents.items():
        for offers in rows["offers"].to_pylist():
            summary[day, offers] = summary.get((day, offers), 0) + 1
    assert found == [{"date": day, "offers": offers, "rows": n} for (day, offers), n in sorted(summary.items())]
