"""What a stricter profile usually costs, from the stored quotes of the last days."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from pyarrow import compute

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.pricing.schema import QUOTES
from p2p_pipeline.p2p.metrics.pricing.strictness_history import UsualStrictness, strictness_rows, usual_strictness

USUAL_DAYS = 7
_COLUMNS = ["snapshot_id", "snapshot_at", "market_key", "side", "profile", "amount_fiat", "amount_asset",
            "best_split_price", "is_executable", "reason"]  # fmt: skip


def usual_strictness_of(
    lake: Lake, market_side: MarketSide, amount: Decimal, until: datetime, days: int = USUAL_DAYS
) -> tuple[UsualStrictness, ...]:
    """The usual cost of each profile for the kept size nearest to an amount, over some days before a moment.

    The amount is fiat for BUY and the asset for SELL. Empty when nothing is stored of that time.
    """
    since = until - timedelta(days=days)
    field = compute.field
    wanted = (field("side") == market_side.side.value) & (field("snapshot_at") >= since)
    wanted &= field("snapshot_at") < until
    quotes = lake.read_range(QUOTES, market_side.market.key, since.date(), until.date(), _COLUMNS, wanted)
    given = "amount_fiat" if market_side.side is Side.BUY else "amount_asset"
    sizes = [size for size in compute.unique(quotes[given]).to_pylist() if size]
    if not sizes:
        return ()
    nearest = min(sorted(sizes), key=lambda size: abs((size / amount).ln()))
    return usual_strictness(strictness_rows(quotes.filter(compute.equal(quotes[given], nearest))), nearest)
