"""What was measured, over time: the history of every number of a market side, and its rollups.

Here: rows of `history` and `rollups`, series recorded elsewhere, a series as arrays.
Not here: what a series says about when to trade (timing/), or whether now is unusual (unusual/).
"""
