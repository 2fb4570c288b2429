"""Prices from files as rows of `history`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.kernel.table import MOMENT
from p2p_pipeline.p2p.markets import SLOT_SECONDS, Market, Source
from p2p_pipeline.p2p.metrics.history.schema import HISTORY

DAY_MICROSECONDS = 86_400_000_000
_FIRST_DAY = date(1970, 1, 1)


def imported_history(cells: pa.Table, market: Market) -> pa.Table:
    """Prices (CELLS, by side, measure and time) of one market as `history`: a row a price, none where there is none."""
    count = cells.num_rows
    moments = cells["moment"].combine_chunks()
    same = {
        "market_key": market.key,
        "venue": market.venue,
        "asset": market.asset,
        "fiat": market.fiat,
        "profile": None,
        "step": None,
        "amount_fiat": None,
        "origin": str(Source.IMPORTED),
    }
    columns = {name: pa.repeat(pa.scalar(value, HISTORY.arrow_schema.field(name).type), count)
               for name, value in same.items()}  # fmt: skip
    columns |= {name: cells[name] for name in ("side", "measure", "value")}
    columns["slot"] = compute.divide(moments, SLOT_SECONDS * 1_000_000)
    columns["observed_at"] = moments.cast(MOMENT)
    return pa.table([columns[name] for name in HISTORY.arrow_schema.names], schema=HISTORY.arrow_schema)


def by_day(rows: pa.Table, column: str) -> Iterator[tuple[date, pa.Table]]:
    """The rows of each UTC day, by a column of moments, in the order in which they stand."""
    numbers = rows[column].cast(pa.int64()).to_numpy() // DAY_MICROSECONDS
    order = np.argsort(numbers, kind="stable")
    ordered = rows.take(pa.array(order))
    days, begins = np.unique(numbers[order], return_index=True)
    for day, begin, end in zip(days, begins, [*begins[1:], len(order)], strict=True):
        yield _FIRST_DAY + timedelta(days=int(day)), ordered.slice(begin, end - begin)


def digest(rows: pa.Table) -> str:
    """Changes when the imported prices of a day do."""
    said = [rows[name].cast(pa.string()).to_pylist() for name in ("side", "measure", "value")]
    moments = rows["observed_at"].cast(pa.int64()).to_numpy()
    return hashlib.sha256(repr(said).encode() + moments.tobytes()).hexdigest()[:16]
