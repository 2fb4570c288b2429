"""Binance spot, by binance-spot-api-docs of 2026-07-21 and recordings of 2021 and 2024.

Traps. `@depth20` frames don't name their symbol: only the combined stream's envelope does, so we connect to `/stream`.
An unknown symbol is acknowledged and stays silent. `!bookTicker` and `!ticker@arr` are gone: best prices of everything
come by REST. Deltas need a snapshot by REST. The server pings by WebSocket frames, never by text.

Not here: when a delta fits its snapshot (books/), who asks and how often (connections/, funnel/).
"""
