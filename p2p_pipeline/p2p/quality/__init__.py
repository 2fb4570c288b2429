"""Expectations of the data and their outcomes, as plain values.

Here: one function a property, which returns whether it holds, what was expected, what was seen, and offending keys;
warehouse/ judges a loaded batch.
Not here: Dagster's asset checks (orchestration/ turns outcomes into them), repairing anything.
"""
