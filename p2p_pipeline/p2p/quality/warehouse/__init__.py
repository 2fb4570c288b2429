"""Properties of a loaded batch, judged: rules of our own and Great Expectations suites, with their pages.

Not here: properties of the lake's tables (quality/), what Dagster makes of an outcome (orchestration/warehouse/).
"""
