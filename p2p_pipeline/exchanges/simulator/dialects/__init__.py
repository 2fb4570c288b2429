"""How each of the fourteen exchanges speaks, written from the wire formats and not from our decoders.

Not here: what the books are (the model), sockets and faults (the server).
"""
