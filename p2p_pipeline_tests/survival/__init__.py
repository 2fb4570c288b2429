"""Kills and other disasters: no batch half-loaded, none lost once in raw, none doubled, and the next run recovers."""
