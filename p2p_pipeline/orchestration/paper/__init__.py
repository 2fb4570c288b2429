"""Paper sessions as Dagster shows them: what each came to, whether its log can be believed, and what sweeps tried.

Here: assets, checks, sensors. Not here: the sessions themselves (paper/live/), how a sweep judges (paper/sweeps/).
"""
