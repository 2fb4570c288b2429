"""The steps that make the lake's tables: each reads the tables (or the raw store) before it and replaces a partition.

Here: which rows are still good, what a partition's facts say, which pure function makes the rest; one file a step.
Not here: how a row is computed (offers/, metrics/), a whole day or history of steps (actions/), when (orchestration/).
"""
