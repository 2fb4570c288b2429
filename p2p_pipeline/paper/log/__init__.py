"""The event log: one canonical line an event, numbered and chained by SHA-256; written, verified, shown.

Not here: what is said (machine/), where sessions lie (sessions/, replay/).
"""
