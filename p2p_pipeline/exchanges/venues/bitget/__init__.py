"""Bitget, spot: the unified API (v3) that we subscribe, and the older wires (v1, v2) that recordings speak.

Sources: Bitget's API documentation; real frames of 2022 (v1), 2024 (v2) and 2026 (v3).

- v3 counts: `pseq` must be the `seq` before, a snapshot has `pseq` 0. `seq` has passed 2^53 and came as text once.
- v1 and v2 send a checksum (`colon_checksum`), which may be 0 or missing. v2 got `pseq` in 2026 and lost the checksum;
  where `pseq` is, it alone counts: over which text v3 builds its checksum nobody has shown.
- 240 subscription requests an hour on a connection, re-syncs counted in; it drops who is silent for two minutes.
- The least order is told in USDT, whatever the quote.

Not here: sockets (connections/), whether a book may be believed (books/).
"""
