"""A warehouse filled with weeks of the simulated full market, as the loader would have left it, in minutes.

`states` turns simulated lives into spans of batches, a fiat at a time; `fill` writes them in the order of time.
"""
