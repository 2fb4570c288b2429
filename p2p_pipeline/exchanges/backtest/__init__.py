"""What a day's scans would have come to under other rules, and what acting on them would really have given. Pure.

Here: the grid of rules, the lives of opportunities, the fill one cycle later, intervals.
Not here: how frames become views again (replay/), when a day is worked on and where it is kept (orchestration/).
"""
