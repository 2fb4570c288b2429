"""What the tab Results shows: fill models side by side, groups with bars, trades in the order asked for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from p2p_pipeline.paper.board import SessionBoard
from p2p_pipeline.paper.log.lines import decimal_text
from p2p_pipeline.paper.results.parts import Results, Sums, Trade
from p2p_pipeline.paper.words import FillModel

FIRST_TRADES = 50
USUAL_SORT = "-closed_at"
PARAMETERS = frozenset({"sort", "rows", "tz"})
SORTS: Mapping[str, Callable[[Trade], Any]] = {
    "order": lambda trade: trade.order,
    "closed_at": lambda trade: trade.closed_at,
    "symbol": lambda trade: trade.symbol,
    "side": lambda trade: trade.side,
    "entry": lambda trade: trade.entry,
    "exit": lambda trade: trade.exit,
    "held": lambda trade: trade.closed_at - trade.opened_at,
    "reason": lambda trade: trade.reason,
    "ticks_beyond": lambda trade: trade.ticks_beyond,
    "realised": lambda trade: trade.realised,
    "fees": lambda trade: trade.fees,
    "funding": lambda trade: trade.funding,
    "net": lambda trade: trade.net,
}
_WORDS = ("symbol", "side", "reason")


@dataclass(frozen=True, slots=True)
class AskedTrades:
    """What an address asks for."""

    sort: str = USUAL_SORT
    """A column; with a minus before it from the greatest down."""
    has_all_rows: bool = False
    notices: tuple[str, ...] = ()
    """Names in the address that mean nothing here."""

    @property
    def column(self) -> str:
        """Which one they are sorted by."""
        return self.sort.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        """Whether from the greatest down."""
        return self.sort.startswith("-")

    def values(self, **changed: str) -> dict[str, str]:
        """For an address that asks for the same, but for what is changed; the usual is left out."""
        told = {"sort": "" if self.sort == USUAL_SORT else self.sort, "rows": "all" if self.has_all_rows else ""}
        return {**told, **changed}

    def sorted_by(self, column: str) -> str:
        """What the head of a column asks for: this column, or the other way round. Numbers begin with the greatest."""
        if column == self.column:
            return column if self.is_descending else f"-{column}"
        return column if column in _WORDS else f"-{column}"


def asked_trades(given: Mapping[str, str]) -> AskedTrades:
    """Read an address; what can't be is left out and told."""
    sort = given.get("sort", "")
    wrong = [name for name in given if name not in PARAMETERS]
    if sort.removeprefix("-") not in SORTS:
        wrong += ["sort"] if sort else []
        sort = USUAL_SORT
    return AskedTrades(sort, given.get("rows") == "all", tuple(wrong))


def trades_shown(trades: Iterable[Trade], asked: AskedTrades) -> list[Trade]:
    """In their order; equals by order number."""
    by_number = sorted(trades, key=lambda trade: trade.order)
    return sorted(by_number, key=SORTS[asked.column], reverse=asked.is_descending)


@dataclass(frozen=True, slots=True)
class ModelShown:
    """What the orders came to under one fill model."""

    name: str
    trades: int
    wins: int
    realised: Decimal
    fees: Decimal
    funding: Decimal
    equity: Decimal
    change: Decimal
    """Of the equity since the start, or since it began anew."""
    judged: Decimal
    """Of the equity in the time that all of them were counted in: since the last crash, if there was one."""
    judged_from: Decimal
    """The equity that this time began with."""
    is_worst: bool
    since: int | None
    """Where it began anew after a crash, ms."""


def models_shown(results: Results, board: SessionBoard | None) -> list[ModelShown]:
    """The summary's three, or while there is none those of the board; from the kindest on."""
    told: Mapping[str, Mapping[str, Any]] = results.fill_models
    if not told and board is not None:
        # open positions at mark are in these
        told = {one.model: {name: getattr(one, name) for name in one.__struct_fields__} for one in board.models}
    found = [(name.value, told[name.value]) for name in FillModel if name.value in told]
    began, start = [figures["since"] for _, figures in found if figures.get("since")], results.money.start
    # before a crash only the session's own fills were counted: what they came to then says nothing of the others
    judged_from = equity_at(results, max(began)) if began else start
    worst = min((Decimal(figures["equity"]) for _, figures in found), default=None)
    return [
        ModelShown(
            name=name,
            trades=int(figures["trades"]),
            wins=int(figures["wins"]),
            realised=Decimal(figures["realised"]),
            fees=Decimal(figures["fees"]),
            funding=Decimal(figures["funding"]),
            equity=Decimal(figures["equity"]),
            change=Decimal(figures["equity"]) - (judged_from if figures.get("since") else start),
            judged=Decimal(figures["equity"]) - judged_from,
            judged_from=judged_from,
            is_worst=Decimal(figures["equity"]) == worst,
            since=figures.get("since"),
        )
        for name, figures in found
    ]


def equity_at(results: Results, at: int) -> Decimal:
    """Without open positions, at a time."""
    return next((point.equity for point in reversed(results.equity) if point.at <= at), results.money.start)


@dataclass(frozen=True, slots=True)
class GroupShown:
    """Some trades and a bar for what they came to."""

    name: str
    sums: Sums
    bar_from: float
    bar_width: float
    """Of a hundred; losses end at 50, gains begin there."""


def groups_shown(groups: Mapping[Any, Sums], name: Callable[[Any], str], *, is_by_net: bool) -> list[GroupShown]:
    """By what they came to, the most first, or in their own order."""
    greatest = max((abs(sums.net) for sums in groups.values()), default=Decimal(0)) or Decimal(1)
    found = []
    for key, sums in groups.items():
        width = round(50 * float(abs(sums.net) / greatest), 1)
        found.append(GroupShown(name(key), sums, 50 - width if sums.net < 0 else 50, width))
    return sorted(found, key=lambda one: (-one.sums.net, one.name)) if is_by_net else found


@dataclass(frozen=True, slots=True)
class CostsShown:
    """What came in before costs, each cost, and what was left; costs stand below 0."""

    realised: Decimal
    maker: Decimal
    taker: Decimal
    funding_paid: Decimal
    funding_received: Decimal
    net: Decimal


def costs_shown(results: Results) -> CostsShown:
    """Of the session itself."""
    costs, money = results.costs, results.money
    net = money.realised - money.fees + money.funding
    return CostsShown(
        money.realised, -costs.maker, -costs.taker, -costs.funding_paid, costs.funding_received, net
    )  # fmt: skip


def text_of(value: Decimal | None) -> str | None:
    """As the writers of a session's figures take it."""
    return None if value is None else decimal_text(value)
