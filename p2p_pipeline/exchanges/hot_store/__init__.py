"""The newest board, its books and the feed of changes, where other processes read them: a file, Redis, or memory.

Here: what is kept, how it is spelled, how a reader goes on where it was.
Not here: anything that is lost when a hot store is: frames (frames/), scans (lake/), accepted signals (PostgreSQL).
"""
