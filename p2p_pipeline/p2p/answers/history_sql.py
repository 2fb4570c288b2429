"""The SQL over the lake that gives a shown series: for who wants to go on from there with `p2p sql`."""

from __future__ import annotations

from datetime import UTC, datetime

from p2p_pipeline.p2p.answers.history import ShownSeries
from p2p_pipeline.p2p.metrics.history.period_name import PeriodName

_BEGINS = {
    PeriodName.SIX_HOURS: "time_bucket(INTERVAL 6 HOURS, {local})",
    PeriodName.DAY: "date_trunc('day', {local})",
    PeriodName.WEEK: "date_trunc('week', {local})",
}


def sql_of(shown: ShownSeries) -> str:
    """A statement for `p2p sql` with the points of the series."""
    # Put together from our own words and quoted names: it is shown to be copied, and run nowhere here.
    if shown.period is PeriodName.LOOK:
        wanted = _where(shown, "observed_at")
        return f"SELECT observed_at AS starts_at, value FROM history WHERE {wanted} ORDER BY 1"  # noqa: S608
    wanted = f"period_seconds = {shown.period.stored_seconds} AND {_where(shown, 'period_start')}"
    if shown.period not in _BEGINS:
        columns = "period_start AS starts_at, median AS value, observations, low, high"
        return f"SELECT {columns} FROM rollups WHERE {wanted} ORDER BY 1"  # noqa: S608
    zone = _quoted(shown.zone.key)
    begins = _BEGINS[shown.period].format(local=f"period_start AT TIME ZONE {zone}")
    columns = (
        f"{begins} AT TIME ZONE {zone} AS starts_at, median(median) AS value, sum(observations) AS observations, "
        "min(low) AS low, max(high) AS high"
    )
    return f"SELECT {columns} FROM rollups WHERE {wanted} GROUP BY 1 ORDER BY 1"  # noqa: S608


def _where(shown: ShownSeries, moment: str) -> str:
    key, (start, end) = shown.key, shown.asked
    named = {"market_key": key.market_side.market.key, "side": str(key.market_side.side), "measure": key.measure}
    parts = [f"{name} = {_quoted(value)}" for name, value in named.items()]
    if key.profile is not None:
        parts.append(f"profile = {_quoted(key.profile)}")
    if key.step is not None:
        parts.append(f"step = {key.step}")
    value = "value" if shown.period is PeriodName.LOOK else "median"
    return " AND ".join([*parts, f"{moment} >= {_moment(start)}", f"{moment} < {_moment(end)}", f"{value} IS NOT NULL"])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _moment(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}+00'"
