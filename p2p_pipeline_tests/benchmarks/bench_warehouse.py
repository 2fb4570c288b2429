"""What a month of the full market costs to keep and to ask.

`python -m p2p_pipeline_tests.benchmarks.bench_warehouse [DAYS [DIR]]`: DIR is a data folder whose embedded warehouse
`python -m p2p_pipeline_tests.p2p.simulated_warehouse DIR` has filled; without it one is made and deleted. Times are
this machine's, with a warm cache: each question is asked 25 times with other parameters after as many warm-up runs.
`cpu` is what the server's process spent on it (without its parallel workers), the figure to trust on a busy machine.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.simulator.currencies import ASSETS, FIATS
from p2p_pipeline.p2p.warehouse.migrate import migrate
from p2p_pipeline.p2p.warehouse.packing import pack_closed_days
from p2p_pipeline.p2p.warehouse.questions.catalogue import Question, all_questions, answer
from p2p_pipeline.p2p.warehouse.views import refresh_views
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer, open_server
from p2p_pipeline_tests.p2p.simulated_warehouse.month import MonthPlan, fill_month

RUNS = 25
TARGET_MILLISECONDS = 100
TARGET_GIGABYTES = 10

_SIZES = """
    SELECT table_name, sum(table_bytes)::bigint, sum(index_bytes)::bigint, sum(live_rows)::bigint
    FROM (
        SELECT
            coalesce(inhparent::regclass::text, relname) AS table_name,
            pg_table_size(oid) AS table_bytes,
            pg_indexes_size(oid) AS index_bytes,
            greatest(reltuples, 0) AS live_rows
        FROM pg_class LEFT JOIN pg_inherits ON inhrelid = oid
        WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace
    ) AS relations
    GROUP BY table_name
    HAVING sum(table_bytes + index_bytes) > 1000000
    ORDER BY sum(table_bytes + index_bytes) DESC
"""


def main(days: int = 3, folder: Path | None = None) -> None:
    """Print the tables."""
    if folder is not None:
        _measure(open_server(DataPaths(folder)))
        return
    with tempfile.TemporaryDirectory() as name:
        server = open_server(DataPaths(Path(name)))
        migrate(server)
        fill_month(server, MonthPlan(days=days), _line)
        _measure(server)


def _measure(server: WarehouseServer) -> None:
    with connect(server, autocommit=True) as connection:
        _print_refreshes(connection)
        _print_packing(connection)
        _print_sizes(connection)
        _print_questions(connection)


def _print_refreshes(connection: Connection[tuple[Any, ...]]) -> None:
    first = refresh_views(connection, is_everything=True)
    _line(f"{first.hours} hours and {first.days} days made in {first.total_seconds:.1f} s")
    again = [refresh_views(connection, is_everything=True) for _ in range(3)]
    for view in again[0].views:
        _line(f"  refreshing {view:<28}{statistics.median(report.seconds[view] for report in again) * 1e3:9.1f} ms")
    for table, hour in (("hours", 1), ("days", 24)):
        connection.execute(
            f"DELETE FROM market_depth_{table}_made WHERE {table[:-1]} = (SELECT max({table[:-1]}) "
            f"FROM market_depth_{table}_made)".encode()
        )
        seconds = refresh_views(connection).seconds[table]
        _line(f"  making the last of the {table:<22}{seconds * 1e3:9.1f} ms, once every {hour} h")


def _print_packing(connection: Connection[tuple[Any, ...]]) -> None:
    began = time.perf_counter()
    report = pack_closed_days(connection, datetime.now(UTC).date())
    before, after = report.bytes_before / 1e6, report.bytes_after / 1e6
    seconds = time.perf_counter() - began
    _line(
        f"{report.indexes} indexes of days that are over packed in {seconds:.1f} s: {before:.0f} MB, now {after:.0f} MB"
    )


def _print_sizes(connection: Connection[tuple[Any, ...]]) -> None:
    for table, table_bytes, index_bytes, rows in connection.execute(_SIZES).fetchall():
        _line(f"  {table:<30}{rows:>12,} rows{table_bytes / 1e6:9.0f} MB, indexes {index_bytes / 1e6:7.0f} MB")
    [(size, batches)] = connection.execute(
        "SELECT pg_database_size(current_database()), (SELECT count(*) FROM ops_batch_runs)"
    ).fetchall()
    verdict = "under" if size < TARGET_GIGABYTES * 1e9 else "ABOVE"
    _line(f"the database with {batches:,} batches: {size / 1e9:.2f} GB, {verdict} {TARGET_GIGABYTES} GB")


def _print_questions(connection: Connection[tuple[Any, ...]]) -> None:
    slow = 0
    for question in all_questions():
        times, cpu_times, rows = _ask(connection, question)
        p95 = _p95(times)
        slow += p95 >= TARGET_MILLISECONDS
        _line(
            f"  {question.name:<32}{statistics.median(times) * 1e3:8.1f} ms p50{p95:8.1f} ms p95"
            f"{_p95(cpu_times):8.1f} ms p95 cpu{statistics.median(rows):8.0f} rows"
        )
    _line(f"{slow} of {len(all_questions())} questions above {TARGET_MILLISECONDS} ms at p95")


def _p95(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] * 1e3


def _ask(
    connection: Connection[tuple[Any, ...]], question: Question
) -> tuple[Sequence[float], Sequence[float], Sequence[int]]:
    chance = random.Random(question.name)
    given = [_parameters(connection, question, chance) for _ in range(RUNS)]
    times, cpu_times, rows = [], [], []
    for turn in range(2):
        for values in given:
            cpu, started = _server_seconds(connection), time.perf_counter()
            found = answer(connection, question, **values)
            if turn:
                times.append(time.perf_counter() - started)
                cpu_times.append(_server_seconds(connection) - cpu)
                rows.append(len(found.rows))
    return times, cpu_times, rows


def _server_seconds(connection: Connection[tuple[Any, ...]]) -> float:
    """How long the connection's process was on a processor; 0 where Linux on this machine can't tell."""
    try:
        return int(Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


def _parameters(connection: Connection[tuple[Any, ...]], question: Question, chance: random.Random) -> dict[str, Any]:
    """As people would ask: mostly crowded markets, any side, any of the batches and advertisers."""
    crowded = list(FIATS)[:12]
    known: dict[str, Any] = {
        "fiat": chance.choice(crowded),
        "to_fiat": chance.choice(crowded),
        "asset": chance.choice(["USDT", "USDT", "USDT", *ASSETS]),
        "side": chance.choice(["BUY", "SELL"]),
        "days": chance.choice([1, 7, 30]),
        "until": chance.choice([None, _some_batch(connection, chance)[1]]),
        "batch_id": chance.choice([None, _some_batch(connection, chance)[0]]),
        "advertiser_id": chance.choice([None, _some_advertiser(connection, chance)]),
        "percent": chance.choice([1, 3, 10]),
        "time_zone": chance.choice(["UTC", "Europe/Moscow", "America/La_Paz"]),
    }
    names = {parameter.name for parameter in question.parameters}
    return {name: value for name, value in known.items() if name in names}


def _some_batch(connection: Connection[tuple[Any, ...]], chance: random.Random) -> tuple[int, datetime]:
    row = connection.execute("SELECT min(batch_start_time), max(batch_start_time) FROM ops_batch_runs").fetchone()
    assert row is not None
    moment = row[0] + timedelta(minutes=10) * chance.randrange((row[1] - row[0]) // timedelta(minutes=10) + 1)
    return round(moment.timestamp() * 1000), moment


def _some_advertiser(connection: Connection[tuple[Any, ...]], chance: random.Random) -> str:
    row = connection.execute(
        "SELECT advertiser_id FROM dim_advertisers WHERE is_merchant ORDER BY advertiser_sk LIMIT 1 OFFSET %s",
        [chance.randrange(100)],
    ).fetchone()
    assert row is not None
    return str(row[0])


def _line(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a benchmark's table


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3, Path(sys.argv[2]) if len(sys.argv) > 2 else None)
