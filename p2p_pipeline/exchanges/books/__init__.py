"""Events become books that may be believed: one sequencer for all exchanges, driven by a table of rules. Pure.

Here: books, their states, when and how a broken one is mended, all of them as arrays.
Not here: bytes (venues/), sockets and requests (the edge does what is asked of it here), what a book is worth (scan/).
"""
