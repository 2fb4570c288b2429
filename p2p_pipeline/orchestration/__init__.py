"""Dagster: when things run, and what a person sees of them. The only folder that imports dagster.

Here: assets, checks, sensors, schedules, jobs, partitions, resources.
Not here: decisions. Each body reads, calls a pure function from the other folders, and reports.
"""
