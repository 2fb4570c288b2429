"""What is wrong with the data that an answer about a market side rests on: codes and values, no words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.checks import SLOT_COLLECTED, CheckHistory, CheckState
from p2p_pipeline.p2p.answers.now import AnswerDesk, BookView, NoSnapshot
from p2p_pipeline.p2p.answers.slots import slot_lines
from p2p_pipeline.p2p.markets import MarketSide, Source
from p2p_pipeline.p2p.quality.fresh import is_stale
from p2p_pipeline.p2p.raw.capture import StopReason
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.settings import Settings

VERDICT_COUNTS_FOR = timedelta(days=2)
"""A check that said something longer ago says nothing of now."""
LEAST_MISSING = 2
"""Slots: one may be the newest, which is still being stored."""


class WarningCode(StrEnum):
    """What is wrong."""

    NO_BOOK = "no_book"
    STALE = "stale"
    CUT_SHORT = "cut_short"
    QUARANTINED = "quarantined"
    FIELDS_CHANGED = "fields_changed"
    SLOTS_MISSING = "slots_missing"
    CHECK_FAILED = "check_failed"
    SIMULATED = "simulated"
    IMPORTED = "imported"


class Subject(StrEnum):
    """What an answer is about: it decides which checks touch it."""

    PRICES = "prices"
    """What something costs now: rests on the newest book."""
    SERIES = "series"
    """What it was: rests on the tables made from all books."""
    ADVICE = "advice"
    """When it is better: rests on series and on how advice did before."""


_TABLES = {
    Subject.PRICES: ("raw_snapshots", "offers"),
    Subject.SERIES: ("raw_snapshots", "offers", "depth", "history"),
    Subject.ADVICE: ("raw_snapshots", "offers", "depth", "history", "walk_forward"),
}
TOLD_OTHERWISE = (SLOT_COLLECTED, "freshness", "slot_gaps")
"""Of these a warning of its own tells, of this side and of now."""


@dataclass(frozen=True, slots=True)
class DataWarning:
    """One thing that is wrong."""

    code: WarningCode
    market_side: MarketSide
    values: Mapping[str, object]
    link: str
    """The page that shows it whole."""


@dataclass(frozen=True, slots=True)
class WarningSources:
    """What warnings are found in."""

    desk: AnswerDesk
    reader: RawReader
    lake: Lake
    settings: Settings
    checks: Iterable[CheckHistory]
    """As recorded; empty where nobody did, for judging takes seconds."""


def market_warnings(of: WarningSources, market_side: MarketSide, now: datetime, subject: Subject) -> list[DataWarning]:
    """What is wrong with the data of a market side now, what weighs most first."""
    try:
        view = of.desk.newest(market_side)
    except NoSnapshot:
        view = None
    found: list[DataWarning] = []
    if view is not None:
        found += _of_book(view, now, of.settings, subject)
    elif subject is Subject.PRICES:
        found.append(_warning(WarningCode.NO_BOOK, market_side, "slots"))
    found += _of_slots(of, market_side, now)
    told = {one.code for one in found}
    found += [
        _warning(WarningCode.CHECK_FAILED, market_side, link=f"/quality/checks/{check.name}", check=check.name)
        for check in failing_checks(of.checks, market_side.market.venue, now, _TABLES[subject])
        if check.name != "schema_drift" or WarningCode.FIELDS_CHANGED not in told
    ]
    if view is not None and view.snapshot["source"] != Source.LIVE:
        found.append(_warning(WarningCode(view.snapshot["source"]), market_side, "sources"))
    return found


def failing_checks(
    checks: Iterable[CheckHistory], venue: str, now: datetime, tables: Iterable[str]
) -> Iterator[CheckHistory]:
    """The checks of a venue's tables that lately said that something does not hold."""
    for check in checks:
        newest = check.newest
        if check.state not in (CheckState.FAILED, CheckState.WARNING) or newest is None or check.name in TOLD_OTHERWISE:
            continue
        if check.asset[0] == venue and check.asset[-1] in tables and now - newest.judged_at < VERDICT_COUNTS_FOR:
            yield check


def _of_book(view: BookView, now: datetime, settings: Settings, subject: Subject) -> Iterator[DataWarning]:
    row, side = view.snapshot, view.market_side
    age = (now - view.snapshot_at).total_seconds()
    if subject is Subject.PRICES:
        if is_stale(age, settings.quality.stale_after_seconds):
            yield _warning(WarningCode.STALE, side, "slots", since=view.snapshot_at)
        if row["stop_reason"] not in (StopReason.BOOK_END, StopReason.ENOUGH):
            yield _warning(WarningCode.CUT_SHORT, side, "venues", why=row["stop_reason"])
        if row["quarantined"]:
            link = f"/quality/quarantine?market={side.market.key}"
            yield _warning(WarningCode.QUARANTINED, side, link=link, records=row["quarantined"])
    fields = [*row["unknown_fields"], *row["missing_fields"]]
    if fields:
        yield _warning(WarningCode.FIELDS_CHANGED, side, "drift", fields=fields)


def _of_slots(of: WarningSources, market_side: MarketSide, now: datetime) -> Iterator[DataWarning]:
    if market_side.market not in [entry.market for entry in of.settings.markets]:
        return
    for line in slot_lines(of.reader, of.lake, of.settings, now, [market_side.market]):
        missing = line.wanted - line.seen
        share = missing / line.wanted if line.wanted else 0.0
        is_bad = missing >= LEAST_MISSING and share > of.settings.quality.max_missing_slot_share
        if line.market_side == market_side and is_bad:
            yield _warning(WarningCode.SLOTS_MISSING, market_side, "slots", missing=missing, wanted=line.wanted)


def _warning(
    code: WarningCode, market_side: MarketSide, part: str = "", *, link: str = "", **values: object
) -> DataWarning:
    return DataWarning(code, market_side, values, link or f"/quality#{part}")
