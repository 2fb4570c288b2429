# ruff: noqa: T201
"""backtrader: bars of one second of all symbols, a limit order below the price at a move of half a per cent.

    python backtrader_thresholds.py QUOTES.npz

Prints the processor seconds of the run with loading its feeds, which it does not do apart. It knows no open interest
value, no universe, no funding here; stops and take-profits are looked at by the strategy at each bar.
"""

from __future__ import annotations

import json
import sys
import time

import backtrader as bt
import numpy as np
import pandas as pd


class Thresholds(bt.Strategy):
    """Half a per cent up since the last candle's end buys, half a per cent down sells."""

    def __init__(self):
        self.reference, self.entry, self.count, self.orders = {}, {}, 0, 0

    def next(self):
        self.count += 1
        for data in self.datas:
            mark = data.close[0]
            if self.count % 300 == 1:
                self.reference[data] = mark
            entry = self.entry.get(data)
            if entry is not None:
                move = (mark / entry[1] - 1) * entry[0]
                if (move >= 0.006 or move <= -0.004) and self.getposition(data).size:
                    self.close(data=data)
                    self.entry[data] = None
                continue
            move = mark / self.reference[data] - 1
            if abs(move) >= 0.005 and len([one for one in self.entry.values() if one]) < 10:
                sign = 1 if move > 0 else -1
                price = mark * (1 - sign * 0.001)
                place = self.buy if sign > 0 else self.sell
                place(data=data, size=100 / price, price=price, exectype=bt.Order.Limit)
                self.entry[data], self.orders = (sign, price), self.orders + 1


def main():
    """Run it over the quotes of a file."""
    data = np.load(sys.argv[1])
    cerebro = bt.Cerebro(stdstats=False)
    for place in range(len(data["at"])):
        seconds = pd.to_datetime(data["at"][place] // 1000 * 1000, unit="ms")
        close = (data["bid"][place] + data["ask"][place]) / 2e4
        frame = pd.DataFrame({"open": close, "high": close, "low": close, "close": close, "volume": 1.0}, index=seconds)
        cerebro.adddata(bt.feeds.PandasData(dataname=frame, timeframe=bt.TimeFrame.Seconds, openinterest=None))
    cerebro.addstrategy(Thresholds)
    begun = time.process_time()
    (strategy,) = cerebro.run()
    print(json.dumps({"seconds": time.process_time() - begun, "orders": strategy.orders}))


main()
