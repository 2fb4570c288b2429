"""What is done, from settings to a running thing: the service with its stores, its recorder, its lock.

Not here: what the service does (service/), what is asked of it (answers/), how commands print it (commands/).
"""
