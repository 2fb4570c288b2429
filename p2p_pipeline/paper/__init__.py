"""Paper sessions on Bybit's linear perpetuals: pure machines over one ordered queue of events, and the log they write.

The way of the data: wire/ (frames to events) → machine/ (their order; market, references, strategy, broker, funding: no
clock, no socket) → log/ (one chained line an event). Live (live/, sessions/) and replayed (replay/, columns/) it is the
same machine. results/ reads logs, sweeps/ tries parameters, actions/ is what commands and pages call.

Not here: the raw recorder and the sockets themselves (exchanges/), people's offers (never imported), pages (web/),
Dagster.
"""
