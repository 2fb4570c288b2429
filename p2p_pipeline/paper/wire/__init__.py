"""Bybit's linear market in words of a session: tickers, candles, instruments. Pure; what can't be read is said so.

Not here: what is made of it (machine/), how it is asked for (live/), books (exchanges/venues/bybit).
"""
