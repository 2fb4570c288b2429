"""What the page *Data quality* shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from p2p_pipeline.p2p.answers.checks import CheckHistory, CheckState
from p2p_pipeline.p2p.answers.data_sources import DataSources, data_sources
from p2p_pipeline.p2p.answers.data_trust import DataTrust, data_trust
from p2p_pipeline.p2p.answers.quarantine import QuarantinePage, quarantine_page
from p2p_pipeline.p2p.answers.slots import SlotLine, slot_lines
from p2p_pipeline.p2p.answers.venue_days import Row, VenueDays, VenueState, venue_states
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.recorded import CheckHistories

MARKS_SHOWN = 14
"""Of a check before: two weeks of a check of days."""


@dataclass(frozen=True, slots=True)
class VenueLine:
    """A venue now, and what its last day was."""

    state: VenueState
    day: Row | None
    """None where nothing of it is processed."""


@dataclass(frozen=True, slots=True)
class QualityView:
    """The page's values."""

    as_of: datetime
    trust: DataTrust
    lines: list[SlotLine]
    checks: Sequence[CheckHistory]
    checks_missing: str
    """Why there are none, where Dagster's records can't be read."""
    venues: list[VenueLine]
    days: VenueDays
    sources: DataSources
    quarantine: QuarantinePage

    @property
    def open_checks(self) -> list[CheckHistory]:
        """Those that do not hold."""
        return [one for one in self.checks if one.state in (CheckState.FAILED, CheckState.WARNING)]

    @property
    def other_checks(self) -> list[CheckHistory]:
        """Those that hold, and those nobody judged."""
        return [one for one in self.checks if one not in self.open_checks]


def quality_view(edges: Edges, checks: CheckHistories, days: VenueDays) -> QualityView:
    """Put it together; `days` and `checks` are looked up before, once for all who ask."""
    now, settings = edges.now(), edges.settings
    states = venue_states(edges.reader, settings, now)
    lines = slot_lines(edges.reader, edges.lake, settings, now)
    of_day = {row["venue"]: row for row in days.venues}
    trust = data_trust(states, lines, checks.found, now, settings.quality.max_missing_slot_share)
    return QualityView(
        now,
        trust,
        lines,
        checks.found,
        checks.missing,
        [VenueLine(state, of_day.get(state.venue)) for state in states],
        days,
        data_sources(edges.reader, settings, now.date()),
        quarantine_page(edges.lake, now.date()),
    )
