"""Properties of a loaded batch, judged: rules of our own and Great Expectations suites, with their pages.

Not here: what Dagster makes of an outcome (orchestration/warehouse/).
"""
