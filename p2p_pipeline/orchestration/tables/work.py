"""What the table assets do when they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from dagster import AssetExecutionContext, Failure, MaterializeResult, MetadataValue

from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.partitions import day_of_key
from p2p_pipeline.orchestration.run_tags import is_brief
from p2p_pipeline.orchestration.tables.day_view import market_table, price_plot
from p2p_pipeline.orchestration.tables.open_day import open_day
from p2p_pipeline.orchestration.tables.summary_view import anomalies_view
from p2p_pipeline.p2p.steps.continuing import StepReport, market_keys
from p2p_pipeline.p2p.steps.each_market import MarketFailure, for_each_market
from p2p_pipeline.p2p.steps.history import build_history, build_rollups
from p2p_pipeline.p2p.steps.offers import build_offers
from p2p_pipeline.p2p.steps.quotes import build_depth, build_quotes
from p2p_pipeline.p2p.tables import TABLES

Builder = Callable[[date, str], StepReport]


def _offers_builder(installation: Installation, full: bool) -> Builder:
    reader, lake, payments = installation.reader(), installation.lake(), installation.payments()
    return lambda day, key: build_offers(reader, lake, day, key, payments, full)


def _quotes_builder(installation: Installation, full: bool) -> Builder:
    lake, settings = installation.lake(), installation.settings()
    return lambda day, key: build_quotes(lake, day, key, settings, full)


def _depth_builder(installation: Installation, full: bool) -> Builder:
    lake = installation.lake()
    return lambda day, key: build_depth(lake, day, key, full)


def _history_builder(installation: Installation, full: bool) -> Builder:
    lake, settings = installation.lake(), installation.settings()
    return lambda day, key: build_history(lake, day, key, settings, full)


def _rollups_builder(installation: Installation, full: bool) -> Builder:
    lake, settings = installation.lake(), installation.settings()
    return lambda day, key: build_rollups(lake, day, key, settings, full)


def _offer_days_builder(installation: Installation, full: bool) -> Builder:
    from p2p_pipeline.p2p.steps.behaviour import build_offer_days

    lake, settings = installation.lake(), installation.settings()
    return lambda day, key: build_offer_days(lake, day, key, settings, full)


def _anomalies_builder(installation: Installation, full: bool) -> Builder:
    # Its statistics take more than a second to import, which only runs that need them should pay.
    from p2p_pipeline.p2p.steps.anomalies import build_anomalies

    lake, settings = installation.lake(), installation.settings()
    return lambda day, key: build_anomalies(lake, key, day, settings, datetime.now(UTC), full)


BUILDERS: Mapping[str, Callable[[Installation, bool], Builder]] = {
    "offers": _offers_builder,
    "quotes": _quotes_builder,
    "depth": _depth_builder,
    "history": _history_builder,
    "rollups": _rollups_builder,
    "offer_days": _offer_days_builder,
    "anomalies": _anomalies_builder,
}
"""By table, given the installation and whether to make it anew: what makes one day of one market."""


def materialize_day(
    context: AssetExecutionContext, venue: str, table: str, installation: Installation, full: bool
) -> MaterializeResult[Any]:
    """Bring one table of a venue's day up to what it is made from, and say what is in it now."""
    day = day_of_key(context.partition_key)
    keys = market_keys(installation.reader(), day, venue)
    build = BUILDERS[table](installation, full)
    failures: list[MarketFailure] = []
    reports = for_each_market(day, keys, lambda key: build(day, key), failures.append)
    metadata: dict[str, Any] = {"dagster/row_count": _total(reports), **_counts(reports), **_told(context, failures)}
    if failures and not reports:
        raise Failure(f"no market of {venue} on {day} could be made", metadata=_told(context, failures))
    if not keys:
        metadata["note"] = f"The raw store has no {venue} market on {day}: nothing to do. Collect or import first."
    elif table == "quotes":
        view = open_day(venue, context.partition_key, installation)
        metadata["markets"] = MetadataValue.md(market_table(view.markets(), view.now))
    elif table == "anomalies":
        rows = open_day(venue, context.partition_key, installation).table(TABLES[table])
        metadata["judged"] = MetadataValue.md(anomalies_view(rows))
    elif not is_brief(context.run.tags) and table == "depth":
        # A picture weighs up to 60 kB in the event log: not every few minutes.
        picture = price_plot(open_day(venue, context.partition_key, installation).markets())
        if picture is not None:
            metadata["prices"] = MetadataValue.md(picture)
    return MaterializeResult(metadata=metadata)


def _told(context: AssetExecutionContext, failures: Sequence[MarketFailure]) -> dict[str, Any]:
    """What was left out. The step does not fail for it: the tables after it would then miss every other market too."""
    for failure in failures:
        context.log.error(f"{failure.market_key} on {failure.day} is left out: {failure.reason}\n{failure.trace}")
    listed = "\n".join(f"- `{failure.market_key}`: {failure.reason}" for failure in failures)
    return {"failed_markets": len(failures)} | ({"left_out": MetadataValue.md(listed)} if failures else {})


def _total(reports: Sequence[StepReport]) -> int:
    """Rows of the step's main table: the first that it reports."""
    return sum(next(iter(report.total_rows.values())) for report in reports)


def _counts(reports: Sequence[StepReport]) -> dict[str, Any]:
    counts: dict[str, Any] = {}
    for report in reports:
        for table, rows in report.new_rows.items():
            counts[f"new_rows_{table}"] = counts.get(f"new_rows_{table}", 0) + rows
    counts["seconds"] = round(sum(report.seconds for report in reports), 3)
    return counts
