"""Order books of exchanges, and the arbitrage in them: watched, kept, scanned, told. Nothing here places an order.

The way of the data: connections/ (sockets, the edge) → frames/ (kept as they came) → venues/ (bytes to events, pure)
→ books/ (events to books that may be believed) → scan/ (books to opportunities, exact) → hot_store/ (what others read)
→ answers/. identity/ says which instruments are the same thing; simulator/ is fourteen exchanges on loopback;
execution/ is where a router would begin.

Not here: people's offers (p2p/, never imported), pages (web/), Dagster (orchestration/exchanges/).
"""
