"""Ask venues politely and keep what they said.

Here: pacing, retries, paging, the circuit breaker, the slot grid, the raw store and its repacking.
Not here: what an answer means (venues/), what an offer is worth (metrics/), when to run (orchestration/).
"""
