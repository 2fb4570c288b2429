"""What a day of a venue looks like to a person: a small table and, for a closed day, a picture. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from p2p_pipeline.kernel.texts import span_text
from p2p_pipeline.orchestration.pictures import markdown_picture
from p2p_pipeline.p2p.metrics.pricing.spread import spread_of
from p2p_pipeline.p2p.quality.venue_day import MarketDay

DASH = "–"


def newest_rows(table: pa.Table) -> dict[str, list[dict[str, Any]]]:
    """The rows of the newest snapshot of each side, by side."""
    found = {}
    for side in sorted(set(table.column("side").to_pylist())):
        rows = table.filter(pc.equal(table.column("side"), side))
        newest = pc.max(rows.column("snapshot_at"))
        found[side] = rows.filter(pc.equal(rows.column("snapshot_at"), newest)).to_pylist()
    return found


def market_table(markets: Sequence[MarketDay], now: datetime) -> str:
    """A Markdown table: per market and side the newest prices for the smallest amount, and how sound the day is."""
    lines = [
        "| market | side | for | single | split | spread | age | set aside |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for market in markets:
        quotes = {side: smallest_wide(rows) for side, rows in newest_rows(market.quotes).items()}
        spread = _spread(quotes)
        for side, rows in newest_rows(market.snapshots).items():
            of_side = market.snapshots.filter(pc.equal(market.snapshots.column("side"), side))
            quote = quotes.get(side)
            lines.append(
                f"| {market.pair} | {side} | {_amount(quote)} "
                f"| {_price(quote, 'best_single_price')} | {_price(quote, 'best_split_price')} | {spread} "
                f"| {span_text(max(0.0, (now - rows[0]['snapshot_at']).total_seconds()))} "
                f"| {pc.sum(of_side.column('quarantined')).as_py()} |"
            )
    return "\n".join(lines)


def smallest_wide(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The quote for the smallest amount under the profile that admits all."""
    wide = [row for row in rows if row["profile"] == "wide"]
    return min(wide, key=lambda row: row["amount_fiat"], default=None)


def day_spread(quotes: Mapping[str, Mapping[str, Any] | None]) -> float | None:
    """The share lost by buying and selling back; None when one side can't be placed."""
    prices = [quote["best_split_price"] if quote else None for quote in (quotes.get("BUY"), quotes.get("SELL"))]
    buy, sell = prices
    return None if not buy or not sell else spread_of(buy, sell)


def _spread(quotes: Mapping[str, Mapping[str, Any] | None]) -> str:
    spread = day_spread(quotes)
    return DASH if spread is None else f"{spread * 100:.2f} %"


def _amount(quote: Mapping[str, Any] | None) -> str:
    if quote is None:
        return DASH
    # SELL gives an amount of the asset; the fiat amount only names the step.
    is_sell = quote["side"] == "SELL" and quote["amount_asset"] is not None
    return _digits(quote["amount_asset"] if is_sell else quote["amount_fiat"], quote["asset" if is_sell else "fiat"])


def _digits(value: Decimal, unit: str) -> str:
    return f"{value.normalize():,f} {unit}"


def _price(quote: Mapping[str, Any] | None, name: str) -> str:
    if quote is None or quote[name] is None:
        return DASH
    price: Decimal = quote[name]
    # Seven digits tell prices apart in any currency, from 0.000085 to 26,543.12.
    return f"{float(price):,.7g}"


def price_plot(markets: Sequence[MarketDay]) -> str | None:
    """The day's median price of each market side as a small PNG in Markdown; None when there is nothing to draw."""
    drawn = [market for market in markets if market.depth.num_rows > 1]
    if not drawn:
        return None

    def drawing(market: MarketDay) -> Callable[[Any], None]:
        def draw(axes: Any) -> None:
            for side, colour in (("BUY", "#1b7f5c"), ("SELL", "#b5483a")):
                rows = market.depth.filter(pc.equal(market.depth.column("side"), side))
                times, prices = rows.column("snapshot_at").to_pylist(), rows.column("median_price").to_pylist()
                values = [float("nan") if price is None else float(price) for price in prices]
                axes.plot(times, values, color=colour, linewidth=1, label=side)
            axes.set_title(f"{market.market_key}: median price", fontsize=9, loc="left")
            axes.legend(fontsize=7, frameon=False)

        return draw

    return markdown_picture("median prices", [drawing(market) for market in drawn])
