"""Paper sessions on Bybit's linear perpetuals: pure machines over one ordered queue of events, and the log they write.

The way of the data: reading.py (frames to events) → queue.py (their order) → session.py (market, references, strategy,
broker, funding: no clock, no socket) → log/ (one chained line an event) → replaying.py (a recording, the whole way).

Not here: sockets and the raw recorder (exchanges/), people's offers (never imported), pages (web/), Dagster.
"""
