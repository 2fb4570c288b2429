"""Where a router would begin: what would be ordered, whether it may be, and a router that only writes it down.

Nothing here can send anything: it knows no address, no key and no socket, and stands before the rooms that do.

Not here: what an opportunity is (scan/), how an exchange is spoken to (connections/, which only asks for market data).
"""
