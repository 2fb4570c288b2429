"""What is done: from settings to a result.

Here: collect, sweep and load, process, prune, simulate. Commands, Dagster and the web start these and only report
differently.
Not here: what is asked (answers/), how one table is made (steps/), when it runs (orchestration/).
"""
