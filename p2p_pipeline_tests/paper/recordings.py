"""Recordings of Bybit's linear market that are made here: by hand, a frame at a time, or at random from a seed."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

START = 1_700_000_000_000
"""A whole second, and the end of no candle."""
SOCKET = "wss://stream.bybit.com/v5/public/linear"
INSTRUMENTS = "/v5/market/instruments-info?category=linear&limit=1000"
KLINE = "/v5/market/kline?category=linear&symbol={}&interval=1&limit=2"

TICKER = {
    "markPrice": "100", "lastPrice": "100", "bid1Price": "99.9", "ask1Price": "100.1", "openInterest": "1000",
    "openInterestValue": "100000", "highPrice24h": "110", "lowPrice24h": "95", "turnover24h": "9000000",
    "fundingRate": "0.0001", "nextFundingTime": str(START + 4 * 3_600_000),
}  # fmt: skip


def instrument(symbol: str, **changed: Any) -> dict[str, Any]:
    return {
        "symbol": symbol, "contractType": "LinearPerpetual", "status": "Trading", "baseCoin": symbol[:-4],
        "quoteCoin": "USDT", "settleCoin": "USDT", "priceFilter": {"tickSize": "0.1"},
        "lotSizeFilter": {"qtyStep": "0.01", "minOrderQty": "0.01", "maxOrderQty": "1000", "minNotionalValue": "5"},
        "fundingInterval": 480, **changed,
    }  # fmt: skip


class Recording:
    """Frames in the order in which they are put in; times are ms after START."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def put(self, at: int, body: Any, *, connection: str = "ws1", **more: Any) -> Recording:
        text = body if isinstance(body, str) else json.dumps(body)
        line = {
            "received_at_ns": (START + at) * 1_000_000, "venue": "bybit", "connection": connection, "direction": "in",
            "kind": "ws", "url": SOCKET, "opcode": "text", "encoding": "text", "body": text,
        }  # fmt: skip
        self.lines.append({**line, **more})
        return self

    def instruments(self, *rows: dict[str, Any], at: int = 0, cursor: str = "", next_cursor: str = "") -> Recording:
        url = f"{INSTRUMENTS}&cursor={cursor}" if cursor else INSTRUMENTS
        result = {"category": "linear", "list": list(rows), "nextPageCursor": next_cursor}
        body = {"retCode": 0, "retMsg": "OK", "result": result}
        return self.put(at, body, connection="http0", kind="rest", url=url)

    def snapshot(self, at: int, symbol: str = "AAAUSDT", **changed: str) -> Recording:
        return self.ticker(at, symbol, "snapshot", ts=None, **{**TICKER, **changed})

    def ticker(
        self, at: int, symbol: str = "AAAUSDT", kind: str = "delta", /, *, ts: int | None = None, **values: str
    ) -> Recording:
        data = {"symbol": symbol, **values}
        message = {"topic": f"tickers.{symbol}", "type": kind, "ts": START + (at if ts is None else ts), "data": data}
        return self.put(at, message)

    def kline(
        self,
        at: int,
        start: int,
        symbol: str = "AAAUSDT",
        close: str = "100",
        *,
        confirm: bool = True,
        minutes: int = 1,
    ) -> Recording:
        return self.put(at, kline_message(symbol, 1, [kline_row(start, 1, close, confirm=confirm)]))

    def write(self, path: Path) -> Path:
        with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
            file.writelines(json.dumps(line) + "\n" for line in self.lines)
        return path


def kline_row(start: int, minutes: int, close: str, *, confirm: bool = True, volume: str = "1") -> dict[str, Any]:
    """A row whose `start` is ms after START."""
    return {
        "start": START + start, "end": START + start + minutes * 60_000 - 1, "interval": str(minutes), "open": close,
        "close": close, "high": close, "low": close, "volume": volume, "turnover": "1", "confirm": confirm,
        "timestamp": START + start + minutes * 60_000,
    }  # fmt: skip


def kline_message(symbol: str, minutes: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"topic": f"kline.{minutes}.{symbol}", "type": "snapshot", "ts": START, "data": rows}


def random_settings(rng: random.Random) -> dict[str, Any]:
    """A configuration under which much happens in two minutes."""
    move = rng.choice(["0.02", "0.05", "0.1"])
    directions: dict[str, Any] = {
        "long": rng.choice([None, {"price_move_pct": f"-{move}", "oiv_move_pct": f"-{move}"}])
        if rng.random() < 0.3
        else {"price_move_pct": move, "oiv_move_pct": move},
        "short": {"price_move_pct": f"-{move}", "oiv_move_pct": f"-{move}"} if rng.random() < 0.9 else None,
    }
    fees = ("maker", "taker")
    return {
        "timeframe_minutes": 1,
        **directions,
        "entry": {
            "offset_pct": rng.choice(["0", "0.02", "0.1"]), "timeout_seconds": rng.choice([3, "7.5", 30, 30]),
            "notional": rng.choice([100, 100, "33.3", 4]), "post_only": rng.random() < 0.6,
        },
        "exit": {
            "take_profit_pct": rng.choice(["0.05", "0.6", "3"]), "stop_loss_pct": rng.choice(["0.05", "0.4", "3"]),
        },
        "touch_price": rng.choice(["best", "last", "mark"]),
        "stop_trigger": rng.choice(["best", "last", "mark"]),
        "fee_of": {name: rng.choice(fees) for name in ("entry", "take_profit", "stop_loss", "forced")},
        "account": {"start_equity": rng.choice([10000, "0.001"]) if rng.random() < 0.2 else 10000,
                    "max_positions": rng.choice([1, 2, 10, 10])},
        "universe": {
            "min_volatility_pct": rng.choice([0, 5]), "min_turnover": rng.choice([0, 5000000]),
            "max_symbols": rng.choice([2, 200]), "warm_up_seconds": rng.choice([0, 1, "2.5"]),
            "symbols": rng.choice([None, None, ["AAAUSDT", "BBBUSDT", "CCCUSDT", "NONEUSDT"]]),
        },
        "funding_cooldown": {"before_seconds": rng.choice([0, 2]), "after_seconds": rng.choice([0, "1.5"])},
        "rearm_seconds": rng.choice([0, 1, "2.2"]),
        "stale_after_seconds": rng.choice([2, "4.5", 10, 10]),
        "reference_max_age_seconds": rng.choice([1, 5, 10, 10]),
    }  # fmt: skip


ODD: tuple[Any, ...] = (
    "-1", "-0.0", "0.0", "0", "", None, "1e5", "1E5", "+1", ".5", "5.", " 1", "1_0", "٣", "NaN", "Infinity", "0x1",
    5, True, "007.50", "1" * 21, "0." + "1" * 21, "99999999999999999999",
)  # fmt: skip
"""Where a number is expected; some of them are one."""


class RandomRecording:
    """Two minutes of a few symbols with everything that goes wrong: gaps, deltas, late and conflicting candles, funding
    moments, equal times, stale symbols, lost connections, nonsense."""

    def __init__(self, seed: int, seconds: int = 100) -> None:
        self.rng = random.Random(seed)
        self.odd = random.Random(f"odd {seed}")
        self.seconds = seconds
        self.recording = Recording()
        self.settings = random_settings(self.rng)
        self.symbols = [f"{name * 3}USDT" for name in "ABCDE"[: self.rng.randint(1, 5)]]
        self.price = {symbol: 1000 + self.rng.randrange(200) for symbol in self.symbols}
        self.closes: dict[tuple[str, int], int] = {}
        self.interest = dict.fromkeys(self.symbols, 100_000)
        # the first candle ends 20 seconds after the start
        self.first_end = 20_000
        self.funding_at = self.first_end + self.rng.randrange(0, 12) * 1000
        self._make()

    def _make(self) -> None:
        rng, record = self.rng, self.recording
        self._instruments()
        for symbol in self.symbols:
            if rng.random() < 0.95:
                record.put(rng.choice([0, 0, 7, 300]), self._ticker(symbol, 0, "snapshot"))
        silent = {rng.choice(self.symbols): rng.randrange(15_000, 60_000)} if rng.random() < 0.5 else {}
        at = 300
        while at < self.seconds * 1000:
            at += rng.choice([0, 0, 1, 37, 120, 250, 333, 500, 1000 - at % 1000])
            symbol = rng.choice(self.symbols)
            if symbol in silent and silent[symbol] <= at < silent[symbol] + 14_000:
                continue
            self._step(symbol, at)
        # one socket's frames after the other's: times and sources decide, not the place in the file
        if rng.random() < 0.3:
            record.lines.sort(key=lambda line: str(line["connection"]))

    def _step(self, symbol: str, at: int) -> None:
        rng, record, connection = self.rng, self.recording, self._connection(symbol)
        self.price[symbol] = max(self.price[symbol] + rng.randrange(-4, 5), 5)
        self.interest[symbol] += rng.randrange(-300, 301)
        dice = rng.random()
        if dice < 0.84:
            record.put(at, self._ticker(symbol, at, "delta"), connection=connection)
        elif dice < 0.88:
            record.put(at, self._ticker(symbol, at, "snapshot"), connection=connection)
        elif dice < 0.97:
            record.put(at, self._klines(symbol, at), connection=rng.choice([connection, connection, "ws3"]))
        elif dice < 0.975:
            record.put(at, self._answer(symbol, at), connection="http0", kind="rest", url=KLINE.format(symbol))
        elif dice < 0.98:
            record.put(
                at,
                rng.choice(
                    [
                        "{",
                        "[]",
                        '{"topic":"tickers.AAAUSDT","type":"delta","ts":1,"data":[]}',
                        '{"op":"pong","success":true}',
                        '{"topic":"publicTrade.AAAUSDT","data":[]}',
                    ]
                ),
            )
        elif dice < 0.99 and rng.random() < 0.5:
            record.put(at, "", connection=connection, kind="close")
            if rng.random() < 0.7:
                record.put(at + 400, "", connection=connection, kind="open")
                record.put(at + 410, self._ticker(symbol, at, "snapshot"), connection=connection)
        else:
            record.put(at, {"op": "subscribe"}, connection=connection, direction="out")
            record.put(at, self._ticker(symbol, at, "delta"), connection="spot", url=SOCKET.replace("linear", "spot"))

    def _connection(self, symbol: str) -> str:
        return "ws1" if self.symbols.index(symbol) % 2 == 0 else "ws2"

    def _instruments(self) -> None:
        rng, record = self.rng, self.recording
        rows = [
            instrument(symbol, priceFilter={"tickSize": rng.choice(["0.1", "0.05", "0.03"])}) for symbol in self.symbols
        ]
        rows += [
            instrument("OLDUSDT", status="Closed"), instrument("USDPERP", settleCoin="USDC"),
            instrument("DATEDUSDT", contractType="LinearFutures"), instrument("BADUSDT", priceFilter={}),
        ]  # fmt: skip
        rng.shuffle(rows)
        at = rng.choice([0, 0, 250])
        if rng.random() < 0.5:
            record.instruments(*rows[:3], at=at, next_cursor="second page")
            record.instruments(*rows[3:], at=at + 1, cursor="second%20page")
        else:
            record.instruments(*rows, at=at)

    def _ticker(self, symbol: str, at: int, kind: str) -> dict[str, Any]:
        rng = self.rng
        price, spread = self.price[symbol], rng.choice([1, 1, 2, 5])
        open_interest = self.interest[symbol]
        # a funding time every 12 seconds, the next one shown at once or a little late
        since = (at - rng.choice([0, 700]) - self.funding_at) // 12_000
        next_funding = self.funding_at + (since + 1) * 12_000
        values = {
            "markPrice": f"{price / 10:.1f}{rng.choice(['', '3', '00'])}", "lastPrice": f"{(price + 1) / 10:.1f}",
            "bid1Price": rng.choice([f"{(price - spread) / 10:.1f}"] * 40 + ["", "0"]),
            "ask1Price": f"{(price + spread) / 10:.1f}", "openInterest": f"{open_interest}",
            "openInterestValue": f"{open_interest * price / 10:.2f}",
            "highPrice24h": "140", "lowPrice24h": rng.choice(["95"] * 9 + ["136"]),
            "turnover24h": rng.choice(["9000000.5", "12000000"]),
            "fundingRate": rng.choice(["0.0001", "-0.00034", "0.000125", ""]),
            "nextFundingTime": str(START + next_funding),
        }  # fmt: skip
        if kind == "delta":
            values = {name: values[name] for name in rng.sample(sorted(values), rng.randint(0, 6))}
        if values and self.odd.random() < 0.03:
            values[self.odd.choice(sorted(values))] = self.odd.choice(ODD)
        message = {"topic": f"tickers.{symbol}", "type": kind, "ts": START + at - rng.choice([0, 0, 0, 0, 3, 40, 2000])}
        return {**message, "data": {"symbol": symbol, **values}}

    def _answer(self, symbol: str, at: int) -> dict[str, Any]:
        message = self._klines(symbol, at)
        names = ("start", "open", "high", "low", "close", "volume", "turnover")
        rows = sorted(([str(row[name]) for name in names] for row in message["data"]), reverse=True)
        told_at = START + at - self.rng.choice([0, 0, 0, 30_000])
        result = {"category": "linear", "symbol": symbol, "list": rows}
        refused = self.rng.random() < 0.1
        return {"retCode": 10006 if refused else 0, "retMsg": "", "result": {} if refused else result, "time": told_at}

    def _klines(self, symbol: str, at: int) -> dict[str, Any]:
        rng = self.rng
        current = (at - self.first_end) // 60_000 * 60_000 + self.first_end
        rows = []
        for back in rng.choice([(1,), (1,), (1,), (1, 0), (2, 1), (1, 1), (0,)]):
            start = current - back * 60_000
            # of each candle mostly the same numbers, so that a conflict is an exception
            close = self.closes.setdefault((symbol, start), self.price[symbol] + rng.randrange(-3, 4))
            if rng.random() < 0.1:
                close = self.price[symbol] + rng.randrange(-3, 4)
            rows.append(
                kline_row(start, 1, f"{close / 10:.1f}", confirm=back > 0 and rng.random() < 0.95,
                          volume=rng.choice(["1"] * 9 + ["2"]))
            )  # fmt: skip
        return kline_message(symbol, 1, rows)
