"""The raw store: what venues said, on disk, byte for byte.

Here: captures and what a snapshot of them amounts to, day files, repacking, retention, recordings. Not here: asking
(capture/), what a record in a body means (venues/, offers/).
"""
