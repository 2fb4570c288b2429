"""A board with something of everything, its sums worked out from its books: for tests, and for looking at the pages.

    python -m p2p_pipeline_tests.exchanges.example_board DATA_FOLDER [cycles]

writes one into a data folder every five seconds, each a little different from the one before.
"""

from __future__ import annotations

import secrets
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from random import Random
from typing import Any

from p2p_pipeline.exchanges.board import Board, ExchangeHealth, SeenOpportunity, Watched
from p2p_pipeline.exchanges.hot_store.board_file import BoardFile
from p2p_pipeline.exchanges.scan.reasons import Reason, Transfer
from p2p_pipeline.exchanges.scan.results import BookUsed, CycleFound, CycleLeg, Eaten, Scan, Spatial
from p2p_pipeline.exchanges.venues.connector import NAMES
from p2p_pipeline.kernel.paths import DataPaths

SCAN_SECONDS = 5
SLIPPAGE = Decimal("0.05")
FEES = {name: Decimal("0.001") for name in NAMES} | {
    "kraken": Decimal("0.004"), "coinbase": Decimal("0.006"), "bitfinex": Decimal("0.002"), "upbit": Decimal("0.0025"),
}  # fmt: skip
_PLACES = Decimal("1e-12")
PAIRS: tuple[tuple[str, str, str, str, str, str, Transfer, tuple[str, ...]], ...] = (
    ("kucoin", "okx", "SOL/USDT", "1000", "151.20", "0.9", Transfer.TRANSFERABLE, ("SOL",)),
    ("mexc", "gate", "DOGE/USDT", "10000", "0.12344", "0.62", Transfer.TRANSFERABLE, ("DOGE",)),
    ("binance", "bybit", "XRP/USDT", "1000", "2.1530", "0.41", Transfer.TRANSFER_UNKNOWN, ()),
    ("htx", "bingx", "ADA/USDT", "100", "0.7421", "1.38", Transfer.NEEDS_INVENTORY, ()),
    ("bitget", "mexc", "LINK/USDT", "1000", "14.121", "0.36", Transfer.TRANSFERABLE, ("ETH", "BSC")),
    ("xt", "binance", "TRX/USDT", "10000", "0.27310", "0.55", Transfer.TRANSFERABLE, ("TRX",)),
    ("okx", "kucoin", "ETH/USDT", "10000", "2994.11", "0.33", Transfer.TRANSFERABLE, ("ETH", "ARBITRUM")),
)
"""Buys, sells, symbol, size, price, how much dearer the other side bids in per cent, transfer, chains."""


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_PLACES)


def _walk(levels: list[tuple[Decimal, Decimal]], quantity: Decimal) -> tuple[tuple[Eaten, ...], Decimal]:
    """The levels that a quantity takes, and what it costs or gives."""
    eaten, left = [], quantity
    for price, offered in levels:
        taken = min(left, offered)
        if taken <= 0:
            break
        eaten.append(Eaten(price, offered, taken))
        left -= taken
    return tuple(eaten), sum((one.price * one.taken for one in eaten), Decimal(0))


def example_spatial(
    buy: str, sell: str, symbol: str, notional: str, price: str, gross_pct: str, transfer: Transfer,
    chains: tuple[str, ...], seed: int = 0,
) -> Spatial:  # fmt: skip
    """An opportunity with every sum as the arithmetic says."""
    random, ask, size = Random(f"{buy}{sell}{symbol}{seed}"), Decimal(price), Decimal(notional)
    places = Decimal(1).scaleb(int(str(ask.as_tuple().exponent)))
    bid = ask * (1 + (Decimal(gross_pct) + Decimal(random.randint(-4, 4)) / 100) / 100)
    step = Decimal("0.001") if ask > 10 else Decimal(1)
    asks = [
        (ask + level * places, _lot(size / ask * Decimal(random.randint(20, 55)) / 100, step)) for level in range(6)
    ]
    bids = [
        ((bid - level * places).quantize(places), _lot(size / ask * Decimal(random.randint(25, 60)) / 100, step))
        for level in range(6)
    ]
    depth = sum((quantity for _, quantity in bids), Decimal(0))
    quantity = min(_lot(size / ask * Decimal("0.999"), step), depth)
    bought, cost = _walk(asks, quantity)
    sold, proceeds = _walk(bids, quantity)
    paid, got = cost * (1 + FEES[buy]), proceeds * (1 - FEES[sell])
    slippage = paid * SLIPPAGE / 100
    sell_vwap = proceeds / quantity
    withdrawal = (Decimal("0.008") * Decimal(150) / ask).quantize(Decimal("1e-6")) * sell_vwap / 10
    net = got - paid - slippage - withdrawal
    return Spatial(
        buy, sell, symbol, size, quantity, _rounded(cost / quantity), _rounded(sell_vwap), cost, proceeds, paid, got,
        slippage, _rounded(withdrawal), Decimal(0), _rounded(net), _rounded(net / paid * 100), quantity == depth,
        BookUsed(buy, symbol.replace("/", ""), random.randint(40, 900), random.randint(60, 1100), bought, FEES[buy]),
        BookUsed(sell, symbol.replace("/", "-"), random.randint(40, 900), None, sold, FEES[sell]),
        transfer, chains,
    )  # fmt: skip


def _lot(quantity: Decimal, step: Decimal) -> Decimal:
    return max(step, (quantity / step).to_integral_value(ROUND_FLOOR) * step)


def example_board(at: datetime, sequence: int = 1, service: str = "5d1e", seed: int = 0) -> Board:
    """The board of a scan at a moment."""
    found = [example_spatial(*pair, seed) for pair in PAIRS]
    accepted = sorted((one for one in found if one.net_edge_pct >= Decimal("0.1")), key=lambda one: -one.net_edge_pct)
    glitch = example_spatial("upbit", "htx", "SHIB/USDT", "1000", "0.00001210", "48", Transfer.NEEDS_INVENTORY, ())
    seen = tuple(
        SeenOpportunity(
            f"{one.buy}>{one.sell}:{one.symbol}",
            one,
            at - timedelta(seconds=SCAN_SECONDS * place * 7),
            at,
            place * 7 + 1,
            one.net_edge_pct + Decimal(place) / 50,
        )
        for place, one in enumerate(accepted)
    )
    rejected = {
        Reason.BELOW_MIN_EDGE: 20_871 + sequence, Reason.BOOK_STALE: 412, Reason.BOOK_INVALID: 118,
        Reason.IDENTITY_UNCONFIRMED: 96, Reason.BELOW_MIN_NOTIONAL: 9, Reason.BELOW_STEP: 3, Reason.TOO_GOOD: 1,
    }  # fmt: skip
    scan = Scan(
        sequence + 4_310, at, 3.4, 486, sum(rejected.values()) + len(accepted), tuple(accepted), (glitch,),
        _cycles(), rejected, _edges(accepted, seed),
    )  # fmt: skip
    return Board(
        sequence=sequence,
        service=service,
        is_simulated=True,
        scan=scan,
        opportunities=seen,
        cycles=_cycles(),
        exchanges=_health(at, seed),
        watched=_watched(),
        jitter_ms=1.8,
        found=len(accepted),
        detected_in_minute=3,
        rejected_totals={reason.value: count * 700 for reason, count in rejected.items()},
    )


def _edges(found: list[Spatial], seed: int) -> dict[tuple[str, str], Decimal]:
    random, edges = Random(seed + 5), {}
    for buy in NAMES:
        for sell in NAMES:
            if buy != sell and "bitfinex" not in (buy, sell):
                dear = 100 * (FEES[buy] + FEES[sell])
                edges[buy, sell] = -dear + Decimal(random.randint(-60, 40)) / 1000
    for one in found:
        edges[one.buy, one.sell] = max(one.net_edge_pct, edges[one.buy, one.sell])
    return edges


def _cycles() -> tuple[CycleFound, ...]:
    def leg(exchange: str, symbol: str, side: str, quantity: str, price: str) -> CycleLeg:
        amount, at = Decimal(quantity), Decimal(price)
        return CycleLeg(exchange, symbol, side, amount, at, (Eaten(at, amount * 3, amount),))

    thousand = Decimal(1000)
    return (
        CycleFound("kucoin", (
            leg("kucoin", "BTC-USDT", "BUY", "0.01096", "91200.1"),
            leg("kucoin", "ETH-BTC", "BUY", "0.33391", "0.032790"),
            leg("kucoin", "ETH-USDT", "SELL", "0.3335", "3012.44"),
        ), "USDT", thousand, Decimal("999.553096"), Decimal("1003.644"), Decimal("0.359287")),
        CycleFound("", (
            leg("binance", "SOLUSDT", "BUY", "6.61", "151.21"),
            leg("okx", "SOL-USDC", "SELL", "6.603", "152.3"),
            leg("okx", "USDC-USDT", "SELL", "1004.63", "0.9998"),
        ), "USDT", thousand, Decimal("999.4981"), Decimal("1003.4252"), Decimal("0.342907")),
    )  # fmt: skip


def _health(at: datetime, seed: int) -> tuple[ExchangeHealth, ...]:
    random, found = Random(seed + 3), []
    keyed = ("binance", "bybit", "mexc", "bingx")
    for name in NAMES:
        checks = name in ("okx", "kraken", "bitget", "bitfinex")
        integrity = (
            "full snapshots" if name in ("upbit", "bingx") else "sequence and checksum" if checks else "sequence"
        )
        health = ExchangeHealth(
            name, "live", random.randint(1, 4), 80, 39, 40, random.uniform(8, 240), random.uniform(-40, 40),
            random.randint(20_000, 900_000), 0, random.randint(0, 4), random.randint(0, 4), 0, random.randint(0, 2),
            integrity, "", at - timedelta(milliseconds=random.randint(5, 900)),
            "needs a key" if name in keyed else "known",
        )  # fmt: skip
        found.append(health)
    changes: dict[str, dict[str, Any]] = {
        "htx": {
            "state": "resyncing", "books_live": 12, "gaps": 31, "resyncs": 30,
            "last_error": "gap: prevSeqNum was 81002, wanted 80998",
        },
        "bitfinex": {
            "state": "unreachable", "connections": 0, "subscriptions": 0, "books_live": 0, "lag_ms": None,
            "clock_offset_ms": None, "frames": 0, "last_frame_at": None, "transfers": "unknown",
            "last_error": "no answer from api-pub.bitfinex.com: connection refused; tried again in 12 s",
        },
        "upbit": {"state": "maintenance", "books_live": 0, "last_error": "the exchange says maintenance"},
        "xt": {"state": "stale", "books_live": 3, "unreadable": 7, "last_error": "<b>no frame</b> for 31 s"},
    }  # fmt: skip
    return tuple(replace(one, **changes.get(one.name, {})) for one in found)


def _watched() -> tuple[Watched, ...]:
    near = Decimal("-0.3")
    found = [Watched(name, "BTC/USDT", "watch list") for name in NAMES[:5]]
    for place, pair in enumerate(PAIRS):
        found += [Watched(name, pair[2], "near edge", near + Decimal(place) / 10) for name in pair[:2]]
    return (
        *found,
        Watched("gate", "ATOM/USDT", "held", Decimal("-0.45")),
        Watched("okx", "ATOM/USDT", "held", Decimal("-0.45")),
    )


def changed_again(board: Board, at: datetime) -> Board:
    """The board of the next scan: other books, what is found again goes on living, every other loses its worst."""
    following = example_board(at, board.sequence + 1, board.service, board.sequence)
    before = {one.key: one for one in board.opportunities}
    kept = following.opportunities[: len(following.opportunities) - following.sequence % 2]
    lived = tuple(
        replace(
            one,
            first_seen=old.first_seen,
            scans=old.scans + 1,
            best_edge_pct=max(old.best_edge_pct, one.found.net_edge_pct),
        )
        if (old := before.get(one.key))
        else replace(one, first_seen=at, scans=1)
        for one in kept
    )
    scan = replace(following.scan, opportunities=tuple(one.found for one in kept))
    return replace(following, opportunities=lived, scan=scan)


def main(folder: str, cycles: str = "720") -> None:
    """Write one after another."""
    store = BoardFile(DataPaths(Path(folder)))
    board = example_board(datetime.now(UTC), service=secrets.token_hex(2))
    for _ in range(int(cycles)):
        store.publish(board)
        time.sleep(SCAN_SECONDS)
        board = changed_again(board, datetime.now(UTC))


if __name__ == "__main__":
    main(*sys.argv[1:])
