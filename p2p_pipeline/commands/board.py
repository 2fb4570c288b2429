"""`p2p board`: the live board in the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.terminal import plain_console
from p2p_pipeline.kernel.foreign_text import shown, shown_lines
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline.p2p.markets import SLOT_SECONDS, Side

if TYPE_CHECKING:
    from rich.table import Table

    from p2p_pipeline.p2p.answers.board import BoardRow

REFRESH_SECONDS = 2.0
PLAIN_WIDTH = 140
"""Of a board that goes to a file or a pipe."""
WIDE_ENOUGH = 112
"""A narrower terminal is shown fewer columns, for cut numbers would be wrong numbers."""


def board(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Print it once and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object, once.")] = False,
) -> None:
    """Show for each market and side what an amount costs now and whether the data is sound.

    --json gives {"asked_at", "rows": [...]}; a row has market_key, side, amount, best_single, best_split, splits,
    spread, depth_asset, offers, age_seconds, is_stale, is_sound, trouble.
    """
    if as_json:
        _print_json(context_of(context))
        return
    show_board(context_of(context), once=once)


def _print_json(started: CommandContext) -> None:
    from p2p_pipeline.p2p.answers.board import board_rows
    from p2p_pipeline.p2p.answers.now import AnswerDesk
    from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
    from p2p_pipeline.p2p.raw.reader import RawReader

    reader, now = RawReader(started.paths.root), datetime.now(UTC)
    rows = board_rows(AnswerDesk(reader, PaymentMap.load()), reader, started.settings, now)
    stale_after = started.settings.quality.stale_after_seconds
    print_json({"asked_at": now, "rows": [row.to_json(stale_after) for row in rows]})


def show_board(
    started: CommandContext,
    *,
    once: bool = False,
    since: datetime | None = None,
    status: Callable[[], str] = str,
    is_over: Callable[[], bool] = bool,
) -> None:
    """Draw the board until `is_over`, or Ctrl-C. `status` gives the line below it, `since` when collection began."""
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    from p2p_pipeline.p2p.answers.board import board_rows
    from p2p_pipeline.p2p.answers.now import AnswerDesk
    from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
    from p2p_pipeline.p2p.raw.reader import RawReader

    settings = started.settings
    reader = RawReader(started.paths.root)
    desk = AnswerDesk(reader, PaymentMap.load())
    zone = ZoneInfo(settings.timezone)

    def draw() -> Group:
        now = datetime.now(UTC)
        table = _table(board_rows(desk, reader, settings, now, since), now.astimezone(zone), console.width)
        return Group(table, Text(shown_lines(status())))

    console = plain_console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    if once or not console.is_terminal:
        console.print(draw())
        while not once and not is_over():
            time.sleep(SLOT_SECONDS)
            console.print(draw())
        return
    with Live(draw(), console=console, auto_refresh=False) as live:
        while not is_over():
            time.sleep(REFRESH_SECONDS)
            live.update(draw(), refresh=True)


def _table(rows: list[BoardRow], now: datetime, width: int) -> Table:
    from rich.table import Table

    table = Table(title=f"P2P markets, {now:%Y-%m-%d %H:%M:%S %Z}", title_justify="left")
    shown = [name for name in _COLUMNS if width >= WIDE_ENOUGH or name not in _LEFT_OUT_WHEN_NARROW]
    for name in shown:
        is_text = name in ("market", "side", "data")
        table.add_column(name, justify="left" if is_text else "right", no_wrap=name != "data")
    for row in rows:
        cells = dict(zip(_COLUMNS, _cells(row), strict=True))
        table.add_row(
            *(cells[name] for name in shown),
            style=None if row.is_sound else "red",
            end_section=row.market_side.side is Side.SELL,
        )
    return table


_COLUMNS = ("market", "side", "amount", "best single", "best split", "spread", "depth in 1 %", "age", "data")
_LEFT_OUT_WHEN_NARROW = ("best single", "depth in 1 %")


def _cells(row: BoardRow) -> tuple[str, ...]:
    market, is_buy = row.market_side.market, row.market_side.side is Side.BUY
    can_not = "" if not row.amount else "not known" if row.is_undecided else "can't be placed"
    return (
        market.key if is_buy else "",
        row.market_side.side.value,
        "" if row.amount is None else f"{_short(row.amount)} {market.fiat if is_buy else market.asset}",
        _short(row.best_single),
        f"{_short(row.best_split)} ({row.splits})" if row.splits else can_not,
        "" if row.spread is None else f"{row.spread:.2%}",
        "" if row.depth_asset is None else f"{_short(row.depth_asset)} {market.asset}",
        "" if row.age_seconds is None else _age(row.age_seconds),
        shown(row.trouble),
    )


def _short(value: Decimal | None) -> str:
    if value is None:
        return ""
    places = 0 if abs(value) >= 10_000 else 2 if abs(value) >= 10 else 4
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _age(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 600
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.0f} h"
    )
