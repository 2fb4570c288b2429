"""Numbers about offers: pure functions that know neither disk nor clock nor Dagster.

Here: executable prices, splits, depth, liquidity.
Not here: reading or writing tables (lake/), when something is computed (orchestration/).
"""
