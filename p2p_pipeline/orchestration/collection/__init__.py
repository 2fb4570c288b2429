"""The 30-second collection: a sensor that does the work in its tick, and the assets it reports.

Not here: collecting itself (p2p/capture/), from settings to a collector (p2p/actions/).
"""
