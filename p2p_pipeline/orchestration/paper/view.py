"""What a paper session looks like to a person in Dagster: numbers, small tables, and its equity drawn. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from p2p_pipeline.kernel.foreign_text import markdown_row
from p2p_pipeline.orchestration.pictures import markdown_picture
from p2p_pipeline.paper.results.parts import Results, Sums, Trade
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.tables.rows import moment

_SHOWN_TRADES = 5
_SHOWN_SYMBOLS = 12
_SUMS = ("trades", "wins", "realised", "fees", "funding", "net")


def money_text(amount: Decimal) -> str:
    """For a person: four decimals."""
    return f"{amount:,.4f}"


def what_it_came_to(found: Results) -> str:
    """The session's money, as a sum that can be added up by eye."""
    money, costs = found.money, found.costs
    rows = [
        ("start", money.start),
        ("realised", money.realised),
        ("maker fees", -costs.maker),
        ("taker fees", -costs.taker),
        ("funding received", costs.funding_received),
        ("funding paid", -costs.funding_paid),
        ("equity", money.equity),
    ]
    return table_text(("USDT", "amount"), [(name, money_text(amount)) for name, amount in rows])


def set_otherwise(config: Mapping[str, Any]) -> str:
    """What of the configuration is not the default."""
    usual = _flat(PaperSettings().model_dump(mode="json"))
    rows = [
        (name, _short(value), _short(usual.get(name)))
        for name, value in _flat(config).items()
        if _short(value) != _short(usual.get(name))
    ]
    return table_text(("set otherwise", "here", "usually"), rows) if rows else "Every value is the default."


def by_reason(found: Results) -> str:
    """Why positions were closed."""
    return _sums_table("closed by", found.by_reason)


def by_symbol(found: Results) -> str:
    """The symbols that moved most money, either way."""
    most = sorted(found.by_symbol.items(), key=lambda one: (-abs(one[1].net), one[0]))
    left = len(most) - _SHOWN_SYMBOLS
    more = f"\n\n… and {left} more symbols" if left > 0 else ""
    return _sums_table("symbol", dict(most[:_SHOWN_SYMBOLS])) + more


def best_and_worst(trades: Sequence[Trade]) -> str:
    """The trades at both ends."""
    ordered = sorted(trades, key=lambda trade: (trade.net, trade.order))
    ends = ordered if len(ordered) <= 2 * _SHOWN_TRADES else [*ordered[:_SHOWN_TRADES], *ordered[-_SHOWN_TRADES:]]
    rows = [
        (
            f"{trade.symbol} {trade.side}",
            trade.reason,
            f"{moment(trade.closed_at):%m-%d %H:%M:%S}",
            f"{trade.order}",
            money_text(trade.net),
        )
        for trade in reversed(ends)
    ]
    return table_text(("position", "closed by", "closed (UTC)", "order", "net"), rows, words=2)


def models_side_by_side(found: Results) -> str:
    """The fill models' results, the kindest first."""
    rows = [
        (name, f"{figures['trades']:,}", *(money_text(figures[one]) for one in ("realised", "fees", "equity")))
        for name, figures in found.fill_models.items()
    ]
    return table_text(("fills", "trades", "realised", "fees", "equity"), rows)


def equity_picture(found: Results) -> str | None:
    """The equity over time; None when nothing changed it."""
    if len(found.equity) < 2:
        return None

    def draw(axes: Any) -> None:
        times = [moment(point.at) for point in found.equity] + [moment(found.ended_at)]
        values = [float(point.equity) for point in found.equity]
        axes.step(times, [*values, values[-1]], where="post", color="#1b7f5c", linewidth=1, label="without positions")
        shown = found.shown_equity
        axes.plot(
            [moment(one.at) for one in shown], [float(one.equity) for one in shown], ".", color="#b5483a",
            markersize=4, label="with positions at mark",
        )  # fmt: skip
        axes.axhline(float(found.money.start), color="#999999", linewidth=0.6)
        axes.set_title("equity, USDT (UTC)", fontsize=9, loc="left")
        axes.legend(fontsize=7, frameon=False)

    return markdown_picture("equity", [draw])


def _sums_table(what: str, groups: Mapping[str, Sums]) -> str:
    rows = [
        (name, f"{one.trades:,}", f"{one.wins:,}", *(money_text(getattr(one, field)) for field in _SUMS[2:]))
        for name, one in groups.items()
    ]
    return table_text((what, *_SUMS), rows) if rows else "No position was closed."


def table_text(head: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """A Markdown table: the first columns are words, to the left; the others figures, to the right."""
    lines = [markdown_row(head), f"{'|---' * words}{'|--:' * (len(head) - words)}|"]
    return "\n".join([*lines, *(markdown_row(row) for row in rows)])


def _flat(config: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in config.items():
        place = f"{before}{name}"
        found |= _flat(value, f"{place}.") if isinstance(value, Mapping) else {place: value}
    return found


def _short(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"{len(value)}: {', '.join(map(str, value[:4]))}{' …' if len(value) > 4 else ''}"
    return "off" if value is None else str(value)
