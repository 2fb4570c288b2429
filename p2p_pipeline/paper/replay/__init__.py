"""A recording made into its session again, byte for byte.

Not here: the rules (machine/), the quick way over columns (columns/).
"""
