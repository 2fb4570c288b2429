"""Exchanges' order books as Dagster shows them: frames, books, scans, opportunities and the backtest of each day.

Here: assets, checks, their schedule. Not here: the service that scans (exchanges/service/, beside Dagster), the replay.
"""
