"""A venue's day judged, as Dagster shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from logging import Logger

from dagster import AssetCheckResult

from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.results import not_judged, to_check_result
from p2p_pipeline.orchestration.tables.open_day import open_day
from p2p_pipeline.p2p.quality.judging import JUDGES
from p2p_pipeline.p2p.quality.properties import Property
from p2p_pipeline.p2p.quality.venue_day import VenueDay


def judge_day(
    installation: Installation, venue: str, partition_key: str | None, properties: Sequence[Property], log: Logger
) -> Iterator[AssetCheckResult]:
    """Judge a day (today without one) by some properties."""
    return judge(open_day(venue, partition_key, installation), properties, log)


def judge(day: VenueDay, properties: Sequence[Property], log: Logger) -> Iterator[AssetCheckResult]:
    """Judge a day that is open; a property that can't be judged says why and stops no other."""
    for entry in properties:
        try:
            outcome = JUDGES[entry.name](day)
        except Exception as error:  # noqa: BLE001 - whatever it is, a person is told which check it was and why
            outcome = not_judged(entry.name, error, is_blocking=entry.is_blocking, log=log)
        yield to_check_result(day.venue, entry.table, outcome)
