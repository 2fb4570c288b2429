"""One process's collector, kept from tick to tick: what a venue taught it about its pace must not be forgotten.

The sensor's ticks and materializations by hand go through the same functions.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.p2p.actions.collect import CollectionSetup, set_up_collection
from p2p_pipeline.p2p.capture.reference_lists import ListsReport, ReferenceLists
from p2p_pipeline.p2p.capture.slot_results import CollectionReport
from p2p_pipeline.p2p.settings import Settings

PROGRAM = "Dagster"
"""How a collector outside Dagster learns who holds a market side."""


@dataclass(frozen=True)
class _Kept:
    """A collector with what it was made from."""

    root: Path
    source_url: str | None
    settings: Settings
    setup: CollectionSetup
    lists: ReferenceLists

    def fits(self, root: Path, source_url: str | None, settings: Settings) -> bool:
        return (self.root, self.source_url, self.settings) == (root, source_url, settings)


_lock = threading.Lock()
_kept: _Kept | None = None


def collect(installation: Installation, venue: str, slot: int) -> CollectionReport:
    """Collect one slot of every configured market side of a venue, and keep it."""
    kept = _keep(installation)
    return kept.setup.collector.collect_slot_now(kept.setup.plan(venue), slot)


def refresh_lists(installation: Installation, venue: str) -> ListsReport:
    """Fetch what is due of a venue's payment, fiat and asset lists: once a day, so mostly nothing."""
    kept = _keep(installation)
    return kept.lists.refresh_now(kept.setup.plan(venue))


def _keep(installation: Installation) -> _Kept:
    global _kept  # noqa: PLW0603 - the process's memory is the point
    root, source_url, settings = installation.paths.root, installation.source_url(), installation.settings()
    with _lock:
        if _kept is None or not _kept.fits(root, source_url, settings):
            # Another setting changes nothing about what a venue has taught this process, or asked it for.
            before = _kept.setup if _kept is not None and _kept.source_url == source_url else None
            setup = set_up_collection(installation.paths, settings, PROGRAM, source_url, before=before)
            _kept = _Kept(root, source_url, settings, setup, ReferenceLists(setup.collector))
        return _kept
