"""The subworker `terms`: reads each text once and keeps what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from p2p_pipeline.p2p.warehouse.subworkers.interface import OfferRow, Receives, Subworker

if TYPE_CHECKING:
    from psycopg import Connection

_UNREAD = """
    SELECT terms_id, terms FROM offer_terms WHERE terms_id = ANY (%(seen)s) AND NOT EXISTS (
        SELECT FROM offer_terms_classes AS known WHERE known.terms_id = offer_terms.terms_id
    )
    UNION ALL
    SELECT terms_id, terms FROM offer_terms WHERE terms_id IN (
        SELECT terms_id FROM offer_terms_classes WHERE classifier_version <> %(version)s
    )
    LIMIT 5000
"""
_FORGET = "DELETE FROM offer_terms_classes WHERE terms_id = ANY (%s)"
_WRITE = "COPY offer_terms_classes (terms_id, class, value, evidence, classifier_version) FROM STDIN"


def _work(connection: Connection[tuple[object, ...]], _batch_id: int, rows: Iterator[OfferRow]) -> int:
    """Read the texts that came with the batch and were never read, and those that older rules have read."""
    # Here, so that drawing the graph reads no rules.
    from p2p_pipeline.p2p.warehouse.subworkers.terms.classify import CLASSIFIER_VERSION, classify  # noqa: PLC0415

    seen = list({row.terms_id for row in rows if row.terms_id is not None})
    written = 0
    while unread := connection.execute(_UNREAD, {"seen": seen, "version": CLASSIFIER_VERSION}).fetchall():
        connection.execute(_FORGET, [[terms_id for terms_id, _ in unread]])
        with connection.cursor() as cursor, cursor.copy(_WRITE) as copy:
            for terms_id, terms in unread:
                for finding in classify(str(terms)):
                    copy.write_row((terms_id, finding.topic, finding.value, finding.evidence, CLASSIFIER_VERSION))
                    written += 1
    return written


TERMS = Subworker(
    name="terms",
    description="What the free text of offers demands: payer, receipt, identification, hours, language",
    tables=("offer_terms_classes",),
    receives=Receives.CHANGES,
    work=_work,
)
