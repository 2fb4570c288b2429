"""The edge to the exchanges: sockets and REST, within each exchange's limits; every frame is kept before it is read.

Here: what is subscribed on which connection, pacing, heartbeats, reconnecting, tokens, which undecoded frame still
counts. Decisions are pure; the rest only waits, sends and hands on.
Not here: what a frame says (venues/), whether a book may be believed (books/), what should be watched (funnel/).
"""
