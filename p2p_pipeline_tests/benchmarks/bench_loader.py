"""How fast a sweep of the full market goes into PostgreSQL: `python -m p2p_pipeline_tests.benchmarks.bench_loader`.

From memory, on one connection, into the embedded server as it ships (fsync on): dimensions, payment methods,
statistics and depth included. Beside it pandas' `to_sql` and dlt with a part of the same rows into one plain table,
without any of that. CPU seconds are the figures to compare on a machine that does other things too.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.warehouse.batch import LoadReport, MarketRead, ReadOffer
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.migrate import migrate
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer, open_server
from p2p_pipeline_tests.p2p.warehouse.simulated_market import FIRST_SWEEP, SimulatedMarket, batch_of_reads, read_of

FULL_MARKET = 55_000
STEP = timedelta(minutes=10)
PLAIN_ROWS = 6_000
"""Of the rows, for the two that would take a quarter of a minute with all."""


def main(total_offers: int = FULL_MARKET, real_steps: int = 3) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        server = open_server(DataPaths(Path(name)), {})
        migrate(server)
        market = SimulatedMarket(total_offers)
        _loads(server, market, real_steps)
        _plain(server, list(market.reads(FIRST_SWEEP)))
        _sizes(server)
    _line(f"peak memory of this process           {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:9.0f} MiB")


def _loads(server: WarehouseServer, market: SimulatedMarket, real_steps: int) -> None:
    with connect(server) as connection:
        moment = FIRST_SWEEP
        reads = list(market.reads(moment))
        offers = sum(len(read.offers) for read in reads)
        _line(f"the simulated full market: {offers:,} offers, {len(reads):,} market sides")
        _load(connection, "everything is new", moment, reads)
        for _ in range(3):
            moment += STEP
            reads = [_again(read, moment) for read in reads]
            _load(connection, "nothing changed", moment, reads)
        for share in (20, 20, 20):
            moment += STEP
            reads = [_again(read, moment, change_each=share) for read in reads]
            _load(connection, "5 % changed their price", moment, reads)
        for number in range(1, real_steps + 1):
            reads = list(market.reads(FIRST_SWEEP + STEP * number))
            moment += STEP
            _load(connection, "ten minutes of the simulator", moment, [_again(read, moment) for read in reads])


def _load(connection: Any, name: str, moment: Any, reads: list[MarketRead]) -> None:
    batch = batch_of_reads(moment, reads)
    cpu, wall = _cpu(connection), time.perf_counter()
    report: LoadReport = load_batch(connection, batch)
    seconds, used = (
        time.perf_counter() - wall,
        [after - before for after, before in zip(_cpu(connection), cpu, strict=True)],
    )
    changed = report.offers_inserted + report.offers_updated + report.offers_closed
    _line(
        f"{name:<34}{report.offers_extracted / seconds:12,.0f} offers/s   {seconds:5.2f} s "
        f"(CPU: {used[0]:.2f} s here, {used[1]:.2f} s PostgreSQL; {changed:,} written)"
    )


def _again(read: MarketRead, moment: Any, change_each: int = 0) -> MarketRead:
    """The same market side in a later sweep; with `change_each` one in so many offers has another price."""
    offers = read.offers
    if change_each:
        offers = tuple(
            _dearer(entry) if number % change_each == int(moment.timestamp() // 600) % change_each else entry
            for number, entry in enumerate(offers)
        )
    return read_of(read.market_side, moment, offers)


def _dearer(entry: ReadOffer) -> ReadOffer:
    return replace(entry, offer=replace(entry.offer, price=entry.offer.price * Decimal("1.01")))


def _plain(server: WarehouseServer, reads: list[MarketRead]) -> None:
    rows = [
        {
            "offer_id": offer.offer_id, "asset": offer.asset, "fiat": offer.fiat, "side": str(offer.side),
            "advertiser": offer.advertiser_id, "nickname": offer.advertiser_name, "price": offer.price,
            "available": offer.available_asset, "min_fiat": offer.min_fiat, "max_fiat": offer.max_fiat,
            "minutes": offer.payment_minutes, "orders_30d": offer.orders_30d, "completion": offer.completion_rate,
        }
        for read in reads
        for offer in (entry.offer for entry in read.offers)
    ][:PLAIN_ROWS]  # fmt: skip
    for name, load in (("pandas to_sql, one plain table", _to_sql), ("dlt, one plain table", _dlt)):
        seconds = _timed(lambda load=load: load(server, rows))  # type: ignore[misc]
        _line(f"{name:<34}{len(rows) / seconds:12,.0f} rows/s     ({len(rows):,} rows)")


def _to_sql(server: WarehouseServer, rows: list[dict[str, Any]]) -> None:
    import pandas as pd
    import sqlalchemy

    url = sqlalchemy.engine.make_url(server.url).set(drivername="postgresql+psycopg")
    engine = sqlalchemy.create_engine(url)
    pd.DataFrame(rows).to_sql("bench_to_sql", engine, index=False)
    engine.dispose()


def _dlt(server: WarehouseServer, rows: list[dict[str, Any]]) -> None:
    import os

    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    import dlt

    # It knows no sockets and insists on a password, which the embedded server does not ask for.
    place = conninfo_to_dict(server.url)
    credentials = {
        "database": place["dbname"],
        "username": place.get("user", "postgres"),
        "password": "-",
        "host": quote(str(place["host"]), safe=""),
        "port": int(str(place.get("port", 5432))),
    }
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "bench_loader",
            pipelines_dir=folder,
            destination=dlt.destinations.postgres(credentials),
            dataset_name="bench_dlt",
        )
        pipeline.run(rows, table_name="offers")


_SIZES = """
    SELECT parent, sum(pg_table_size(child)), sum(pg_indexes_size(child)), sum(tuples)
    FROM (
        SELECT COALESCE(inhparent::regclass::text, relname) AS parent, pg_class.oid AS child,
            GREATEST(reltuples, 0) AS tuples
        FROM pg_class LEFT JOIN pg_inherits ON inhrelid = pg_class.oid
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    ) AS leaf
    GROUP BY parent
    HAVING sum(tuples) > 1000
    ORDER BY 2 DESC
"""


def _sizes(server: WarehouseServer) -> None:
    with connect(server, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        for name, table, indexes, found in connection.execute(_SIZES).fetchall():
            count = float(str(found))
            each, indexed = int(str(table)) / count, int(str(indexes)) / count
            _line(f"{name:<34}{count:12,.0f} rows       {each:5.0f} bytes a row, {indexed:.0f} in indexes")


def _cpu(connection: Any) -> tuple[float, float]:
    """CPU seconds of this process and of the connection's server process, where it can be seen."""
    try:
        told = Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text(encoding="ascii")
        server = int(told.split()[0]) / 1e9
    except OSError:
        server = 0.0
    return time.process_time(), server


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main()
