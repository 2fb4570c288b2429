"""Every check of the data: what it said last, what it said before, and where that is known from."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from pyarrow import compute

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.dagster_records import DagsterRecords
from p2p_pipeline.p2p.answers.recorded_verdicts import Verdict, newest_verdicts, verdicts_of
from p2p_pipeline.p2p.markets import SLOT_SECONDS
from p2p_pipeline.p2p.offers.schema import SNAPSHOTS
from p2p_pipeline.p2p.quality.judging import JUDGES
from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity
from p2p_pipeline.p2p.quality.properties import PROPERTIES
from p2p_pipeline.p2p.quality.slot_collected import slot_collected
from p2p_pipeline.p2p.quality.venue_day import VenueDay
from p2p_pipeline.p2p.quality.warehouse.rules import WAREHOUSE_RULES
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.settings import Settings

SLOT_COLLECTED = slot_collected.__name__
RAW_TABLE = "raw_snapshots"
BATCHES_ASSET = ("warehouse", "batches")
"""The asset of the warehouse's checks, as orchestration/warehouse/keys.py names it."""

_log = logging.getLogger(__name__)


class CheckState(StrEnum):
    """What a check says now."""

    FAILED = "failed"
    """Numbers made from this data can't be trusted."""
    WARNING = "warning"
    """It does not hold, and is worth a look."""
    NOT_JUDGED = "not_judged"
    PASSED = "passed"


class VerdictSource(StrEnum):
    """Where verdicts are known from."""

    DAGSTER = "dagster"
    """Dagster recorded them."""
    COMPUTED = "computed"
    """Nobody recorded any: judged for this answer."""


class UnknownCheck(ClearError):
    """There is no check of that name; the message lists those there are."""


@dataclass(frozen=True, slots=True)
class CheckHistory:
    """One check of one asset."""

    asset: tuple[str, ...]
    name: str
    description: str
    is_blocking: bool
    """Whether nothing is made from the table while it does not hold."""
    verdicts: tuple[Verdict, ...] = ()
    """Newest first; of a check of days the newest day first."""
    source: VerdictSource = VerdictSource.DAGSTER

    @property
    def newest(self) -> Verdict | None:
        """What it says now."""
        return self.verdicts[0] if self.verdicts else None

    @property
    def state(self) -> CheckState:
        """The same in a word."""
        if self.newest is None:
            return CheckState.NOT_JUDGED
        if self.newest.passed:
            return CheckState.PASSED
        return CheckState.FAILED if self.newest.is_error else CheckState.WARNING

    def to_json(self) -> dict[str, Any]:
        """As the API lists it."""
        return {
            "asset": "/".join(self.asset),
            "name": self.name,
            "description": self.description,
            "is_blocking": self.is_blocking,
            "state": self.state,
            "source": self.source,
            "newest": self.newest.to_json() if self.newest else None,
        }

    def to_whole_json(self) -> dict[str, Any]:
        """The same with what it said before."""
        return {**self.to_json(), "verdicts": [one.to_json() for one in self.verdicts]}


@dataclass(frozen=True, slots=True)
class Judged:
    """What verdicts are found or made with."""

    records: DagsterRecords
    reader: RawReader
    lake: Lake
    settings: Settings


def all_checks(of: Judged, now: datetime) -> list[CheckHistory]:
    """Every check there is, those that do not hold first. Raises RecordsAway where Dagster's records can't be read."""
    recorded = newest_verdicts(of.records) if of.records.are_there else {}
    found = [_with_verdicts(one, recorded) for one in _known_checks(of.settings)]
    known = {(one.asset, one.name) for one in found}
    found += [CheckHistory(*key, "", False, tuple(said)) for key, said in recorded.items() if key not in known]
    if not recorded:
        found = _all_computed(of, found, now)
    order = list(CheckState)
    return sorted(found, key=lambda one: (order.index(one.state), one.name, one.asset))


def checks_named(of: Judged, name: str, now: datetime) -> list[CheckHistory]:
    """The checks of one name, an asset each, with all that is known of them. Raises UnknownCheck, RecordsAway."""
    known = [one for one in _known_checks(of.settings) if one.name == name]
    recorded = verdicts_of(of.records, name) if of.records.are_there else {}
    found = [_with_verdicts(one, recorded) for one in known]
    seen = {one.asset for one in found}
    found += [CheckHistory(*key, "", False, tuple(said)) for key, said in recorded.items() if key[0] not in seen]
    if not found:
        names = ", ".join(sorted({one.name for one in _known_checks(of.settings)}))
        raise UnknownCheck("the check was {name!r}; there are {names}", name=name[:80], names=names)
    return found if recorded else _all_computed(of, found, now)


def _known_checks(settings: Settings) -> Iterable[CheckHistory]:
    for venue in dict.fromkeys(entry.market.venue for entry in settings.markets):
        told = (slot_collected.__doc__ or "").partition(".")[0]
        yield CheckHistory((venue, RAW_TABLE), SLOT_COLLECTED, f"{told}.", is_blocking=False)
        for entry in PROPERTIES:
            yield CheckHistory((venue, entry.table), entry.name, entry.description, entry.is_blocking)
    for rule in WAREHOUSE_RULES:
        yield CheckHistory(BATCHES_ASSET, rule.name, rule.description, rule.is_blocking)


def _with_verdicts(check: CheckHistory, recorded: Mapping[tuple[tuple[str, ...], str], list[Verdict]]) -> CheckHistory:
    said = recorded.get((check.asset, check.name), [])
    return replace(check, verdicts=tuple(said))


def _all_computed(of: Judged, checks: list[CheckHistory], now: datetime) -> list[CheckHistory]:
    """The checks judged here, of the newest processed day, where that takes no seconds."""
    newest: dict[str, date] = {}
    for part in of.lake.partitions(SNAPSHOTS):
        venue = part.market_key.partition(".")[0]
        newest[venue] = max(part.day, newest.get(venue, part.day))
    days: dict[str, VenueDay] = {}
    for venue, day in newest.items():
        opened = VenueDay(venue, day, now, of.settings, of.reader, of.lake)
        # What came since is not processed yet, and that is no gap.
        until = compute.max(opened.snapshots.column("snapshot_at")).as_py() or now
        days[venue] = replace(opened, now=min(now, until + timedelta(seconds=SLOT_SECONDS)))
    return [_computed(of, check, days.get(check.asset[0]), now) for check in checks]


def _computed(of: Judged, check: CheckHistory, day: VenueDay | None, now: datetime) -> CheckHistory:
    entry = next((one for one in PROPERTIES if one.name == check.name and one.table == check.asset[-1]), None)
    if entry is None or entry.is_costly or entry.is_of_summary:
        return check
    if not entry.is_of_day:
        day = VenueDay(check.asset[0], now.date(), now, of.settings, of.reader, of.lake)
    if day is None:
        return check
    try:
        outcome = JUDGES[entry.name](day)
    except (ClearError, OSError) as error:
        _log.warning("the check %s of %s could not be judged: %s", entry.name, day.venue, error)
        return check
    verdict = _verdict(outcome, now, day.day.isoformat() if entry.is_of_day else None)
    return replace(check, verdicts=(verdict,), source=VerdictSource.COMPUTED)


def _verdict(outcome: QualityOutcome, now: datetime, day: str | None) -> Verdict:
    return Verdict(
        judged_at=now,
        passed=outcome.passed,
        is_error=outcome.severity is Severity.ERROR,
        day=day,
        expected=outcome.expected,
        observed=outcome.observed,
        value=outcome.value,
        limit=outcome.limit,
        bad=outcome.bad,
        total=outcome.total,
        sample="\n".join(f"- {', '.join(f'{name} {value}' for name, value in row.items())}" for row in outcome.sample),
    )
