"""Whether the service keeps up with its own grid: told once when it does not, and once when it does again."""

from __future__ import annotations

import logging

LATE_SECONDS = 1.0
"""A scan that begins this late looks at books that were read late too."""
_ON_TIME_AGAIN = 12

logger = logging.getLogger(__name__)


class Lateness:
    """Of one run of the service."""

    def __init__(self) -> None:
        self._is_told = False
        self._on_time = 0

    def note(self, late_seconds: float, skipped: int) -> None:
        """A scan begins so late, after so many that were skipped."""
        if late_seconds < LATE_SECONDS and not skipped:
            self._on_time += 1
            if self._is_told and self._on_time >= _ON_TIME_AGAIN:
                self._is_told = False
                logger.info("scans begin on time again")
            return
        self._on_time = 0
        if not self._is_told:
            self._is_told = True
            logger.warning(
                "this machine does not keep up: a scan began %.1f s late, %d before it were skipped. Books are read "
                "late, so opportunities are missed and pairs refused as book_stale; watch fewer exchanges or symbols",
                late_seconds,
                skipped,
            )
