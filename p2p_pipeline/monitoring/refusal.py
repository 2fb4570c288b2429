"""What can be wrong with what the environment asks for."""

from __future__ import annotations

from p2p_pipeline.kernel.errors import ClearError


class TracesRefused(ClearError):
    """P2P_TRACES has a value that means nothing; the message says which ones do."""
