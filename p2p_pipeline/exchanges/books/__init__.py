"""Events become books that may be believed: one sequencer for all exchanges, driven by a table of rules. Pure."""
