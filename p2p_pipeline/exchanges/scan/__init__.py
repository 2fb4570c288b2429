"""Books become opportunities: exact arithmetic, every rejected pair with its reason. Pure; no clock, no socket.

Not here: whether a book may be believed (books/), which instruments are one thing (identity/), when to scan (service/).
"""
