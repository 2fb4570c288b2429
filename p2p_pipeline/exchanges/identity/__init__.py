"""Which instruments are one thing. An instrument is an asset on its chains, not a ticker.

chains (whose names are one chain) → contracts (when two are one) → deployments (where an asset lives: by an exchange's
currency list or, where that has no contracts, by an explicit, dated map) → comparing (one asset at two exchanges?) →
transfers (can it be brought from one to the other?) → table (what the scan asks) → dictionary (rows for PostgreSQL).
What isn't known is not guessed: a chain's name that the table doesn't have is refused and told; a ticker without a
known contract is `identity_unconfirmed` and never reaches the feed.
Not here: what an exchange's list says (venues/), what an edge is worth (scan/), who stores the dictionary (warehouse/).
"""
