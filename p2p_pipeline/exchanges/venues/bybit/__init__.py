"""Bybit v5, spot (linear frames are read too), by bybit-exchange/docs of 2026-07-24 and a recording of 2024-12.

Traps. `orderbook.1` is snapshots only, told again after 3 s of calm. `u` of 1 is a restart: the frame replaces the book
whatever its type. `seq` orders frames over depths and is not consecutive. Spot takes 10 topics a request, and one bad
topic refuses them all; all topics of a connection may have 21,000 characters. It does not answer ping frames, only its
own `ping`. Spot tickers have no best prices on the socket, linear ones tell only what changed.

Not here: how a book follows from frames (books/), keys and accounts (nowhere yet).
"""
