"""Raw frames kept as they came, before anything decodes them: the recorder, its files, their reader, recordings.

Not here: what they say (venues/), and what is made of them (books/).
"""
