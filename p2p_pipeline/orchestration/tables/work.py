"""What the table assets do when they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from dagster import AssetExecutionContext, Failure, MaterializeResult, MetadataValue

from p2p_pipeline.kernel.foreign_text import markdown_cell
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.partitions import day_of_key
from p2p_pipeline.orchestration.run_tags import is_brief
from p2p_pipeline.orchestration.tables.day_metadata import combo_metadata, day_metadata
from p2p_pipeline.orchestration.tables.open_day import open_day
from p2p_pipeline.p2p.steps.continuing import StepReport, market_keys
from p2p_pipeline.p2p.steps.each_market import MarketFailure, for_each_market, raise_what_failed
from p2p_pipeline.p2p.steps.history import build_history, build_rollups
from p2p_pipeline.p2p.steps.offers import build_offers
from p2p_pipeline.p2p.steps.quotes import build_depth, build_quotes

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
    build = BUILDERS[table](installation, full)
    failures: list[MarketFailure] = []
    keys = market_keys(installation.reader(), day, venue)
    reports = for_each_market(day, keys, lambda key: build(day, key), failures.append)
    if failures and not reports:
        raise Failure(f"no market of {venue} on {day} could be made", metadata=_told(context, failures))
    view = open_day(venue, context.partition_key, installation)
    is_brief_run = is_brief(context.run.tags)
    counts = {} if is_brief_run else _counts(reports)
    told = _told(context, failures)
    return MaterializeResult(metadata={**day_metadata(view, table, is_brief=is_brief_run), **counts, **told})


def _told(context: AssetExecutionContext, failures: Sequence[MarketFailure]) -> dict[str, Any]:
    """What was left out. The step does not fail for it: the tables after it would then miss every other market too."""
    for failure in failures:
        context.log.error(f"{failure.market_key} on {failure.day} is left out: {failure.reason}\n{failure.trace}")
    listed = "\n".join(f"- {markdown_cell(each.market_key)}: {markdown_cell(each.reason)}" for each in failures)
    return {"failed_markets": len(failures)} | ({"left_out": MetadataValue.md(listed)} if failures else {})


def materialize_combos(
    context: AssetExecutionContext, installation: Installation, full: bool
) -> MaterializeResult[Any]:
    """Price every configured combo on a day."""
    from p2p_pipeline.p2p.steps.combos import build_combos

    lake, settings, day = installation.lake(), installation.settings(), day_of_key(context.partition_key)
    combos = {f"{combo.source} to {combo.target}": combo for combo in settings.analytics.combos}
    failures: list[MarketFailure] = []
    reports = for_each_market(
        day, combos, lambda name: build_combos(lake, day, combos[name], settings, full), failures.append
    )
    raise_what_failed(failures)
    return MaterializeResult(metadata={**combo_metadata(lake, day), **_counts(reports)})


def _counts(reports: Sequence[StepReport]) -> dict[str, Any]:
    counts: dict[str, Any] = {}
    for report in reports:
        for table, rows in report.new_rows.items():
            counts[f"new_rows_{table}"] = counts.get(f"new_rows_{table}", 0) + rows
    counts["seconds"] = round(sum(report.seconds for report in reports), 3)
    return counts
