"""Ask venues politely.

Here: pacing, retries, paging, the circuit breaker, the slot grid, who collects what (claims), whole venues (sweeps/).
Not here: bytes on disk (raw/), what an answer means (venues/), what an offer is worth (metrics/), when to run
(orchestration/).
"""
