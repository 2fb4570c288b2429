"""Raw frames kept as they came, before anything decodes them: the recorder, its files, their reader, recordings.

Not here: what a frame says (venues/), where it comes from (a connection's business).
"""
