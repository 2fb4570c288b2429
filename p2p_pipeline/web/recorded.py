"""What checks said, and what is wrong with the data behind an answer, looked up once for all who ask meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from functools import partial

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.p2p.answers.checks import CheckHistory, Judged, all_checks
from p2p_pipeline.p2p.answers.dagster_records import RecordsAway
from p2p_pipeline.p2p.answers.data_warnings import DataWarning, Subject, WarningCode, WarningSources, market_warnings
from p2p_pipeline.p2p.answers.venue_days import VenueDays, venue_days
from p2p_pipeline.p2p.markets import SLOT_SECONDS, Market, MarketSide, Side
from p2p_pipeline.web.api.data_versions import lake_version, raw_version
from p2p_pipeline.web.edges import Edges

DAY_LOOK_SECONDS = 600
"""The last 24 hours move on also where nothing is processed."""


@dataclass(frozen=True, slots=True)
class CheckHistories:
    """Every check, or why there are none."""

    found: list[CheckHistory]
    missing: str = ""


def judged_with(edges: Edges) -> Judged:
    """What checks are found and judged with."""
    return Judged(edges.records, edges.reader, edges.lake, edges.settings)


def checks_version(edges: Edges) -> Hashable:
    """Changes when a check may have said something new."""
    if edges.records.are_there:
        return edges.records.version(edges.now())
    # Judged by whoever asks, and some by the clock: whether data is fresh.
    return lake_version(edges), int(edges.now().timestamp()) // SLOT_SECONDS


async def checks_now(edges: Edges) -> CheckHistories:
    """Every check."""
    try:
        return await edges.newest.ask(
            edges.workers,
            "checks",
            checks_version(edges),
            lambda: CheckHistories(all_checks(judged_with(edges), edges.now())),
        )
    except RecordsAway as error:
        return CheckHistories([], str(error))


async def venue_days_now(edges: Edges) -> VenueDays:
    """The last day of all venues, as far as it is processed."""
    version = lake_version(edges), int(edges.now().timestamp()) // DAY_LOOK_SECONDS
    return await edges.newest.ask(edges.workers, "venue days", version, lambda: venue_days(edges.lake, edges.now()))


async def warnings_about(
    edges: Edges, sides: Iterable[MarketSide], subject: Subject, told: Collection[WarningCode] = ()
) -> list[DataWarning]:
    """What is wrong with the data of market sides now; `told` is what the page says itself.

    Of checks it tells what Dagster recorded: to judge them for a price would take seconds.
    """
    checks = await checks_now(edges) if edges.records.are_there else CheckHistories([])
    of = WarningSources(edges.desk, edges.reader, edges.lake, edges.settings, checks.found)
    seen: dict[tuple[object, ...], DataWarning] = {}
    for side in sides:
        version = raw_version(edges, side.market), lake_version(edges), checks_version(edges)
        found = await edges.newest.ask(
            edges.workers,
            ("warnings", side, subject),
            version,
            partial(market_warnings, of, side, edges.now(), subject),
        )
        for one in found:
            seen.setdefault((one.code, one.link, str(one.values), one.market_side.market.venue), one)
    return [one for one in seen.values() if one.code not in told]


def side_of(market: str, side: str) -> list[MarketSide]:
    """The market side that a form names; none where it names none."""
    try:
        return [MarketSide(Market.parse(market), Side(side.upper()))]
    except (ValueError, ClearError):
        return []
