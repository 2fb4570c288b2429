"""How good a quote is, from 0 to 100, and whether a higher score has meant that it held.

Here: a deal's inputs from books and their past, its parts and its total, what became of it, the calibration table.
Not here: what an amount costs (pricing/execution.py), how long offers live (behaviour/), reading the lake (steps/).
"""
