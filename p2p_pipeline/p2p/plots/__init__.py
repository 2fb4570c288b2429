"""An answer as a PNG: one file an answer, and the style they share.

Not here: finding the answer (answers/), options of a command (commands/).
"""
