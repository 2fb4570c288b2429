"""Many configurations over recorded days: chosen on the days before, judged on the days after, with honest odds.

Not here: how one session runs (machine/, columns/), who runs them side by side (orchestration/).
"""
