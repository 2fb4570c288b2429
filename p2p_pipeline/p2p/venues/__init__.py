"""What to ask a venue and what its answer says: one module a venue, and its line in directory.py.

Here: build the request, read the answer, name a refusal. Pure functions on bytes and values.
Not here: sockets, pacing and retries (capture/), the canonical names of payment methods (offers/).
"""
