"""Write the spans of a simulated market into a warehouse: what loading its sweeps one after the other would leave.

Rows arrive in the order of time with all indexes in place, so that sizes are those of a warehouse that grew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from numpy.typing import NDArray
from psycopg import sql
from pyarrow import csv

from p2p_pipeline.p2p.warehouse.partitions import ensure_partitions
from p2p_pipeline_tests.p2p.simulated_warehouse.dimensions import Keys, write_dimensions
from p2p_pipeline_tests.p2p.simulated_warehouse.states import STATISTICS, VERSION, FiatHistory, Floats, Numbers

SECONDS_A_SIDE = 0.2
"""How long after the one before a market side is read."""

Rows = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Sweeps:
    """When each of the sweeps began, with texts and days ready for the rows; what is open has the last place."""

    starts: tuple[datetime, ...]

    @classmethod
    def at(cls, moments: Floats) -> Sweeps:
        """The sweeps of some moments in seconds since 1970."""
        return cls(tuple(datetime.fromtimestamp(moment, UTC) for moment in moments.tolist()))

    @property
    def texts(self) -> pa.Array:
        """PostgreSQL's way to write them."""
        return pa.array([*(start.isoformat() for start in self.starts), "9999-12-31Z"])

    @property
    def batch_ids(self) -> Numbers:
        """See SweepReport."""
        return np.array([round(start.timestamp() * 1000) for start in self.starts])

    @property
    def days(self) -> list[tuple[date, int, int]]:
        """Each day with the places of its first sweep and of the one after its last."""
        days = np.array([start.date() for start in self.starts])
        found, first = np.unique(days, return_index=True)
        ends = [*first[1:].tolist(), len(days)]
        return list(zip(found.tolist(), first.tolist(), ends, strict=True))


@dataclass(frozen=True, slots=True)
class Months:
    """All fiats' rows under the warehouse's own keys, sorted by when they end."""

    sweeps: Sweeps
    keys: Keys
    versions: Rows
    statistics: Rows
    depths: list[Rows]
    """For each of `keys.sides`, a row a sweep."""


def prepare(connection: psycopg.Connection[Any], histories: Sequence[FiatHistory], moments: Floats) -> Months:
    """Write the dimensions, batches and partitions; give the rows that are left. Commits nothing."""
    sweeps = Sweeps.at(moments)
    first, last = sweeps.starts[0].date(), sweeps.starts[-1].date()
    ensure_partitions(connection, (first + timedelta(days=number) for number in range((last - first).days + 8)))
    keys = write_dimensions(connection, histories, [start.isoformat() for start in sweeps.starts])
    versions = np.concatenate([np.empty(0, VERSION), *(keys.numbered_versions(history) for history in histories)])
    statistics = np.concatenate([np.empty(0, STATISTICS), *(keys.numbered_statistics(one) for one in histories)])
    depths = [rows for history in histories for rows in history.depth]
    months = Months(sweeps, keys, _by_end(versions), _by_end(statistics), depths)
    _write_batches(connection, months)
    return months


def write_day(connection: psycopg.Connection[Any], months: Months, first: int, end: int) -> None:
    """Write what ended, and the depth that was read, in the sweeps from one place up to another."""
    _write_versions(connection, months, _between(months.versions, first, end))
    _write_statistics(connection, months, _between(months.statistics, first, end))
    _write_depth(connection, months, first, end)


def write_open(connection: psycopg.Connection[Any], months: Months) -> None:
    """Write what still held at the last sweep."""
    count = len(months.sweeps.starts)
    _write_versions(connection, months, _between(months.versions, count, count + 1))
    _write_statistics(connection, months, _between(months.statistics, count, count + 1))


def fill(connection: psycopg.Connection[Any], histories: Sequence[FiatHistory], moments: Floats) -> None:
    """All of it, over one connection; commits nothing."""
    months = prepare(connection, histories, moments)
    for _, first, end in months.sweeps.days:
        write_day(connection, months, first, end)
    write_open(connection, months)


def _by_end(rows: Rows) -> Rows:
    return rows[np.lexsort((rows["begins"], rows["ends"]))]


def _between(rows: Rows, first: int, end: int) -> Rows:
    low, high = np.searchsorted(rows["ends"], [first, end])
    return rows[low:high]


def _write_versions(connection: psycopg.Connection[Any], months: Months, rows: Rows) -> None:
    keys, texts = months.keys, months.sweeps.texts
    sides = rows["side"]
    prices, amounts, fiats = keys.price_scales[sides], keys.amount_scales[sides], keys.fiat_scales[sides]
    _copy(
        connection,
        "offer_versions",
        {
            "valid_from": texts.take(pa.array(rows["begins"])),
            "valid_to": texts.take(pa.array(rows["ends"])),
            "offer_id": rows["offer"],
            "advertiser_sk": rows["advertiser"],
            "payment_set_id": rows["payment_set"],
            "trade_type": keys.trade_types.take(pa.array(sides)),
            "crypto_id": keys.crypto_ids[sides],
            "fiat_id": keys.fiat_ids[sides],
            "payment_minutes": rows["minutes"],
            "is_promoted": rows["is_promoted"],
            "price": _decimals(rows["price"], prices),
            "available_amount": _decimals(rows["available"], amounts),
            "min_limit": _decimals(rows["minimum"], fiats),
            "max_limit": _decimals(rows["maximum"], fiats),
            "stated_max_limit": _decimals(rows["stated_maximum"], fiats),
        },
    )


def _write_statistics(connection: psycopg.Connection[Any], months: Months, rows: Rows) -> None:
    texts = months.sweeps.texts
    _copy(
        connection,
        "offer_statistics",
        {
            "valid_from": texts.take(pa.array(rows["begins"])),
            "valid_to": texts.take(pa.array(rows["ends"])),
            "offer_id": rows["offer"],
            "orders_30d": rows["orders"],
            "completion_rate": rows["completion_rate"],
        },
    )


def _write_depth(connection: psycopg.Connection[Any], months: Months, first: int, end: int) -> None:
    keys, count = months.keys, end - first
    # Sweep after sweep, in each the sides in their order.
    rows = np.stack([depth[first:end] for depth in months.depths], axis=1).reshape(-1)
    sides = np.tile(np.arange(len(months.depths)), count)
    batch_ids = np.repeat(months.sweeps.batch_ids[first:end], len(months.depths))
    microseconds = batch_ids * 1000 + (sides * SECONDS_A_SIDE * 1e6).astype(np.int64)
    prices = keys.price_scales[sides]
    weighted = rows["weighted_price"] / 10.0**prices
    _copy(
        connection,
        "fact_market_depth",
        {
            "batch_id": batch_ids,
            "extraction_timestamp": pa.array(microseconds).cast(pa.timestamp("us", "UTC")),
            "trade_type": keys.trade_types.take(pa.array(sides)),
            "total_offers_count": rows["offers"],
            "crypto_id": keys.crypto_ids[sides],
            "fiat_id": keys.fiat_ids[sides],
            "is_complete": np.ones(len(sides), np.bool_),
            "total_available_volume": _decimals(rows["volume"], keys.amount_scales[sides]),
            "weighted_avg_price": pa.array(weighted, mask=rows["volume"] == 0),
            "min_price": _decimals(rows["minimum"], prices, rows["offers"] == 0),
            "max_price": _decimals(rows["maximum"], prices, rows["offers"] == 0),
            "best_price": _decimals(rows["best"], prices, rows["best"] == 0),
            "median_price": _decimals(rows["median"], prices, rows["offers"] == 0),
        },
    )


def _write_batches(connection: psycopg.Connection[Any], months: Months) -> None:
    count = len(months.sweeps.starts)
    order = np.lexsort((months.versions["begins"], months.versions["offer"]))
    rows = months.versions[order]
    goes_on = np.zeros(len(rows), np.bool_)
    goes_on[1:] = (rows["offer"][1:] == rows["offer"][:-1]) & (rows["begins"][1:] == rows["ends"][:-1])
    begun = np.bincount(rows["begins"], minlength=count + 1)[:count]
    updated = np.bincount(rows["begins"][goes_on], minlength=count + 1)[:count]
    ended = np.bincount(rows["ends"], minlength=count + 1)[:count]
    offers = sum((depth["offers"] for depth in months.depths), np.zeros(count, np.int64))
    sides, seconds = len(months.depths), len(months.depths) * SECONDS_A_SIDE
    fiats = len(set(months.keys.fiat_ids.tolist()))
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY ops_batch_runs (batch_id, batch_start_time, batch_end_time, status, total_fiats_processed, "
            "total_offers_extracted, total_offers_inserted, total_offers_updated, total_offers_closed, total_errors, "
            "venue, source, worker, workers, markets, markets_complete, market_sides, quarantined, requests, "
            "failed_requests, seconds, load_seconds, loaded_at, content_digest) FROM STDIN"
        ) as copy,
    ):
        for place, start in enumerate(months.sweeps.starts):
            batch_end = start + timedelta(seconds=seconds)
            new, changed, gone = (int(values[place]) for values in (begun - updated, updated, ended - updated))
            copy.write_row(
                (int(months.sweeps.batch_ids[place]), start, batch_end, "complete", fiats, int(offers[place]), new,
                 changed, gone, 0, "binance", "simulated", 1, 1, sides // 2, sides // 2, sides, 0, sides, 0, seconds,
                 1.0, batch_end, f"simulated {place}")
            )  # fmt: skip


def _decimals(units: Numbers, scales: Numbers, is_missing: NDArray[np.bool_] | None = None) -> pa.Array:
    """Whole numbers of smallest units as decimal text."""
    texts = np.empty(len(units), object)
    for scale in np.unique(scales).tolist():
        mine = scales == scale
        whole = pa.array(units[mine]).cast(pa.decimal128(19, 0))
        moved = pa.Array.from_buffers(pa.decimal128(19, scale), len(whole), whole.buffers())
        texts[mine] = moved.cast(pa.string()).to_numpy(zero_copy_only=False)
    return pa.array(texts, pa.string(), mask=is_missing)


def _copy(connection: psycopg.Connection[Any], table: str, columns: dict[str, Any]) -> None:
    rows = pa.table(columns)
    if not rows.num_rows:
        return
    command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for piece in _pieces(rows):
            copy.write(piece)


def _pieces(rows: pa.Table) -> Iterator[bytes]:
    for batch in rows.to_batches(max_chunksize=50_000):
        buffer = BytesIO()
        csv.write_csv(batch, buffer, csv.WriteOptions(include_header=False, quoting_style="none"))
        yield buffer.getvalue()
