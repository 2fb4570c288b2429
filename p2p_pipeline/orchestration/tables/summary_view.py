"""What the summaries look like to a person in Dagster: small Markdown tables. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import pyarrow as pa

from p2p_pipeline.kernel.foreign_text import markdown_row
from p2p_pipeline.p2p.quality.outcome import rows_of

SHOWN_ROWS = 60
"""Metadata lives in the event log: a summary of hundreds of series is asked for with `p2p sql`."""
_SERIES = "market_key, side, measure, coalesce(profile, '') AS profile, amount_fiat"


def windows_view(windows: pa.Table) -> str:
    """A line a series: what is advised, what it is expected to bring, and why."""
    return _markdown(
        f"""
        SELECT {_SERIES}, any_value(verdict) AS verdict,
            coalesce(string_agg(coalesce(['Mon','Tue','Wed','Thu','Fri','Sat','Sun'][weekday + 1] || ' ', '')
                || printf('%02d:00', hour), ', ' ORDER BY weekday, hour) FILTER (is_recommended), '') AS hours,
            CASE any_value(verdict) WHEN 'recommended'
                THEN printf('%.2f %%', 100 * any_value(expected_improvement)) ELSE '' END AS "expected",
            coalesce(printf('%.2f to %.2f %%', 100 * any_value(week_low), 100 * any_value(week_high)), '') AS "a week",
            any_value(reason) AS why
        FROM rows GROUP BY market_key, side, measure, profile, step, amount_fiat
        ORDER BY market_key, side, measure, profile, amount_fiat
        """,  # noqa: S608 - our own column names
        windows,
    )


def walk_forward_view(weeks: pa.Table) -> str:
    """A line a series: how the advice did on weeks it had not seen."""
    return _markdown(
        f"""
        SELECT {_SERIES}, count(*) AS weeks, count(*) FILTER (verdict = 'recommended') AS recommended,
            printf('%.3f %%', 100 * avg(realised)) AS "realised",
            coalesce(printf('%.3f %%', 100 * avg(realised) FILTER (verdict = 'recommended')), '') AS "when recommended",
            printf('%.0f %%', 100 * avg(is_covered::INT)) AS "interval held",
            printf('%.2f %%', 100 * avg(regret)) AS regret,
            coalesce(printf('%.0f %%', 100 * avg(overlap)), '') AS "hours kept"
        FROM rows GROUP BY market_key, side, measure, profile, step, amount_fiat
        ORDER BY market_key, side, measure, profile, amount_fiat
        """,  # noqa: S608 - our own column names
        weeks,
    )


def anomalies_view(anomalies: pa.Table) -> str:
    """A line a market side: how many of the day's hours, over all measures, were what."""
    return _markdown(
        """
        SELECT market_key, side, count(*) AS judged,
            count(*) FILTER (state = 'normal') AS normal, count(*) FILTER (state = 'unusual') AS unusual,
            count(*) FILTER (state = 'regime_change') AS "new level", count(*) FILTER (state = 'outage') AS outage,
            count(*) FILTER (state = 'not_enough_history') AS "too little history",
            count(*) FILTER (state = 'no_data') AS "no value"
        FROM rows GROUP BY market_key, side ORDER BY market_key, side
        """,
        anomalies,
    )


def lifetimes_view(lifetimes: pa.Table) -> str:
    """A line a market side and place: how long offers live."""
    return _markdown(
        """
        SELECT market_key, side, place, state, lives, ended,
            coalesce(printf('%.1f h', median_seconds / 3600), '') AS "half live",
            coalesce(printf('%.1f to %.1f h', median_seconds_low / 3600, median_seconds_high / 3600), '') AS interval,
            coalesce(printf('%.2f', updates_per_hour), '') AS "updates an hour"
        FROM rows ORDER BY market_key, side, place
        """,
        lifetimes,
    )


def calibration_view(calibration: pa.Table) -> str:
    """A line a bin of the chance: how many such deals were still there some minutes later."""
    return _markdown(
        """
        SELECT market_key, horizon, CASE predictor WHEN 'chance_split' THEN 'split' ELSE 'single' END AS deal,
            printf('%.0f to %.0f %%', bin_low, bin_high) AS chance, deals,
            printf('%.0f %%', 100 * share_held) AS "still there",
            printf('%.0f to %.0f %%', 100 * share_low, 100 * share_high) AS interval,
            printf('%.3f', brier) AS brier, coalesce(printf('%.3f', brier_before), '') AS "brier of one share"
        FROM rows WHERE predictor LIKE 'chance%' ORDER BY market_key, horizon, predictor, bin_low
        """,
        calibration,
    )


VIEWS: Mapping[str, Callable[[pa.Table], str]] = {
    "windows": windows_view,
    "walk_forward": walk_forward_view,
    "lifetimes": lifetimes_view,
    "score_calibration": calibration_view,
}
"""By table."""


_NUMBERS = {
    "windows": "SELECT count(DISTINCT (market_key, side, measure, profile, step)) AS series, "
    "count(DISTINCT (market_key, side, measure, profile, step)) FILTER (verdict = 'recommended') AS recommended "
    "FROM rows",
    "walk_forward": "SELECT count(*) AS weeks, avg(is_covered::INT) AS interval_held_share, "
    "avg(realised) AS realised_share FROM rows",
    "lifetimes": "SELECT sum(lives)::BIGINT AS lives, median(median_seconds) / 3600 AS half_live_hours FROM rows",
    "score_calibration": "SELECT sum(deals)::BIGINT AS deals, max(auc) AS auc, "
    "sum(deals * brier) / sum(deals) AS brier FROM rows WHERE predictor LIKE 'chance%'",
}


def summary_numbers(table: str, rows: pa.Table) -> dict[str, float]:
    """The few numbers of a summary that are worth a plot over time."""
    if table not in _NUMBERS or not rows.num_rows:
        return {}
    (found,) = rows_of(_NUMBERS[table], rows=rows)
    return {name: value for name, value in found.items() if value is not None}


def _markdown(sql: str, rows: pa.Table) -> str:
    found = rows_of(sql, rows=rows)
    if not found:
        return "Nothing to show yet."
    lines = [markdown_row(found[0]), "|---" * len(found[0]) + "|"]
    lines += [markdown_row(_text(value) for value in row.values()) for row in found[:SHOWN_ROWS]]
    if len(found) > SHOWN_ROWS:
        lines.append(f"\n… and {len(found) - SHOWN_ROWS} more")
    return "\n".join(lines)


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value.normalize():,f}" if isinstance(value, Decimal) else str(value)
