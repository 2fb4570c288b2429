"""How fast raw answers become a checked table of offers: `python -m p2p_pipeline_tests.benchmarks.bench_parsing`.

The same simulated answers four ways, in turn: ours column by column, ours record by record, pandas (`json_normalize` of
the ads, to Parquet), and dlt (the ads, to Parquet). Ours read the raw store, check every row and map payment methods;
the other two are handed the bodies, check nothing and keep the venue's own fields. CPU seconds, of this process.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

import orjson

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.offers.schema import OFFERS
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import StoredSnapshot
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.history import HistoryPlan, generate_history
from p2p_pipeline.p2p.steps.offers import build_offers

MARKETS = (Market("bybit", "USDT", "RUB"), Market("binance", "USDT", "BOB"))
END = datetime(2026, 9, 2, tzinfo=UTC)
ROUNDS = 3
DLT_BODIES = 20
"""Of the answers, for the one that would take minutes with all."""


def main(days: float = 0.1, every: timedelta = timedelta(minutes=1)) -> None:
    """Print a table for each venue."""
    for market in MARKETS:
        with tempfile.TemporaryDirectory() as name:
            generate_history(RawStore(Path(name)), HistoryPlan((market,), days, every, END), CatalogueOptions())
            _compare(Path(name), market)


def _compare(folder: Path, market: Market) -> None:
    reader, day = RawReader(folder), (END - timedelta(hours=1)).date()
    stored = [found for found in reader.read(day, market.key) if isinstance(found, StoredSnapshot)]
    bodies = [capture.body for found in stored for capture, _ in found.captures]
    ways: dict[str, Callable[[], int]] = {
        "ours, column by column": lambda: _ours(reader, day, market, is_quick=True),
        "ours, record by record": lambda: _ours(reader, day, market, is_quick=False),
        "pandas": lambda: _pandas(bodies, market),
        "dlt": lambda: _dlt(bodies[:DLT_BODIES], market),
    }
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            began = time.process_time()
            offers = way()
            speeds[name].append(offers / (time.process_time() - began))
    _line(
        f"{market}: {len(bodies):,} simulated answers, {sum(map(len, bodies)) / 2**20:.0f} MiB; CPU, median of {ROUNDS}"
    )
    first = speeds["ours, column by column"]
    for name, found in speeds.items():
        ratio = median(quick / slow for quick, slow in zip(first, found, strict=True))
        _line(f"{name:<34}{median(found):12,.0f} offers/s   {ratio:5.1f} times as long")


def _ours(reader: RawReader, day: date, market: Market, is_quick: bool) -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = build_offers(reader, Lake(Path(folder)), day, market.key, PaymentMap.load(), by_record=not is_quick)
    return report.total_rows[OFFERS.name]


def _ads(body: bytes, market: Market) -> list[dict[str, object]]:
    answer = orjson.loads(body)
    found: list[dict[str, object]] = answer["data"] if market.venue == "binance" else answer["result"]["items"]
    return found


def _pandas(bodies: Sequence[bytes], market: Market) -> int:
    import pandas as pd

    rows = pd.concat([pd.json_normalize(_ads(body, market)) for body in bodies], ignore_index=True)
    with tempfile.TemporaryDirectory() as folder:
        rows.to_parquet(Path(folder) / "offers.parquet", compression="zstd")
    return len(rows)


def _dlt(bodies: Sequence[bytes], market: Market) -> int:
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    import dlt

    rows = [ad for body in bodies for ad in _ads(body, market)]
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "bench_parsing",
            pipelines_dir=folder,
            destination=dlt.destinations.filesystem(bucket_url=Path(folder, "lake").as_uri()),
            dataset_name="bench_dlt",
        )
        pipeline.run(rows, table_name="offers", loader_file_format="parquet")
    return len(rows)


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
