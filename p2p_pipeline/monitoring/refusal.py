"""What can be wrong with what the environment asks for."""

from __future__ import annotations


class TracesRefused(Exception):
    """P2P_TRACES has a value that means nothing; the message says which ones do."""
