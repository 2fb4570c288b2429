"""Keeping the installation small: old runs, ticks and events of Dagster, closed days, dropped days.

Not here: how a day is repacked, dropped or compacted (p2p/raw/, p2p/actions/, p2p/steps/), what went wrong (watch/).
"""
