"""When it is usually better to trade, how sure that is, and whether it held up on weeks the advice had not seen.

Here: prices against their own local level by local hour, the choice of hours, the walk-forward.
Not here: series as arrays (history/), reading or writing them (steps/), whether now is unusual (unusual/).
"""
