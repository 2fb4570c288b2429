"""What a stricter profile costs over time, from stored quotes.

Here: all rows of `quotes` compared, in SQL, and summed up. Not here: two quotes of now (strictness.py).
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa

from p2p_pipeline.p2p.markets import WIDE

USUAL_QUANTILES = (0.05, 0.95)

STRICTNESS_SQL = f"""
SELECT narrow.snapshot_at, narrow.snapshot_id, narrow.market_key, narrow.side, narrow.profile, narrow.amount_fiat,
    CASE narrow.side
        WHEN 'BUY' THEN narrow.best_split_price / wide.best_split_price - 1
        ELSE 1 - narrow.best_split_price / wide.best_split_price
    END AS cost,
    narrow.reason
FROM quotes AS narrow JOIN quotes AS wide USING (snapshot_id, amount_fiat)
WHERE wide.profile = '{WIDE.name}' AND wide.is_executable AND narrow.profile <> '{WIDE.name}'
ORDER BY narrow.snapshot_at, narrow.snapshot_id, narrow.profile, narrow.amount_fiat
"""  # noqa: S608 - our own words
"""The cost of strictness over time, from the table `quotes`: paste it into `p2p sql`. A row for each snapshot, profile
and size that the whole book can place; `cost` is empty, with the reason, where the profile can't."""


@dataclass(frozen=True, slots=True)
class UsualStrictness:
    """The cost of a profile over a time. Costs are shares; None when it never placed the amount."""

    profile: str
    amount: Decimal
    """The size it is of: fiat for BUY, the asset for SELL."""
    looks: int
    """Snapshots in which the whole book could place the amount."""
    placed: int
    """In how many of them the profile could, too."""
    median: float | None
    low: float | None
    high: float | None
    """Nine of ten looks lie between these."""


def strictness_rows(quotes: pa.Table) -> pa.Table:
    """`STRICTNESS_SQL` over rows of `quotes`."""
    with closing(duckdb.connect(":memory:", config={"threads": 1})) as database:
        database.execute("SET TimeZone = 'UTC'")
        database.register("quotes", quotes)
        return database.sql(STRICTNESS_SQL).to_arrow_table()


def usual_strictness(rows: pa.Table, amount: Decimal) -> tuple[UsualStrictness, ...]:
    """Sum up `strictness_rows` of one market side and one size, which is `amount`, by profile."""
    found: dict[str, list[float | None]] = {}
    for profile, cost in zip(rows["profile"].to_pylist(), rows["cost"].to_pylist(), strict=True):
        found.setdefault(profile, []).append(cost)
    return tuple(_usual(profile, amount, costs) for profile, costs in sorted(found.items()))


def _usual(profile: str, amount: Decimal, costs: list[float | None]) -> UsualStrictness:
    placed = np.array([cost for cost in costs if cost is not None])
    if not len(placed):
        return UsualStrictness(profile, amount, len(costs), 0, None, None, None)
    low, high = (float(value) for value in np.quantile(placed, USUAL_QUANTILES))
    return UsualStrictness(profile, amount, len(costs), len(placed), float(np.median(placed)), low, high)
