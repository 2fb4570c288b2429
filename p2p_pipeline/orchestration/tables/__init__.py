"""A venue's tables as assets: offers, prices, history, summaries, with their checks and schedules."""
