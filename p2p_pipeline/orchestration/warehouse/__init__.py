"""All of Binance as assets: sweeps, batches, views, with their checks and schedules."""
