"""Is now unusual? What is normal for an hour, how far from it a measure is, and what kind of oddity that is.

Here: seasonality, anomaly scores that use only the past, regime changes and outages told apart from anomalies, the
tags of days (weekends, public holidays, a person's own events) and what difference they make, the rows of `anomalies`.
Not here: which hours are good to trade in (timing/), where the series come from (history/).
"""
