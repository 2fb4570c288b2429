"""Raw frames kept as they came, before anything decodes them: the recorder, its files, their reader, recordings."""
