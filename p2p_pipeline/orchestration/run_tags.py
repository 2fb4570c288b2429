"""What Dagster's runs are marked with."""

from __future__ import annotations

from collections.abc import Mapping

KEEP_TAG = "p2p/keep"
BRIEF = {KEEP_TAG: "brief"}
"""For runs that are of interest for hours only: the micro-batches, 144 a day."""
SWEEP_TAG = "p2p/sweep"
"""On a run that sweeps: which worker's share, as `1/1`."""
PAPER_SWEEP_TAG = "p2p/paper_sweep"
"""On a run that tries a sweep of paper sessions on a day: dagster.yaml says how many at a time."""
FIRST = {"dagster/priority": "10"}
"""Before everything that waits, above all before the hundreds of runs of a backfill."""


def is_brief(tags: Mapping[str, str]) -> bool:
    """Whether a run with these tags is one of those."""
    return tags.get(KEEP_TAG) == BRIEF[KEEP_TAG]
