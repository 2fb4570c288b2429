"""Dagster: when things run, and what a person sees of them. The only folder that imports dagster.

Here: a folder a subject (collection/, tables/, warehouse/, watch/, housekeeping/), its files named assets, checks,
sensor, schedules, and work for what their bodies do; build.py puts all together.
Not here: decisions. Each body reads, calls a function of p2p/ or monitoring/, and reports.
"""
