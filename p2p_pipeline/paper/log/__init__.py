"""The event log: one canonical line an event, numbered and chained by SHA-256; written, verified, shown.

Not here: what is said (the machines above), where sessions lie (replaying.py and who starts one).
"""
