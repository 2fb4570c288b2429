"""When it is usually better to trade, how sure that is, and whether it held up on weeks the advice had not seen.

Here: prices against their own local level by local hour, resampling, the choice of hours, the walk-forward.
Not here: reading or writing series (steps/, metrics/history/), whether now is unusual (unusual/).
"""
