"""A whole market in a few figures, the same whether they come from one book or from the warehouse of a sweep.

Here: what a side holds, its merchants and payment methods, where a market stands among others.
Not here: what an amount costs (pricing/), how offers live (behaviour/).
"""
