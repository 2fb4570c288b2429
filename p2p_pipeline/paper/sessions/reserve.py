"""Room on the disk that a session keeps for its own end: on a full disk it can still say why it ended."""

from __future__ import annotations

import os
from contextlib import suppress

from p2p_pipeline.paper.sessions.folder import SessionFolder

RESERVED_BYTES = 1 << 20
"""More than the last board of the longest list of symbols, beside the one before, and session.json."""


def keep_reserve(folder: SessionFolder) -> None:
    """Take the room. Raises OSError where there is none."""
    # a file of zeros takes no room on a disk that compresses
    folder.reserve.write_bytes(os.urandom(RESERVED_BYTES))


def free_reserve(folder: SessionFolder) -> None:
    """Give it back, for what is written next."""
    with suppress(OSError):
        folder.reserve.unlink()
