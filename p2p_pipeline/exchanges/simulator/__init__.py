"""Fourteen exchanges on loopback over one model of markets, with planted opportunities, faults, and the truth.

Each exchange's wire format is written by itself (dialects/), not from the decoders, so that a misreading shows.

Not here: how frames are read (venues/), what a scan makes of books (scan/), people's offers as simulated (the P2P room
has a simulator of its own).
"""
