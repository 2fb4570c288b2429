"""One day's history of a market from its tables of numbers: every measure, slot by slot."""

# ruff: noqa: S608 - the SQL is put together from our own words only
from __future__ import annotations

from contextlib import closing

import duckdb
import pyarrow as pa

from p2p_pipeline.p2p.metrics.history.schema import EXECUTABLE, HISTORY, OF_THE_BOOK, SINGLE, SPREAD
from p2p_pipeline.p2p.metrics.pricing.schema import depth_step_column
from p2p_pipeline.p2p.offers.usable import usable

NEAR_BEST_PERCENT = 1.0

_VALUE = "DECIMAL(38, 12)"
_LOOKS = """
    looks AS (
        SELECT snapshot_id, market_key, venue, asset, fiat, side, slot, snapshot_at AS observed_at, source AS origin,
            is_complete
        FROM snapshots
    ),
    ladder AS (
        SELECT profile, amount_fiat, CAST(dense_rank() OVER (ORDER BY amount_fiat) - 1 AS INTEGER) AS step
        FROM (SELECT DISTINCT profile, amount_fiat FROM quotes)
    )"""
_COLUMNS = "market_key, venue, asset, fiat, side, measure, profile, step, amount_fiat, slot, observed_at, value, origin"
# Each look has a row for every size and profile of the day, also when its book was empty and has no quotes.
_AMOUNTS = """
    SELECT looks.*, ladder.*, quotes.best_split_price AS executable, quotes.best_single_price AS single
    FROM looks CROSS JOIN ladder LEFT JOIN quotes
        ON quotes.snapshot_id = looks.snapshot_id AND quotes.profile = ladder.profile
        AND quotes.amount_fiat = ladder.amount_fiat"""
# Not inner joins: an empty book has no depth, which is a look without a price and with no offers. What is said of the
# whole book is said of whole books only: a hundred offers of a book that was read no further are not a hundred offers.
_BOOK = f"""
    SELECT looks.*, NULL AS profile, NULL AS step, NULL AS amount_fiat,
        CASE WHEN is_complete THEN TRY_CAST(depth.vwap AS {_VALUE}) END AS vwap,
        CASE WHEN is_complete THEN depth.median_price END AS median, depth.best_price AS best,
        CASE WHEN is_complete THEN CAST(coalesce(depth.offers, 0) AS {_VALUE}) END AS offers,
        coalesce(depth.{depth_step_column(NEAR_BEST_PERCENT)}, 0) AS asset_near_best
    FROM looks LEFT JOIN depth ON depth.snapshot_id = looks.snapshot_id"""
_SPREADS = f"""
    SELECT looks.*, ladder.*, TRY_CAST(round_trips.cost AS {_VALUE}) AS spread
    FROM round_trips JOIN looks ON looks.snapshot_id = round_trips.buy_snapshot_id
        JOIN ladder ON ladder.profile = round_trips.profile AND ladder.amount_fiat = round_trips.amount_fiat
    WHERE round_trips.sell_snapshot_id IN (SELECT snapshot_id FROM looks)"""


def _unpivoted(query: str, measures: tuple[str, ...]) -> str:
    named = ", ".join(measures)
    return f"SELECT * FROM ({query}) UNPIVOT INCLUDE NULLS (value FOR measure IN ({named}))"


_QUERY = f"""
    WITH {_LOOKS}, every AS (
        {_unpivoted(_AMOUNTS, (EXECUTABLE, SINGLE))}
        UNION ALL BY NAME {_unpivoted(_BOOK, OF_THE_BOOK)}
        UNION ALL BY NAME {_unpivoted(_SPREADS, (SPREAD,))}
    )
    SELECT {_COLUMNS} FROM every
    ORDER BY side, measure, profile NULLS FIRST, step NULLS FIRST, observed_at, snapshot_id
"""


def history_rows(snapshots: pa.Table, quotes: pa.Table, depth: pa.Table, round_trips: pa.Table) -> pa.Table:
    """The `history` of one market's day from its `snapshots`, `quotes`, `depth` and `round_trips`.

    Each look at a market side gives one row a measure; for `executable` (the best split price) and `single` (the best
    single offer's price) one for every profile and size of the day. `step` is the size's rank in the day's ladder. A
    value is empty when the amount could not be placed or the book had no price. A failed or blocked look, or one of
    which no page could be read, gives no row. `spread` is the share lost by buying and selling back, on the BUY side,
    for each pair of looks that `round_trips` has.

    Rows stand by side, measure, profile, step and time, so that one series is one piece of the file.
    """
    tables = {"snapshots": usable(snapshots), "quotes": quotes, "depth": depth, "round_trips": round_trips}
    with closing(duckdb.connect(":memory:", config={"threads": 1})) as database:
        database.execute("SET TimeZone = 'UTC'")
        for name, table in tables.items():
            database.register(name, table)
        return database.sql(_QUERY).to_arrow_table().cast(HISTORY.arrow_schema)
