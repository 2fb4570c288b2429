"""A recording as columns, and sessions over them: the same log many times as fast, because nothing happens mostly.

making.py turns frames into chunks (chunk.py), storing.py keeps them, running.py makes sessions of them.
Not here: the rules; what could matter is found by arrays and decided by machine/.
"""
