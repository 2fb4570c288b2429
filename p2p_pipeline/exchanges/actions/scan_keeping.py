"""The live scans go to their files in a thread: a slow disk costs no scan, and a full one only the hour's file."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from p2p_pipeline.exchanges.tables.hour_files import HourWriter
from p2p_pipeline.exchanges.tables.rows import KeptScan

logger = logging.getLogger(__name__)


class ScanKeeping:
    """Used from the service's loop; nothing here waits but `close`. What is missed a replay makes from the frames."""

    def __init__(self, lake: Path) -> None:
        self._writer = HourWriter(lake)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="scans")
        self._is_failing = False
        self._has_told_of_a_bug = False
        self.lost = 0
        """Scans that could not be written."""

    def keep(self, kept: KeptScan) -> None:
        """Write it soon."""
        self._thread.submit(self._keep, kept)

    def close(self) -> None:
        """Write what waits, and give the running hour's files their names."""
        self._thread.submit(self._end)
        self._thread.shutdown()

    def _keep(self, kept: KeptScan) -> None:
        try:
            self._writer.keep(kept)
        except Exception as error:  # noqa: BLE001 - in a thread nobody else would hear of it
            self.lost += 1
            self._failed(error)
        else:
            self._is_failing = False

    def _end(self) -> None:
        try:
            self._writer.close()
        except Exception as error:  # noqa: BLE001 - likewise
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        with suppress(OSError):
            self._writer.abandon()
        if not isinstance(error, OSError) and not self._has_told_of_a_bug:
            self._has_told_of_a_bug = self._is_failing = True
            logger.error("scans can't be written; `p2p exchanges scans` makes the hour from its frames", exc_info=error)
        if not self._is_failing:
            logger.warning("scans can't be written: %s; `p2p exchanges scans` makes the hour from its frames", error)
        self._is_failing = True
