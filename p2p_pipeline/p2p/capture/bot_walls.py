"""Walls for bots that say in a header what they are, whatever status and body they send along."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WALL_HEADERS: Mapping[str, str] = MappingProxyType({"x-amzn-waf-action": "AWS", "cf-mitigated": "Cloudflare"})
"""The header that each of them answers with, in lower case."""


def wall_sentence(status: int | None, headers: Mapping[str, str]) -> str | None:
    """What stands before the venue, as one sentence; None where no wall says that it is one."""
    for header, whose in WALL_HEADERS.items():
        asked = headers.get(header, "").strip()
        if asked:
            return f"HTTP {status}: a wall for bots ({whose}) stands before the venue and answers {asked[:40]!r}."
    return None
