"""How offers and advertisers behave: how long offers live, how they end, how often they change, who stands behind them.

Here: a day of sightings as rows, lives joined over days, lifetimes from interval-censored and truncated sightings,
fill against withdrawal, update rates, the stability of the top, advertisers by their stable key.
Not here: prices over time (history/), whether a quote is a good one (deals/), reading tables (steps/).
"""
