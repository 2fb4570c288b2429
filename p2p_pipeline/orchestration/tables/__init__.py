"""A venue's tables as assets: offers, prices, history, summaries, with their checks and schedules.

Not here: how a table is made (p2p/steps/), whether it can be trusted (p2p/quality/).
"""
