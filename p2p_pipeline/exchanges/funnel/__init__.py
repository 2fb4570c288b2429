"""From best prices of everything to depth of what is near an edge, and why each is watched. Pure.

Here: how near a symbol is, who is a candidate and stays one, which subscriptions follow from it.
Not here: subscribing within an exchange's limits (connections/), what depth earns (scan/).
"""
