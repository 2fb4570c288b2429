"""Jobs that receive each batch's offers, or only what changed, and write tables of their own.

Here: what a subworker is, which ones there are, handing batches to them, the ones that come with this program.
Not here: loading batches (warehouse/load.py), when subworkers run (orchestration/), judging the data (quality/).
"""
