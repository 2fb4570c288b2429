"""Upbit (Korea).

Sources: docs.upbit.com; recorded frames of 2021-04 (SIMPLE format) and 2025-05.

Traps:
- Frames are binary messages with JSON in them.
- Symbols have the quote first: KRW-BTC is bitcoin in won.
- No request is acknowledged, and each replaces all former ones of its connection: what shall go on must be named again.
- The number of levels is a suffix of the code (`KRW-BTC.5`); data comes back without it. A frame with one level only
  is what the best prices were asked for with, and read as them.
- A side that is shorter than the other is filled with price 0.
- Timestamps are milliseconds; one real frame has microseconds.
- The price step in won depends on the price; it is asked for by market and gets old.
- Networks and their state need a key, and come without contracts. There is no clock to ask: HTTP's `Date` is the only
  one.

Not here: what a price in won is worth (scan/), who asks and how often (connections/, funnel/).
"""
