"""Venues on loopback: a market of agents behind the real wire formats, with faults on demand.

Here: the market model, the HTTP server, the faults, simulated history.
Not here: anything of the adapters in venues/: the simulator follows the wire formats by itself, so that the two can
disagree in a test.
"""
