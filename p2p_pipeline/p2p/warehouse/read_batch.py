"""A stored sweep as the warehouse takes it in: the same captures give the same batch, live, late or in a rebuild.

Every record of every answer becomes an offer or an error; an offer that the table `offers` would refuse is refused
here too. A few thousand offers are in memory here at a time; what the loader keeps of a batch beyond some MB waits on
the disk (rows.py).
"""

from __future__ import annotations

import hashlib
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from p2p_pipeline.p2p.capture.sweeps.batches import batch_snapshots, sweep_keys
from p2p_pipeline.p2p.capture.sweeps.report import MissingSide, SweepReport, SweepStatus, batch_moment
from p2p_pipeline.p2p.markets import Market, MarketSide, NativePayment, Side, Source, snapshot_id
from p2p_pipeline.p2p.offers.assemble import AssembledSnapshot, SeenOffer, assemble
from p2p_pipeline.p2p.offers.day_tables import offer_table
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.offers.schema import OFFERS
from p2p_pipeline.p2p.raw.capture import Capture, Outcome
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import Damage, StoredSnapshot
from p2p_pipeline.p2p.venues.wire import Venue
from p2p_pipeline.p2p.warehouse.batch import Batch, ExtractionError, MarketRead, ReadOffer
from p2p_pipeline.p2p.warehouse.load import Replay

CHUNK_OFFERS = 5_000
"""Offers checked at a time: bounds memory, and makes the checks' fixed cost small."""


def read_batch(
    reader: RawReader,
    report: SweepReport,
    venue: Venue,
    payments: PaymentMap,
    snapshots: Iterable[StoredSnapshot | Damage] | None = None,
    digest: str = "",
) -> Batch:
    """A stored sweep, to be loaded; it is read while it is. `snapshots` are its own where they are at hand already.

    `digest` is its `content_digest`; without it the loader makes one of what it reads.
    """
    if snapshots is None:
        snapshots = batch_snapshots(reader, venue.name, report.batch_id)
    reading = _Reading(venue, payments, report)
    return Batch(
        report=report,
        source=_source(reader, venue.name, report.batch_id),
        reads=reading.reads(snapshots),
        errors=reading.errors,
        content_digest=digest,
        final_report=reading.final_report,
    )


def content_digest(report: SweepReport, snapshot_ids: Iterable[str]) -> str:
    """What the raw store has of a batch, told from its indexes: a stored snapshot never changes, it is there or not."""
    return hashlib.sha256("\n".join([str(report.status), *sorted(snapshot_ids)]).encode()).hexdigest()[:32]


def replay_from_raw(reader: RawReader, venue: Venue, payments: PaymentMap) -> Replay:
    """Gives market sides of stored batches once more, for a batch that comes after them."""

    def replay(batch_id: int, market_sides: frozenset[MarketSide], /) -> Iterator[MarketRead]:
        moment = batch_moment(batch_id)
        wanted = {snapshot_id(market_side, moment) for market_side in market_sides}
        reading = _Reading(venue, payments, None)
        for key in sweep_keys(reader, venue.name, moment.date()):
            yield from reading.reads(reader.read_some(moment.date(), key, wanted.__contains__))

    return replay


@dataclass(slots=True)
class _Reading:
    """Reads snapshots, and counts what a sweep that was killed could not count."""

    venue: Venue
    payments: PaymentMap
    report: SweepReport | None
    errors: list[ExtractionError] = field(default_factory=list)
    _codes: dict[tuple[NativePayment, str], str] = field(default_factory=dict)
    _requests: int = 0
    _failed_requests: int = 0
    _last: datetime | None = None
    _stored: set[MarketSide] = field(default_factory=set)
    _complete: set[MarketSide] = field(default_factory=set)
    _offers: int = 0

    def reads(self, snapshots: Iterable[StoredSnapshot | Damage]) -> Iterator[MarketRead]:
        """The market sides of which anything could be read; what could not be is in `errors` when all are through."""
        waiting: list[tuple[AssembledSnapshot, StoredSnapshot]] = []
        for found in snapshots:
            if isinstance(found, Damage):
                if self.report is not None:
                    self.errors.append(_damage(found, self.report.started_at))
                continue
            assembled = self._assembled(found)
            if assembled is not None:
                waiting.append((assembled, found))
            if sum(len(snapshot.offers) for snapshot, _ in waiting) >= CHUNK_OFFERS:
                yield from self._checked(waiting)
                waiting.clear()
        yield from self._checked(waiting)
        if self.report is not None:
            self.errors += self._missing(self.report)
            self.errors += _trouble(self.report)

    def final_report(self) -> SweepReport:
        """The sweep's report; for one that was killed, with what its snapshots say."""
        report = self.report
        if report is None:
            raise ValueError("only a whole batch has a report")
        if report.status is not SweepStatus.INTERRUPTED:
            return report
        complete = Counter(side.market for side in self._complete)
        return replace(
            report,
            ended_at=max(report.ended_at, self._last or report.ended_at),
            markets_complete=sum(count == len(Side) for count in complete.values()),
            sides_complete=len(self._complete),
            offers=self._offers,
            requests=self._requests,
            failed_requests=self._failed_requests,
            seconds=max(0.0, ((self._last or report.started_at) - report.started_at).total_seconds()),
        )

    def _assembled(self, stored: StoredSnapshot) -> AssembledSnapshot | None:
        captures = [capture for capture, _ in stored.captures]
        self._requests += len(captures)
        self._failed_requests += sum(capture.outcome is not Outcome.OK for capture in captures)
        last = max(capture.received_at for capture in captures)
        self._last = last if self._last is None else max(self._last, last)
        if stored.market_side is not None:
            self._stored.add(stored.market_side)
        self.errors += _failures(captures)
        if not stored.has_answer:
            return None
        try:
            return assemble(stored, self.venue, self.payments, lambda _: {})
        except Exception as error:  # noqa: BLE001 - one answer that breaks the adapter costs its market side, not the batch
            self.errors.append(_bug(captures[0], error))
            return None

    def _checked(self, waiting: list[tuple[AssembledSnapshot, StoredSnapshot]]) -> Iterator[MarketRead]:
        entries = [(snapshot, entry) for snapshot, _ in waiting for entry in snapshot.offers]
        failures = OFFERS.failures(offer_table(entries)) if entries else {}
        place = 0
        for snapshot, stored in waiting:
            refused = {
                number - place: sentences
                for number, sentences in failures.items()
                if place <= number < place + len(snapshot.offers)
            }
            place += len(snapshot.offers)
            yield self._read(snapshot, stored, refused)

    def _read(self, snapshot: AssembledSnapshot, stored: StoredSnapshot, refused: dict[int, list[str]]) -> MarketRead:
        reasons = [(str(row["reason"]), str(row["detail"])) for row in snapshot.quarantine]
        reasons += [("schema", "; ".join(sentences)) for sentences in refused.values()]
        self.errors += _quarantined(snapshot.market_side, stored.snapshot_at, reasons)
        offers = tuple(self._offer(entry) for number, entry in enumerate(snapshot.offers) if number not in refused)
        self._offers += len(offers)
        if snapshot.row["is_complete"]:
            self._complete.add(snapshot.market_side)
        return MarketRead(
            market_side=snapshot.market_side,
            snapshot_id=stored.snapshot_id,
            extracted_at=stored.snapshot_at,
            # Not the snapshot's: it passes for complete when one ad in a hundred is missing, which is still open. Nor
            # where an ad could not be read: which one it was can't be told, and it is still listed.
            is_complete=snapshot.is_whole and not reasons,
            offers=offers,
            quarantined=len(reasons),
            digest=captures_digest(capture for capture, _ in stored.captures),
        )

    def _offer(self, entry: SeenOffer) -> ReadOffer:
        offer = entry.offer
        codes = []
        for payment in offer.payments:
            code = self._codes.get((payment, offer.fiat))
            if code is None:
                found = self.payments.code(self.venue.name, payment, offer.fiat, {})
                code = self._codes[payment, offer.fiat] = found or f"{self.venue.name}:{payment.native_id}"
            codes.append(code)
        return ReadOffer(offer, tuple(codes))

    def _missing(self, report: SweepReport) -> Iterator[ExtractionError]:
        told = {(error.asset, error.fiat, error.side) for error in self.errors if not error.is_resolved}
        for missing in report.missing:
            if (missing.asset, missing.fiat, missing.side) in told:
                continue
            yield ExtractionError(
                at=report.ended_at,
                fiat=missing.fiat,
                # Both are empty where a whole fiat is missing: its assets could not be told.
                asset=missing.asset or None,
                side=missing.side or None,
                page=None,
                error_type=self._type_of(report, missing),
                message=missing.reason,
                retry_count=0,
                is_resolved=False,
                stack_trace=missing.stack_trace,
            )

    def _type_of(self, report: SweepReport, missing: MissingSide) -> str:
        if missing.stack_trace is not None:
            return "bug"
        if not missing.side:
            return "not_asked"
        market_side = MarketSide(Market(report.venue, missing.asset, missing.fiat), Side(missing.side))
        return "incomplete" if market_side in self._stored else "not_asked"


def _trouble(report: SweepReport) -> Iterator[ExtractionError]:
    # Where not even the venue's lists could be had there is no market side to tell it of, and nothing else would.
    if report.status is SweepStatus.FAILED and report.trouble is not None:
        yield ExtractionError(
            report.ended_at, None, None, None, None, "sweep_failed", report.trouble, 0, is_resolved=False
        )


def captures_digest(captures: Iterable[Capture]) -> str:
    """A checksum over the answers of one snapshot as they were received, in their order."""
    digest = hashlib.blake2b(digest_size=16)
    for capture in captures:
        digest.update(b"%d %s %d\n" % (capture.ordinal, capture.outcome.encode(), len(capture.body)))
        digest.update(capture.body)
    return digest.hexdigest()


def _source(reader: RawReader, venue: str, batch_id: int) -> Source:
    day = batch_moment(batch_id).date()
    for key in sweep_keys(reader, venue, day):
        for source in reader.sources(day, key):
            return source
    # Nothing could be read at all: only the report's own file is there, and a data folder has one realm.
    return next(iter(reader.sources(day, f"{venue}.sweeps")), Source.LIVE)


def _failures(captures: list[Capture]) -> Iterator[ExtractionError]:
    answered = {capture.page: capture.ordinal for capture in captures if capture.outcome is Outcome.OK}
    tries: Counter[int | None] = Counter()
    for capture in captures:
        if capture.outcome is Outcome.OK:
            continue
        yield _error(
            capture,
            str(capture.outcome),
            capture.detail or f"The exchange ended with {capture.outcome}.",
            retry_count=tries[capture.page],
            is_resolved=answered.get(capture.page, -1) > capture.ordinal,
        )
        tries[capture.page] += 1


def _error(capture: Capture, error_type: str, message: str, **more: Any) -> ExtractionError:
    side = None if capture.side is None else str(capture.side)
    return ExtractionError(
        capture.received_at, capture.fiat, capture.asset, side, capture.page, error_type, message, **more
    )


def _bug(capture: Capture, error: Exception) -> ExtractionError:
    trace = "".join(traceback.format_exception(error))[-8_000:]
    return _error(capture, "bug", repr(error)[:1_000], retry_count=0, is_resolved=False, stack_trace=trace)


def _quarantined(market_side: MarketSide, at: datetime, reasons: list[tuple[str, str]]) -> list[ExtractionError]:
    """One error a reason, for a changed format breaks every record in the same way."""
    first: dict[str, str] = {}
    for reason, detail in reasons:
        first.setdefault(reason, detail)
    counts = Counter(reason for reason, _ in reasons)
    return [
        ExtractionError(
            at=at,
            fiat=market_side.market.fiat,
            asset=market_side.market.asset,
            side=str(market_side.side),
            page=None,
            error_type="quarantined",
            message=f"{counts[reason]} x {reason}: {detail}",
            retry_count=0,
            is_resolved=False,
        )
        for reason, detail in first.items()
    ]


def _damage(damage: Damage, at: datetime) -> ExtractionError:
    message = f"{damage.path} at byte {damage.offset}: {damage.reason}"
    return ExtractionError(at, None, None, None, None, "damaged", message, 0, is_resolved=False)
