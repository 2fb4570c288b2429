"""Fourteen exchanges on loopback over one model of markets, with planted opportunities, faults, and the truth.

Each exchange's wire format is written by itself (dialects/), not from the decoders, so that a misreading shows.

Not here: anything that reads frames; the simulator never imports venues/.
"""
