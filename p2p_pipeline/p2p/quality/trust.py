"""Can the data be believed: keys, counts, wire format, quarantine, bytes?"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity, percent, rows_of, sampled, share_outcome
from p2p_pipeline.p2p.raw.stored import Damage


def keys_and_counts(snapshots: pa.Table, offers: pa.Table) -> QualityOutcome:
    """No snapshot and no offer stands twice, and every snapshot has as many offers as it counted."""
    bad = rows_of(
        """
        WITH counted AS (
            SELECT snapshot_id, count(*) AS rows, count(DISTINCT offer_id) AS distinct_offers
            FROM offers GROUP BY snapshot_id
        ), wanted AS (
            SELECT snapshot_id, count(*) AS times, sum(offers)::BIGINT AS offers FROM snapshots GROUP BY snapshot_id
        )
        SELECT coalesce(wanted.snapshot_id, counted.snapshot_id) AS snapshot_id, times, offers, rows, distinct_offers
        FROM wanted FULL JOIN counted USING (snapshot_id)
        WHERE times IS DISTINCT FROM 1 OR coalesce(rows, 0) <> offers OR rows <> distinct_offers
        """,
        snapshots=snapshots,
        offers=offers,
    )
    return QualityOutcome(
        name="keys_and_counts",
        passed=not bad,
        severity=Severity.ERROR,
        expected=Told("every snapshot once, every offer once in it, and as many as the snapshot counted"),
        observed=Told("{bad} of {all} snapshots break that", bad=len(bad), all=snapshots.num_rows),
        sample=sampled(bad),
        limit=0.0,
        bad=len(bad),
        total=snapshots.num_rows,
    )


def schema_drift(snapshots: pa.Table) -> QualityOutcome:
    """The venue's answers have the fields the adapter knows, no new ones and none gone."""
    bad = rows_of(
        """
        WITH named AS (
            SELECT 'new' AS change, unnest(unknown_fields) AS field, snapshot_id, raw_path, raw_offset FROM snapshots
            UNION ALL SELECT 'missing', unnest(missing_fields), snapshot_id, raw_path, raw_offset FROM snapshots
        )
        SELECT change, field, count(*) AS snapshots, min(snapshot_id) AS first_snapshot_id,
               arg_min(raw_path, snapshot_id) AS raw_path, arg_min(raw_offset, snapshot_id) AS byte_offset
        FROM named GROUP BY change, field ORDER BY snapshots DESC, field
        """,
        snapshots=snapshots,
    )
    names = ", ".join(f"{row['change']} {row['field']}" for row in bad[:5])
    return QualityOutcome(
        name="schema_drift",
        passed=not bad,
        severity=Severity.WARN,
        expected=Told("only fields that the adapter knows, and all of them"),
        observed=names or Told("nothing new, nothing missing"),
        sample=sampled(bad),
        limit=0.0,
        bad=len(bad),
    )


def quarantined_share(snapshots: pa.Table, quarantine: pa.Table, max_share: float) -> QualityOutcome:
    """Few records had to be set aside."""
    (sums,) = rows_of("SELECT coalesce(sum(offers), 0)::BIGINT AS accepted FROM snapshots", snapshots=snapshots)
    bad = rows_of(
        "SELECT stage, reason, count(*) AS records, any_value(detail) AS detail, any_value(raw_path) AS raw_path, "
        "min(byte_offset) AS byte_offset FROM quarantine GROUP BY stage, reason ORDER BY records DESC",
        quarantine=quarantine,
    )
    return share_outcome(
        "quarantined_share",
        Severity.ERROR,
        bad=quarantine.num_rows,
        total=sums["accepted"] + quarantine.num_rows,
        limit=max_share,
        of_what=Told("records quarantined"),
        sample=bad,
    )


def raw_checksum(damages: Sequence[Damage], snapshots_read: int) -> QualityOutcome:
    """Every byte of the raw files still has the checksum it was written with. `damages` is what reading them found."""
    return QualityOutcome(
        name="raw_checksum",
        passed=not damages,
        severity=Severity.ERROR,
        expected=Told("all raw files read back with matching checksums"),
        observed=Told(
            "{snapshots} snapshots read, {places} damaged places", snapshots=snapshots_read, places=len(damages)
        ),
        limit=0.0,
        bad=len(damages),
        total=snapshots_read + len(damages),
        sample=sampled(
            [
                {"file": damage.path, "offset": damage.offset, "length": damage.length, "reason": damage.reason}
                for damage in damages
            ]
        ),
    )


def unknown_payments(offers: pa.Table, max_share: float) -> QualityOutcome:
    """Payment methods are understood: few have no canonical code yet."""
    named = rows_of(
        """
        SELECT method, count(*) AS offers FROM (SELECT unnest(payment_methods) AS method FROM offers)
        GROUP BY method ORDER BY offers DESC, method
        """,
        offers=offers,
    )
    unknown = [row for row in named if ":" in row["method"]]
    total = sum(row["offers"] for row in named)
    count = sum(row["offers"] for row in unknown)
    share = count / total if total else 0.0
    return QualityOutcome(
        name="unknown_payments",
        passed=share <= max_share,
        severity=Severity.WARN,
        expected=Told("at most {share} of named payment methods without a canonical code", share=percent(max_share)),
        observed=Told(
            "{missing} of {total} ({share}), {unknown} different ones",
            missing=count,
            total=total,
            share=percent(share),
            unknown=len(unknown),
        ),
        sample=sampled(unknown),
        value=share,
        limit=max_share,
        bad=count,
        total=total,
    )
