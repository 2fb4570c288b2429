# ruff: noqa: T201
"""nautilus_trader: quote ticks of all symbols, a limit order below the price at a move of half a per cent.

    python nautilus_thresholds.py QUOTES.npz

Prints the processor seconds of the run alone: making its objects is not counted. It knows no open interest value, no
universe, no funding here; stops and take-profits are looked at by the strategy at each quote.
"""

from __future__ import annotations

import json
import sys
import time
from decimal import Decimal

import numpy as np
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.config import BacktestEngineConfig, LoggingConfig
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

VENUE = Venue("BYBIT")
CANDLE_NS = 300 * 10**9


class Thresholds(Strategy):
    """Half a per cent up since the last candle's end buys, half a per cent down sells."""

    def __init__(self, instruments):
        super().__init__()
        self.instruments, self.reference, self.candle, self.entry, self.orders = instruments, {}, {}, {}, 0

    def on_start(self):
        for instrument in self.instruments:
            self.subscribe_quote_ticks(instrument.id)

    def on_quote_tick(self, tick):
        name, mark = tick.instrument_id, (float(tick.bid_price) + float(tick.ask_price)) / 2
        candle = tick.ts_event // CANDLE_NS
        if self.candle.get(name) != candle:
            self.candle[name], self.reference[name] = candle, mark
        entry = self.entry.get(name)
        if entry is not None:
            move = (mark / entry[1] - 1) * entry[0]
            if (move >= 0.006 or move <= -0.004) and self.portfolio.net_position(name):
                self.close_all_positions(name)
                self.entry[name] = None
            return
        move = mark / self.reference[name] - 1
        if abs(move) >= 0.005 and len([one for one in self.entry.values() if one]) < 10:
            sign = 1 if move > 0 else -1
            price = mark * (1 - sign * 0.001)
            instrument = self.cache.instrument(name)
            side = OrderSide.BUY if sign > 0 else OrderSide.SELL
            quantity = instrument.make_qty(100 / price)
            self.submit_order(self.order_factory.limit(name, side, quantity, instrument.make_price(price)))
            self.entry[name], self.orders = (sign, price), self.orders + 1


def perpetual(name):
    """A perpetual with four decimals."""
    return CryptoPerpetual(
        instrument_id=InstrumentId(Symbol(name), VENUE), raw_symbol=Symbol(name), base_currency=BTC,
        quote_currency=USDT, settlement_currency=USDT, is_inverse=False, price_precision=4, size_precision=2,
        price_increment=Price.from_str("0.0001"), size_increment=Quantity.from_str("0.01"), max_quantity=None,
        min_quantity=None, max_notional=None, min_notional=None, max_price=None, min_price=None,
        margin_init=Decimal("0.05"), margin_maint=Decimal("0.02"), maker_fee=Decimal("0.0002"),
        taker_fee=Decimal("0.00055"), ts_event=0, ts_init=0,
    )  # fmt: skip


def main():
    """Run it over the quotes of a file."""
    data = np.load(sys.argv[1])
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(VENUE, OmsType.NETTING, AccountType.MARGIN, starting_balances=[Money(10_000, USDT)])
    instruments = [perpetual(f"S{place:03d}USDT-PERP") for place in range(len(data["at"]))]
    size = Quantity.from_str("100.00")
    for place, instrument in enumerate(instruments):
        engine.add_instrument(instrument)
        rows = zip(data["at"][place].tolist(), data["bid"][place].tolist(), data["ask"][place].tolist(), strict=True)
        engine.add_data(
            [
                QuoteTick(instrument.id, Price(bid / 1e4, 4), Price(ask / 1e4, 4), size, size, at * 10**6, at * 10**6)
                for at, bid, ask in rows
            ],
            sort=False,
        )
    engine.sort_data()
    strategy = Thresholds(instruments)
    engine.add_strategy(strategy)
    begun = time.process_time()
    engine.run()
    print(json.dumps({"seconds": time.process_time() - begun, "orders": strategy.orders}))


main()
