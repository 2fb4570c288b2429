"""Kraken spot: socket v2, and the arrays of v1 that old recordings hold.

Sources: docs.kraken.com; recorded frames of 2021-04 (v1) and 2026-08 (v2, server 2.0.10).

Traps:
- The book has no sequence at all. Only the CRC32 over its first ten levels shows a lost frame, and it is over the
  numbers' text: one pass through a float and none matches. The feed is taken with ten levels, so that it covers all.
- No delete comes for a level that falls out of the depth: the book must be cut after each message.
- A wrong depth or symbol is refused, and the socket stays healthy and empty: an ack must come for every symbol.
- The heartbeat ticks each second, busy or not, and says nothing of how fresh a book is.
- v1 and REST say XBT and XDG; v2 says BTC and DOGE. Increments on the socket are spelled with exponents.
- Networks, their state and withdrawal fees need a key; contracts are not told at all.

Not here: which book a checksum belongs to and when it is cut (books/); who asks and how often (connections/, funnel/).
"""
