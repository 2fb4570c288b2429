"""All of a venue as assets: sweeps, batches, views, with their checks and schedules.

Not here: sweeping and loading (p2p/actions/), the rules a batch is judged by (p2p/quality/warehouse/).
"""
