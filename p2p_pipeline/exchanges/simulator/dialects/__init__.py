"""How each of the fourteen exchanges speaks, written from the wire formats and not from our decoders."""
