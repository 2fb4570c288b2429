"""For the thirteen exchanges that are connected to without asking for anything before: only KuCoin gives a token."""

from __future__ import annotations

from p2p_pipeline.exchanges.words import Request


def connect_request() -> Request | None:
    """Nothing needs to be asked."""
    return None


def connect_path(answer: bytes) -> str:
    """No answer says where to connect."""
    return ""
