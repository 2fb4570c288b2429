"""Coinbase Advanced Trade.

Sources: docs.cdp.coinbase.com; recorded frames of 2026-08 and 2026-09.

Traps:
- `sequence_num` counts all messages of a connection, heartbeats and acknowledgements too: one gap spoils each book of
  it.
- A subscription must come within 5 seconds; without the channel `heartbeats` a quiet connection is closed.
- One channel a message; the acknowledgement lists everything subscribed by then.
- A product in USDC is the same book as the one in USD: its data comes back under the USD name.
- The snapshot is the whole book: 44,000 levels of BTC-USD, 5 MB in one frame.
- Timestamps have up to 9 digits, zeros at their end are cut.
- Best prices of all products by REST need a key; the public list has empty ones. So they come by `ticker_batch`.

Not here: what a gap does to books (books/), who asks and how often (connections/, funnel/).
"""
