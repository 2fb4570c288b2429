"""A recording as columns, and sessions over them: the same log many times as fast, because nothing happens mostly.

Not here: the rules; what could matter is found by arrays and decided by machine/.
"""
