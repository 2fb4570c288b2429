"""The rules of paper.md once more, as plainly as they can be written: it shares no line with the package.

Every number is a Fraction, everything is looked up in what was seen so far, nothing is remembered to be quick.
"""

from __future__ import annotations

import copy
import gzip
import hashlib
import json
import re
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from p2p_pipeline_tests.paper.reference_fill_models import Life, added_up

DEFAULTS: dict[str, Any] = {
    "timeframe_minutes": 5,
    "long": {"price_move_pct": "0.5", "oiv_move_pct": "0.5"},
    "short": {"price_move_pct": "-0.5", "oiv_move_pct": "-0.5"},
    "entry": {"offset_pct": "0.1", "timeout_seconds": 30, "notional": 100, "post_only": True},
    "exit": {"take_profit_pct": "0.6", "stop_loss_pct": "0.4"},
    "touch_price": "best",
    "stop_trigger": "mark",
    "fees_pct": {"maker": "0.02", "taker": "0.055"},
    "fee_of": {"entry": "maker", "take_profit": "maker", "stop_loss": "maker", "forced": "taker"},
    "account": {"start_equity": 10000, "max_positions": 10},
    "universe": {
        "min_volatility_pct": 5, "min_turnover": 5000000, "max_symbols": 200, "warm_up_seconds": 5, "symbols": None,
    },
    "funding_cooldown": {"before_seconds": 60, "after_seconds": 60},
    "rearm_seconds": 1,
    "stale_after_seconds": 10,
    "reference_max_age_seconds": 10,
}  # fmt: skip
WORDS = {"long", "maker", "taker", "best", "last", "mark"}
PRICE_NAMES = ("markPrice", "lastPrice", "bid1Price", "ask1Price")
TRADED_BY = (*PRICE_NAMES, "openInterest", "openInterestValue")
CHOSEN_BY = (*TRADED_BY, "highPrice24h", "lowPrice24h", "turnover24h")
KLINE_NUMBERS = ("open", "high", "low", "close", "volume", "turnover")
NEWEST = 128
NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


class Bad(Exception):
    """A frame that can't be read."""


def configured(given: dict[str, Any]) -> dict[str, Any]:
    """The whole configuration."""
    config = copy.deepcopy(DEFAULTS)
    for name, value in given.items():
        if isinstance(value, dict):
            config[name].update(value)
        else:
            config[name] = value
    return config


def numbers(value: Any) -> Any:
    """The configuration with every number as a Fraction."""
    if isinstance(value, dict):
        return {name: numbers(one) for name, one in value.items()}
    if value is None or isinstance(value, bool | list) or (isinstance(value, str) and value in WORDS):
        return value
    return Fraction(str(value))


def text(value: Fraction) -> str:
    """A number without exponent and trailing zeros; every one here has a last decimal."""
    sign, value = ("-" if value < 0 else ""), abs(value)
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
        assert digits < 400
    whole = str(int(value * 10**digits)).rjust(digits + 1, "0")
    return sign + (f"{whole[:-digits]}.{whole[-digits:]}" if digits else whole)


def plain(value: Any) -> Any:
    """What JSON can hold."""
    if isinstance(value, Fraction):
        return text(value)
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def rounded(value: Fraction) -> Fraction:
    """To 12 decimals, half even: as Python rounds a Fraction."""
    return Fraction(round(value * 10**12), 10**12)


def parsed(value: Any) -> Fraction:
    """A number of a frame."""
    if not isinstance(value, str) or not NUMBER.fullmatch(value):
        raise Bad
    return Fraction(Decimal(value))


def figure(field: str, value: Any) -> Fraction | None:
    """One of a ticker's numbers; None for one that is not known."""
    if value in ("", None):
        return None
    found = parsed(value)
    if found <= 0 and field in PRICE_NAMES:
        return None
    if found < 0 and field != "fundingRate":
        raise Bad
    return found


def moment(value: Any) -> int:
    """Milliseconds since 1970, as a number or its digits."""
    if isinstance(value, str) and re.fullmatch("[0-9]{1,19}", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise Bad
    return value


class Reference:
    """A session by the rules."""

    def __init__(self, name: str, given: dict[str, Any]) -> None:
        self.name = name
        self.config = numbers(configured(given))
        self.lines: list[bytes] = []
        self.state = "STARTING"
        self.kept: dict[str, dict[str, Fraction]] = {}
        self.not_kept: dict[str, str] = {}
        self.next_page: str | None = ""
        self.tickers: dict[str, dict[str, Any]] = {}
        self.from_connection: dict[str, str] = {}
        self.heard: dict[str, int] = {}
        self.frames: dict[tuple[str, int], list[dict[str, Any]]] = {}
        self.marks: dict[str, Fraction] = {}
        self.first_snapshot: dict[str, int] = {}
        self.shown: dict[str, set[int]] = {}
        self.rates: dict[tuple[str, int], Fraction | None] = {}
        self.warm_from: int | None = None
        self.universe: list[str] | None = None
        self.candles: dict[tuple[str, int], Any] = {}
        self.refs: dict[str, tuple[int, Fraction, Fraction]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.positions: dict[str, dict[str, Any]] = {}
        self.ended: dict[str, int] = {}
        self.stale: set[str] = set()
        self.order_count = 0
        self.connections: dict[str, dict[str, Any]] = {}
        self.realised = self.fees = self.funding = Fraction(0)
        self.trades = self.wins = 0
        self.by_reason: dict[str, dict[str, Any]] = {}
        self.counters = {"ticks": 0, "unreadable": 0, "deltas_without_snapshot": 0, "conflicting_signal": 0}
        self.moments: list[tuple[int, str]] = []
        self.story: list[tuple[str, int, dict[str, Any]]] = []
        self.placed: list[tuple[int, str, dict[str, Any]]] = []

    # the log

    def say(self, at: int, kind: str, **fields: Any) -> None:
        prev = hashlib.sha256(self.lines[-1]).hexdigest() if self.lines else "0" * 64
        line = {**plain(fields), "n": len(self.lines) + 1, "at": at, "type": kind, "prev": prev}
        self.lines.append(json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())

    def enter(self, at: int, state: str, reason: str) -> None:
        self.state = state
        self.say(at, "session_state", state=state, reason=reason)

    # the queue

    def run(self, path: Path) -> list[bytes]:
        """All of a recording."""
        newest: dict[Any, int] = {}
        queue = []
        with gzip.open(path) as file:
            for number, raw in enumerate(file):
                line = json.loads(raw)
                if not self.is_ours(line):
                    continue
                rank = 1 if line["kind"] == "rest" else 0
                source = (rank, line["connection"])
                at = newest[source] = max(newest.get(source, 0), line["received_at_ns"] // 10**6)
                queue.append((at, rank, line["connection"], number, line))
        queue.sort(key=lambda one: one[:4])
        start, end = queue[0][0], queue[-1][0]
        self.say(start, "session_started", session=self.name, config=self.config, version=1)
        tick = start // 1000 * 1000 + 1000
        while True:
            options: list[tuple[Any, ...]] = [(*queue[0][:3], "frame")] if queue else []
            if tick <= end:
                options.append((tick, 3, "", "tick"))
            options += [(at, 2, symbol, "funding") for at, symbol in self.moments if at <= end]
            if not options:
                break
            at, _, source, kind = min(options)
            if kind == "frame":
                self.frame(at, queue.pop(0)[4])
            elif kind == "tick":
                self.tick(at)
                tick += 1000
            else:
                self.moments.remove((at, source))
                self.pay(source, at)
        self.stop(end)
        return self.lines

    def is_ours(self, line: dict[str, Any]) -> bool:
        if line["direction"] != "in" or "/spot" in line["url"]:
            return False
        return line["kind"] in ("ws", "rest", "open", "close")

    def frame(self, at: int, line: dict[str, Any]) -> None:
        name = line["connection"]
        try:
            if line["kind"] == "rest":
                self.page(at, line)
            elif line["kind"] in ("open", "close"):
                self.connection(at, name, is_open=line["kind"] == "open")
            else:
                self.message(at, name, line["body"])
        except Bad:
            self.counters["unreadable"] += 1
        if line["kind"] != "rest" and name in self.connections:
            self.connections[name]["heard"] = at

    def message(self, at: int, name: str, body: str) -> None:
        try:
            message = json.loads(body)
        except ValueError:
            raise Bad from None
        if not isinstance(message, dict):
            raise Bad
        topic = message.get("topic", "")
        kline = f"kline.{self.config['timeframe_minutes']}."
        if topic.startswith("tickers."):
            self.ticker(at, name, topic.removeprefix("tickers."), message)
        elif topic.startswith(kline):
            self.klines(at, topic.removeprefix(kline), message["data"])

    def connection(self, at: int, name: str, *, is_open: bool) -> None:
        known = self.connections.setdefault(name, {"open": not is_open, "heard": at, "lost": None})
        if known["open"]:
            known["lost"] = known["heard"] if is_open else at
            self.say(at, "connection", connection=name, what="lost", gap_ms=0)
        for symbol, its in self.from_connection.items():
            if its == name:
                self.tickers.pop(symbol, None)
        if is_open and known["lost"] is not None:
            self.say(at, "connection", connection=name, what="restored", gap_ms=at - known["lost"])
            known["lost"] = None
        known["open"] = is_open

    # start

    def page(self, at: int, line: dict[str, Any]) -> None:
        address = urlsplit(line["url"])
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/v5/market/kline":
            if asked.get("interval") == str(self.config["timeframe_minutes"]):
                self.answered_klines(at, json.loads(line["body"]))
            return
        if address.path != "/v5/market/instruments-info" or self.next_page is None:
            return
        if parse_qs(address.query).get("cursor", [""])[0] != self.next_page:
            return
        result = json.loads(line["body"])["result"]
        for row in result["list"]:
            symbol = row["symbol"]
            if symbol in self.kept or symbol in self.not_kept:
                continue
            reason = self.not_a_perpetual(row)
            if reason:
                self.not_kept[symbol] = reason
                continue
            lot = row["lotSizeFilter"]
            self.kept[symbol] = {
                "tick": parsed(row["priceFilter"]["tickSize"]), "step": parsed(lot["qtyStep"]),
                "least": parsed(lot["minOrderQty"]), "most": parsed(lot["maxOrderQty"]),
                "notional": parsed(lot["minNotionalValue"]),
            }  # fmt: skip
        self.next_page = result["nextPageCursor"] or None
        seen = [self.first_snapshot[symbol] for symbol in self.first_snapshot if self.takes_part(symbol)]
        if self.next_page is None and seen:
            self.warm_from = min(seen)
            self.enter(at, "WARMING_UP", "first_snapshot")

    def not_a_perpetual(self, row: dict[str, Any]) -> str | None:
        if row["contractType"] != "LinearPerpetual":
            return "contract_type"
        if row["quoteCoin"] != "USDT":
            return "quote_coin"
        if row["settleCoin"] != "USDT":
            return "settle_coin"
        if row["status"] != "Trading":
            return "status"
        return None if "tickSize" in row["priceFilter"] else "unreadable"

    def takes_part(self, symbol: str) -> bool:
        wanted = self.config["universe"]["symbols"]
        return symbol in self.kept and (wanted is None or symbol in wanted)

    def freeze(self, at: int) -> None:
        rules = self.config["universe"]
        excluded = {symbol: {"reason": reason} for symbol, reason in self.not_kept.items()}
        for symbol in rules["symbols"] or []:
            if symbol not in self.kept and symbol not in self.not_kept:
                excluded[symbol] = {"reason": "no_instrument"}
        good = []
        for symbol in self.kept:
            ticker = self.tickers.get(symbol, {})
            is_known = all(ticker.get(name) is not None for name in CHOSEN_BY) and ticker["lowPrice24h"] > 0
            figures = {}
            if is_known:
                low = ticker["lowPrice24h"]
                volatility = (ticker["highPrice24h"] - low) / low * 100
                figures = {"volatility_pct": rounded(volatility), "turnover24h": ticker["turnover24h"]}
            if rules["symbols"] is not None and symbol not in rules["symbols"]:
                excluded[symbol] = {"reason": "not_chosen", **figures}
            elif not is_known:
                excluded[symbol] = {"reason": "field_unknown"}
            elif volatility < rules["min_volatility_pct"]:
                excluded[symbol] = {"reason": "volatility", **figures}
            elif ticker["turnover24h"] < rules["min_turnover"]:
                excluded[symbol] = {"reason": "turnover", **figures}
            else:
                good.append((-ticker["turnover24h"], symbol, figures))
        good.sort(key=lambda one: one[:2])
        for _, symbol, figures in good[int(rules["max_symbols"]) :]:
            excluded[symbol] = {"reason": "max_symbols", **figures}
        ranked = [symbol for _, symbol, _ in good[: int(rules["max_symbols"])]]
        self.universe = sorted(ranked)
        rows = [{"symbol": symbol, **excluded[symbol]} for symbol in sorted(excluded)]
        self.say(at, "universe_frozen", symbols=ranked, excluded=rows)
        self.enter(at, "RUNNING", "universe_frozen")

    # market

    def ticker(self, at: int, name: str, symbol: str, message: dict[str, Any]) -> None:
        data = message["data"]
        if not isinstance(data, dict):
            raise Bad
        values: dict[str, Any] = {}
        for field in (*CHOSEN_BY, "fundingRate"):
            if field in data:
                values[field] = figure(field, data[field])
        if "nextFundingTime" in data:
            told = data["nextFundingTime"]
            values["nextFundingTime"] = None if told in ("", "0", 0, None) else moment(told)
        if self.universe is not None and symbol not in self.universe:
            return
        if message["type"] == "snapshot":
            self.tickers[symbol] = values
            self.first_snapshot.setdefault(symbol, at)
        elif symbol in self.tickers and self.from_connection[symbol] == name:
            self.tickers[symbol].update(values)
        else:
            self.counters["deltas_without_snapshot"] += 1
            return
        self.from_connection[symbol] = name
        ticker = self.tickers[symbol]
        if ticker.get("markPrice") is not None:
            self.marks[symbol] = ticker["markPrice"]
        frame = {"ts": message["ts"], "oiv": ticker.get("openInterestValue")}
        self.heard[symbol] = at
        for length in {self.candle_length(), 1000, 1}:
            before = self.frames.get((symbol, length), [])
            earlier = [one for one in before if one["ts"] // length < frame["ts"] // length]
            self.frames[symbol, length] = [*earlier, frame][-NEWEST:]
        self.note_funding(at, symbol, ticker)
        is_waiting = self.warm_from is None and self.next_page is None
        if message["type"] == "snapshot" and is_waiting and self.takes_part(symbol):
            self.warm_from = self.first_snapshot[symbol]
            self.enter(at, "WARMING_UP", "first_snapshot")
        self.broker(at, symbol)

    def note_funding(self, at: int, symbol: str, ticker: dict[str, Any]) -> None:
        funding_at = ticker.get("nextFundingTime")
        if funding_at is None:
            return
        if funding_at >= at:
            self.rates[symbol, funding_at] = ticker.get("fundingRate")
            if funding_at not in self.shown.get(symbol, set()):
                self.moments.append((funding_at, symbol))
        self.shown.setdefault(symbol, set()).add(funding_at)

    def pay(self, symbol: str, at: int) -> None:
        self.tell("funding_moment", at, symbol, (self.rates[symbol, at] or Fraction(0)) * self.marks[symbol])
        position = self.positions.get(symbol)
        if position and position["filled"] < at:
            rate, mark = self.rates[symbol, at], self.marks[symbol]
            amount = mark * position["quantity"] * (rate or 0) * position["sign"]
            self.funding -= amount
            kind = "funding_unknown" if rate is None else "funding_applied"
            self.say(
                at, kind, symbol=symbol, funding_at=at, rate=rate or Fraction(0), mark=mark,
                quantity=position["quantity"], amount=Fraction(amount),
            )  # fmt: skip
        if symbol not in self.stale:
            self.broker(at, symbol)

    def klines(self, at: int, symbol: str, rows: list[dict[str, Any]]) -> None:
        if self.universe is None or symbol not in self.universe:
            return
        for row in rows:
            if row["confirm"]:
                self.candle(at, symbol, row)
        if symbol not in self.stale:
            self.broker(at, symbol)

    def candle_length(self) -> int:
        return int(self.config["timeframe_minutes"]) * 60_000

    def answered_klines(self, at: int, answer: dict[str, Any]) -> None:
        if answer["retCode"]:
            raise Bad
        length = self.candle_length()
        rows = []
        for start, *figures in answer["result"]["list"][::-1]:
            end = int(start) + length - 1
            named = dict(zip(KLINE_NUMBERS, figures, strict=True))
            rows.append({"start": int(start), "end": end, "confirm": end < answer["time"], **named})
        self.klines(at, answer["result"]["symbol"], rows)

    def candle(self, at: int, symbol: str, row: dict[str, Any]) -> None:
        start, end = row["start"], row["end"]
        figures = (end, [parsed(row[name]) for name in KLINE_NUMBERS])
        if (symbol, start) in self.candles:
            if self.candles[symbol, start] != figures:
                self.say(at, "candle_conflict", symbol=symbol, start=start)
            return
        known = sorted(one for its, one in self.candles if its == symbol)
        if len(known) == NEWEST and start < known[0]:
            return
        if len(known) == NEWEST:
            del self.candles[symbol, known[0]]
        self.candles[symbol, start] = figures
        close = parsed(row["close"])
        lengths = [length for length in (self.candle_length(), 1000, 1) if (end + 1) % length == 0]
        before = [one for one in self.frames[symbol, lengths[0]] if one["ts"] <= end]
        last = before[-1] if before else None
        oldest = end - self.config["reference_max_age_seconds"] * 1000
        if last is None or not last["oiv"] or not close or last["ts"] < oldest:
            self.say(at, "reference_missing", symbol=symbol, start=start)
            return
        self.say(
            at, "candle_confirmed", symbol=symbol, start=start, end=end, close=close, ref_oiv=last["oiv"],
            ref_oiv_at=last["ts"],
        )  # fmt: skip
        if symbol in self.refs and self.refs[symbol][0] > start:
            return
        was_armed = self.is_armed(symbol)
        self.refs[symbol] = (start, close, last["oiv"])
        if not was_armed and self.is_armed(symbol):
            self.say(at, "symbol_armed", symbol=symbol)

    def is_armed(self, symbol: str) -> bool:
        busy = symbol in self.orders or symbol in self.positions or symbol in self.ended
        return symbol in self.refs and not busy and symbol not in self.stale

    # broker

    def price(self, symbol: str, which: str, *, is_buy: bool) -> Fraction | None:
        name = {"mark": "markPrice", "last": "lastPrice", "best": "ask1Price" if is_buy else "bid1Price"}[which]
        return self.tickers.get(symbol, {}).get(name)

    def fee(self, kind: str) -> Fraction:
        return Fraction(self.config["fees_pct"][self.config["fee_of"][kind]]) / 100

    def tell(self, what: str, at: int, symbol: str, value: Any) -> None:
        self.story.append((what, at, {symbol: value}))

    def broker(self, at: int, symbol: str) -> None:
        self.tell("prices", at, symbol, dict(self.tickers.get(symbol, {})))
        if symbol in self.positions:
            self.exits(at, symbol)
        elif symbol in self.orders:
            self.entry(at, symbol)

    def exits(self, at: int, symbol: str) -> None:
        position = self.positions[symbol]
        is_long, sign = position["sign"] == 1, position["sign"]
        trigger = self.price(symbol, self.config["stop_trigger"], is_buy=not is_long)
        touch = self.price(symbol, self.config["touch_price"], is_buy=not is_long)
        book = self.price(symbol, "best", is_buy=not is_long)
        if trigger is not None and trigger * sign <= position["stop"] * sign:
            prices = [position["stop"]] + ([] if book is None else [book])
            worse = min(prices) if is_long else max(prices)
            self.close(at, symbol, worse, "stop_loss", "stop_loss")
        elif touch is not None and touch * sign >= position["profit"] * sign:
            self.close(at, symbol, position["profit"], "take_profit", "take_profit")

    def close(self, at: int, symbol: str, price: Fraction, reason: str, fee_of: str) -> None:
        position = self.positions.pop(symbol)
        realised = (price - position["entry"]) * position["quantity"] * position["sign"]
        fee = price * position["quantity"] * self.fee(fee_of)
        self.realised += realised
        self.fees += fee
        self.trades += 1
        self.wins += realised > 0
        row = self.by_reason.setdefault(reason, {"trades": 0, "realised": Fraction(0), "fees": Fraction(0)})
        row["trades"] += 1
        row["realised"] += realised
        row["fees"] += fee
        self.ended[symbol] = at
        self.say(
            at, "position_closed", order=position["order"], symbol=symbol, side=position["side"],
            entry=position["entry"], exit=price, quantity=position["quantity"], reason=reason,
            realised=realised, fee=fee,
        )  # fmt: skip

    def entry(self, at: int, symbol: str) -> None:
        order, tick = self.orders[symbol], self.kept[symbol]["tick"]
        is_long, limit, sign = order["side"] == "LONG", order["limit"], order["sign"]
        touch = self.price(symbol, self.config["touch_price"], is_buy=is_long)
        if touch is None or touch * sign > limit * sign:
            return
        del self.orders[symbol]
        fee = limit * order["quantity"] * self.fee("entry")
        self.fees += fee
        profit = limit * (1 + sign * self.config["exit"]["take_profit_pct"] / 100)
        stop = limit * (1 - sign * self.config["exit"]["stop_loss_pct"] / 100)
        out, back = (ceil, floor) if is_long else (floor, ceil)
        self.positions[symbol] = {
            **order, "entry": limit, "filled": at, "profit": out(profit / tick) * tick,
            "stop": back(stop / tick) * tick,
        }  # fmt: skip
        self.say(
            at, "order_filled", order=order["order"], symbol=symbol, side=order["side"], price=limit,
            quantity=order["quantity"], fee=fee, touched_by=self.config["touch_price"],
            ticks_beyond=rounded((limit - touch) * sign / tick),
        )  # fmt: skip

    def place(self, at: int, symbol: str, side: str) -> None:
        rules, its, sign = self.config["entry"], self.kept[symbol], 1 if side == "LONG" else -1
        wanted = self.tickers[symbol]["markPrice"] * (1 - sign * rules["offset_pct"] / 100)
        limit = (floor if sign == 1 else ceil)(wanted / its["tick"]) * its["tick"]
        quantity = floor(rules["notional"] / limit / its["step"]) * its["step"]
        met = self.price(symbol, "best", is_buy=sign == 1)
        assert met is not None
        reason = None
        if quantity < its["least"]:
            reason = "quantity_below_minimum"
        elif quantity > its["most"]:
            reason = "quantity_above_maximum"
        elif quantity * limit < its["notional"]:
            reason = "notional_below_minimum"
        elif self.config["account"]["start_equity"] + self.realised - self.fees + self.funding <= 0:
            reason = "no_equity"
        elif rules["post_only"] and met * sign <= limit * sign:
            reason = "would_take"
        if reason:
            self.ended[symbol] = at
            self.say(
                at, "order_rejected", symbol=symbol, side=side, limit=limit, quantity=quantity, reason=reason
            )  # fmt: skip
            return
        self.order_count += 1
        expires = int(at + rules["timeout_seconds"] * 1000)
        self.orders[symbol] = {
            "order": self.order_count, "side": side, "sign": sign, "limit": limit, "quantity": quantity,
            "expires": expires,
        }  # fmt: skip
        self.placed.append((len(self.story), symbol, self.orders[symbol]))
        self.say(
            at, "order_placed", order=self.order_count, symbol=symbol, side=side, limit=limit, quantity=quantity,
            expires_at=expires,
        )  # fmt: skip

    # the clock

    def tick(self, at: int) -> None:  # noqa: C901 - the order of the rules
        self.counters["ticks"] += 1
        warm_up = self.config["universe"]["warm_up_seconds"] * 1000
        if self.universe is None and self.warm_from is not None and at >= self.warm_from + warm_up:
            self.freeze(at)
        if self.universe is None:
            return
        self.story.append(("second", at, {symbol: dict(self.tickers.get(symbol, {})) for symbol in self.universe}))
        for symbol in self.universe:
            self.judge_staleness(at, symbol)
        for symbol in self.universe:
            if symbol in self.orders and at >= self.orders[symbol]["expires"]:
                self.say(at, "order_expired", order=self.orders.pop(symbol)["order"], symbol=symbol)
                self.ended[symbol] = at
        cooldown = self.config["funding_cooldown"]
        times = {one for symbol in self.universe for one in self.shown.get(symbol, set())}
        is_cool = any(
            one - cooldown["before_seconds"] * 1000 <= at <= one + cooldown["after_seconds"] * 1000 for one in times
        )
        if is_cool and self.state == "RUNNING":
            self.enter(at, "COOLDOWN", "funding")
        elif not is_cool and self.state == "COOLDOWN":
            self.enter(at, "RUNNING", "cooldown_over")
        for symbol in self.universe:
            if symbol in self.ended and at >= self.ended[symbol] + self.config["rearm_seconds"] * 1000:
                del self.ended[symbol]
                self.say(at, "symbol_rearmed", symbol=symbol)
        if self.state == "RUNNING":
            for symbol in self.universe:
                if len(self.orders) + len(self.positions) < self.config["account"]["max_positions"]:
                    self.evaluate(at, symbol)

    def judge_staleness(self, at: int, symbol: str) -> None:
        is_stale = at - self.heard[symbol] > self.config["stale_after_seconds"] * 1000
        if is_stale and symbol not in self.stale:
            self.stale.add(symbol)
            self.say(at, "symbol_stale", symbol=symbol)
            self.tell("cancel", at, symbol, None)
            if symbol in self.orders:
                self.cancel(at, symbol, "stale")
        elif not is_stale and symbol in self.stale:
            self.stale.discard(symbol)
            self.say(at, "symbol_fresh", symbol=symbol)
            if self.is_armed(symbol):
                self.say(at, "symbol_armed", symbol=symbol)

    def cancel(self, at: int, symbol: str, reason: str) -> None:
        self.say(at, "order_cancelled", order=self.orders.pop(symbol)["order"], symbol=symbol, reason=reason)
        self.ended[symbol] = at

    def evaluate(self, at: int, symbol: str) -> None:
        ticker = self.tickers.get(symbol, {})
        if not self.is_armed(symbol) or any(ticker.get(name) is None for name in TRADED_BY):
            return
        _, close, ref_oiv = self.refs[symbol]
        mark, oiv = ticker["markPrice"], ticker["openInterestValue"]
        moves = ((mark - close) / close * 100, (oiv - ref_oiv) / ref_oiv * 100)
        holding = []
        for side in ("LONG", "SHORT"):
            rules = self.config[side.lower()]
            if rules is not None:
                limits = (rules["price_move_pct"], rules["oiv_move_pct"])
                reached = [
                    move >= limit if limit > 0 else move <= limit for move, limit in zip(moves, limits, strict=True)
                ]
                if all(reached):
                    holding.append(side)
        if len(holding) == 2:
            self.counters["conflicting_signal"] += 1
        elif holding:
            self.say(
                at, "signal", symbol=symbol, side=holding[0], mark=mark, oiv=oiv, ref_close=close, ref_oiv=ref_oiv,
                price_move_pct=rounded(moves[0]), oiv_move_pct=rounded(moves[1]),
            )  # fmt: skip
            self.place(at, symbol, holding[0])

    def stop(self, at: int) -> None:
        self.enter(at, "STOPPING", "stop")
        closing = {symbol: [self.forced(symbol, 1), self.forced(symbol, -1)] for symbol in self.universe or []}
        self.story.append(("stop", at, closing))
        for symbol in sorted(self.orders):
            self.cancel(at, symbol, "session_stop")
        for symbol in sorted(self.positions):
            price = self.forced(symbol, self.positions[symbol]["sign"])
            self.close(at, symbol, price, "session_stop", "forced")
        equity = self.config["account"]["start_equity"] + self.realised - self.fees + self.funding
        money = {"equity": equity, "realised": self.realised, "fees": self.fees, "funding": self.funding}
        self.say(at, "snapshot", **money, orders=[], positions=[], counters=self.counters)
        figures = {"trades": self.trades, "wins": self.wins, **money}
        models = {"touch": figures}
        for model in ("through", "queue_late"):
            # how each order would have gone, by what happened after it
            lives = [
                Life(model, self.config, order, self.kept[symbol]["tick"]).over(symbol, self.story[since:])
                for since, symbol, order in self.placed
            ]
            models[model] = added_up(self.config, lives)
        self.say(at, "summary", **figures, by_reason=self.by_reason, fill_models=models)
        self.enter(at, "STOPPED", "stop")

    def forced(self, symbol: str, sign: int) -> Fraction:
        price = self.price(symbol, "best", is_buy=sign == -1)
        return self.marks[symbol] if symbol in self.stale or price is None else price
