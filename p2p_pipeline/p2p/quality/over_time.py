"""Is what was measured over time whole, and does what is said of it hold?"""

from __future__ import annotations

import pyarrow as pa

from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.metrics.unusual.states import State
from p2p_pipeline.p2p.offers.usable import usable
from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity, rows_of, sampled


def history_keeps_quotes(snapshots: pa.Table, quotes: pa.Table, history: pa.Table) -> QualityOutcome:
    """Each quote of a usable snapshot stands in the history once, with its price, and no price that is no quote does.

    Takes the day's tables. A look at an empty book has no quote, and rows without a value in the history.
    """
    bad = rows_of(
        """
        WITH wanted AS (
            SELECT market_key, side, profile, amount_fiat, snapshot_at AS observed_at, best_split_price AS price
            FROM quotes WHERE snapshot_id IN (SELECT snapshot_id FROM looks)
        ), kept AS (
            SELECT market_key, side, profile, amount_fiat, observed_at, value AS price FROM history
            WHERE measure = 'executable' AND origin <> 'imported'
        ), found AS (
            FROM kept WHERE price IS NOT NULL
            UNION ALL FROM kept SEMI JOIN wanted USING (market_key, side, profile, amount_fiat, observed_at)
                WHERE kept.price IS NULL
        )
        SELECT 'lost or changed' AS problem, * FROM (FROM wanted EXCEPT ALL FROM found)
        UNION ALL SELECT 'not a quote' AS problem, * FROM (FROM found EXCEPT ALL FROM wanted)
        ORDER BY observed_at
        """,
        looks=usable(snapshots).select(["snapshot_id"]),
        quotes=quotes,
        history=history,
    )
    return QualityOutcome(
        name="history_keeps_quotes",
        passed=not bad,
        severity=Severity.ERROR,
        expected=Told(
            "the {quotes} quotes of the day in the history, each once and with its price", quotes=quotes.num_rows
        ),
        observed=Told("{rows} rows differ", rows=len(bad)) if bad else Told("the same"),
        sample=sampled(bad),
        limit=0.0,
        bad=len(bad),
        total=quotes.num_rows,
    )


def advice_holds(walk_forward: pa.Table, confidence: float) -> QualityOutcome:
    """Advice to trade at some hours brought something on weeks it had not seen, and its intervals held.

    Judged over all series of a venue together: `walk_forward` as the table has it. Fails when weeks with a
    recommendation were on average worse than trading at random, or when intervals held clearly less often than they
    say: by more than chance (two standard errors, weeks taken as independent).
    """
    (row,) = rows_of(
        """
        SELECT count(*) AS weeks, count(*) FILTER (verdict = 'recommended') AS advised,
            avg(realised) FILTER (verdict = 'recommended') AS gained, avg(is_covered::INT) AS held
        FROM weeks
        """,
        weeks=walk_forward,
    )
    weeks, gained, held = row["weeks"], row["gained"], row["held"]
    least = confidence - 2 * (confidence * (1 - confidence) / max(weeks, 1)) ** 0.5
    observed = Told("no week to judge by yet")
    if weeks:
        brought = Told("nothing was recommended")
        if gained is not None:
            brought = Told("recommended weeks brought {gain:.3f} %", gain=100 * gained)
        observed = Told(
            "{weeks} weeks, {advised} with a recommendation: {brought}; intervals held in {held:.0%}",
            weeks=weeks,
            advised=row["advised"],
            brought=brought,
            held=held,
        )
    return QualityOutcome(
        name="advice_holds",
        passed=not weeks or ((gained is None or gained >= 0) and held >= least),
        severity=Severity.WARN,
        expected=Told(
            "recommended weeks better than a random time, and {confidence:.0%} intervals that held at least "
            "{least:.0%} of the time",
            confidence=confidence,
            least=max(least, 0),
        ),
        observed=observed,
        sample=sampled(
            rows_of(
                """
                SELECT market_key, side, measure, profile, amount_fiat, count(*) AS weeks, avg(realised) AS realised,
                    avg(is_covered::INT) AS held
                FROM weeks GROUP BY market_key, side, measure, profile, step, amount_fiat ORDER BY held, realised
                """,
                weeks=walk_forward,
            )
        ),
        value=held,
        limit=max(least, 0.0),
    )


def higher_scores_hold(calibration: pa.Table) -> QualityOutcome:
    """The orders of a deal with a higher chance were likelier to be there later, in every market, at every horizon.

    Fails where the whole interval of the AUC lies below 0.5: there a higher chance means the opposite. The score itself
    is money, and a cheaper deal is sooner gone: what it rests on is judged.
    """
    rows = rows_of(
        """
        SELECT DISTINCT market_key, predictor, horizon, auc, auc_low, auc_high FROM calibration
        WHERE predictor LIKE 'chance%' AND outcome = 'legs' AND auc IS NOT NULL ORDER BY auc
        """,
        calibration=calibration,
    )
    bad = [row for row in rows if (row["auc_high"] if row["auc_high"] is not None else row["auc"]) < 0.5]
    observed = Told("nothing to judge by yet")
    if rows:
        observed = Told(
            "{bad} of {all} comparisons the wrong way round, the least AUC {auc:.2f}",
            bad=len(bad),
            all=len(rows),
            auc=rows[0]["auc"],
        )
    return QualityOutcome(
        name="higher_scores_hold",
        passed=not bad,
        severity=Severity.WARN,
        expected=Told("deals with a higher chance at least as likely to hold as others (AUC not below 0.5)"),
        observed=observed,
        sample=sampled(bad or rows),
        value=rows[0]["auc"] if rows else None,
        limit=0.5,
        bad=len(bad),
        total=len(rows),
    )


def nothing_unusual(anomalies: pa.Table) -> QualityOutcome:
    """The newest hour of each measure of each market side is as usual; too little history is no fault.

    `anomalies` of one day or more; what is unusual now is told with its reason.
    """
    rows = rows_of(
        """
        SELECT market_key, side, measure, profile, amount_fiat, hour_start, state, reason FROM anomalies
        QUALIFY hour_start = max(hour_start) OVER (PARTITION BY market_key) ORDER BY market_key, side, measure
        """,
        anomalies=anomalies,
    )
    bad = [row for row in rows if row["state"] in (State.UNUSUAL, State.REGIME_CHANGE, State.OUTAGE)]
    unknown = sum(row["state"] == State.NOT_ENOUGH_HISTORY for row in rows)
    return QualityOutcome(
        name="nothing_unusual",
        passed=not bad,
        severity=Severity.WARN,
        expected=Told("the newest hour of every measure as usual for its hour"),
        observed=Told(
            "{bad} of {all} are not; {unknown} have too little history to say",
            bad=len(bad),
            all=len(rows),
            unknown=unknown,
        ),
        sample=sampled(bad),
        limit=0.0,
        bad=len(bad),
        total=len(rows),
    )
