"""Ask a venue for every market it has, once, within a budget, and keep what it said.

Here: which markets are due and in which order, the run that asks for them, what a sweep says of itself, and which
sweeps the raw store has. Not here: how one book is read (capture/side_reading.py), what becomes of it (warehouse/).
"""
