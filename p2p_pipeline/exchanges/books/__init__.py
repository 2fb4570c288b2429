"""Events become books that may be believed: one sequencer for all exchanges, driven by a table of rules. Pure.

Not here: what a frame says (venues/), sockets, what a book is worth (scan/).
"""
