"""All tables of the lake by name, and the data dictionary made from them."""

from __future__ import annotations

from collections.abc import Iterable

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.p2p.metrics.behaviour.schema import ADVERTISER_DAYS, OFFER_DAYS, STABILITY_HOURS
from p2p_pipeline.p2p.metrics.behaviour.summary_schema import ADVERTISERS, ENDINGS, LIFETIMES, STABILITY
from p2p_pipeline.p2p.metrics.combos.schema import COMBOS
from p2p_pipeline.p2p.metrics.deals.schema import SCORE_CALIBRATION, SCORES
from p2p_pipeline.p2p.metrics.history.schema import HISTORY, ROLLUPS
from p2p_pipeline.p2p.metrics.pricing.schema import DEPTH, QUOTES, ROUND_TRIPS
from p2p_pipeline.p2p.metrics.timing.schema import WALK_FORWARD, WINDOWS
from p2p_pipeline.p2p.metrics.unusual.schema import ANOMALIES
from p2p_pipeline.p2p.offers.schema import OFFERS, QUARANTINE, SNAPSHOTS

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        SNAPSHOTS,
        OFFERS,
        QUOTES,
        DEPTH,
        ROUND_TRIPS,
        QUARANTINE,
        HISTORY,
        ROLLUPS,
        COMBOS,
        OFFER_DAYS,
        ADVERTISER_DAYS,
        STABILITY_HOURS,
        LIFETIMES,
        ENDINGS,
        ADVERTISERS,
        STABILITY,
        SCORES,
        SCORE_CALIBRATION,
        WINDOWS,
        WALK_FORWARD,
        ANOMALIES,
    )
}


def data_dictionary(others: Iterable[Table] = ()) -> str:
    """The dictionary as Markdown: a section a table, a row a column. `others` are another trade's tables."""
    head = (
        "# Data dictionary\n\nMade from the table schemas by `p2p doctor --dictionary`; don't edit it. Each table also "
        "has `date`, the UTC day of its partition.\n"
    )
    return head + "\n".join(_section(table) for table in (*TABLES.values(), *others))


def _section(table: Table) -> str:
    lines = [
        f"\n## {table.name}\n\n{table.description} Key: {', '.join(f'`{name}`' for name in table.key)}.\n",
        "| column | type | may be empty | meaning | checked |",
        "|---|---|---|---|---|",
    ]
    for field in table.arrow_schema:
        entry = table.schema.columns[field.name]
        checks = ", ".join(str(check.name) for check in entry.checks)
        lines.append(
            f"| {field.name} | {field.type} | {'yes' if field.nullable else ''} | {entry.description} | {checks} |"
        )
    rules = [f"Each row: {check.error}." for check in table.schema.checks]
    return "\n".join([*lines, *(["", *rules] if rules else [])])
