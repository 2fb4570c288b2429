"""Bybit's linear market, simulated: contracts, their tickers and candles, and who must be told what.

A pure function of seed and time, as the books are: `minutes.py` has the open, high, low and close of each minute of all
contracts at once, `steps.py` what a ticker shows between, `market.py` both for one contract at a moment. `exchange.py`
has the sockets, `requests.py` the REST answers, `wire.py` and `rows.py` their words.

Not here: books (hall.py, path.py), sockets and HTTP (server.py). The prices are none of FairPrices': BTCUSDT here and
BTC/USDT among the books begin at the same price and go their own ways.
"""
