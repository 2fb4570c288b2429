"""What a person does with sessions: start, stop, tell, resume, list; the same for commands, pages and Dagster.

Not here: rules and sockets (machine/, live/).
"""
