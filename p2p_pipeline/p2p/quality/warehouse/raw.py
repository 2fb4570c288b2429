"""Does the warehouse say what the venue said: a batch's facts against its raw responses, read again.

Each offer is boiled down to one number, so that a whole market fits into a few megabytes; where two differ both are
read once more, to say in which field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from p2p_pipeline.p2p.capture.sweeps.batches import Snapshots, batch_snapshots, stored_batches
from p2p_pipeline.p2p.capture.sweeps.report import SweepReport, batch_moment
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.quality.outcome import SAMPLE_ROWS, QualityOutcome, Severity, sampled
from p2p_pipeline.p2p.quality.warehouse.batch import JudgedBatch, RawBatch, rows, sql_text
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import Damage, StoredSnapshot, sweep_key
from p2p_pipeline.p2p.venues.wire import Venue
from p2p_pipeline.p2p.warehouse.batch import MarketRead, ReadOffer
from p2p_pipeline.p2p.warehouse.read_batch import read_batch
from p2p_pipeline.p2p.warehouse.rows import payment_identifiers

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_SideKey = tuple[str, str, str]
"""Fiat, asset, side."""

COMPARED = (
    "price", "available_amount", "min_limit", "max_limit", "stated_max_limit", "advertiser_id", "nickname",
    "is_merchant", "completion_rate", "orders_30d", "payment_minutes", "is_promoted", "payment_methods", "terms",
)  # fmt: skip
"""What of an offer is compared, in the order of the values."""


def raw_checksum(batch: JudgedBatch) -> QualityOutcome:
    """Every market side and offer of the batch is what its raw responses say, and their bytes can be read."""
    if batch.raw is None:
        return QualityOutcome(
            name="raw_checksum",
            passed=False,
            severity=Severity.WARN,
            expected="raw responses to hold the batch against",
            observed="the raw store has none of this batch (any more)",
        )
    kept = _KeptBatch.of(batch)
    found = _Comparison()
    for read in batch.raw():
        if isinstance(read, Damage):
            found.damaged.append(read)
        else:
            _compare(batch, kept, read, found)
    for key in kept.sides:
        found.tell(_place(batch, key), problem="market side that raw does not have")
    return _outcome(found)


@dataclass(slots=True)
class _Comparison:
    sides: int = 0
    offers: int = 0
    wrong_sides: set[_SideKey] = field(default_factory=set)
    problems: dict[str, int] = field(default_factory=dict)
    sample: list[Mapping[str, Any]] = field(default_factory=list)
    damaged: list[Damage] = field(default_factory=list)

    @property
    def has_room(self) -> bool:
        return len(self.sample) < SAMPLE_ROWS

    def tell(self, place: Mapping[str, Any], **row: Any) -> None:
        problem = row["problem"]
        self.problems[problem] = self.problems.get(problem, 0) + 1
        self.wrong_sides.add((place["fiat"], place["asset"], place["side"]))
        if self.has_room:
            self.sample.append({**row, **place})


@dataclass(slots=True)
class _KeptBatch:
    """What the warehouse has of a batch, each offer as one number."""

    sides: dict[_SideKey, dict[str, Any]]
    offers: dict[_SideKey, dict[str, int]]
    twice: dict[_SideKey, set[str]]
    values: _Values

    @classmethod
    def of(cls, batch: JudgedBatch) -> _KeptBatch:
        sides = {(row["fiat"], row["asset"], row["side"]): row for row in batch.rows("warehouse_fact_sides")}
        names = {
            (row["fiat_id"], row["crypto_id"], side): (fiat, asset, side) for (fiat, asset, side), row in sides.items()
        }
        kept = cls(sides, {key: {} for key in sides}, {}, _Values.of(batch))
        for row in _fact_rows(batch):
            key = names[row[0], row[1], row[2]]
            offers = kept.offers[key]
            if row[3] in offers:
                kept.twice.setdefault(key, set()).add(row[3])
            offers[row[3]] = hash(kept.values.of_row(row))
        return kept


@dataclass(slots=True)
class _Values:
    """Turns rows and offers into the values of COMPARED."""

    payment_sets: dict[int, tuple[str, ...]]
    terms: dict[int, str]

    @classmethod
    def of(cls, batch: JudgedBatch) -> _Values:
        sets = rows(batch.connection, sql_text("warehouse_payment_sets"))
        terms = batch.rows("warehouse_terms")
        return cls(
            {row["payment_set_id"]: tuple(row["codes"] or ()) for row in sets},
            {row["terms_id"]: row["terms"] for row in terms},
        )

    def of_row(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        payment_set, terms = row[16], row[17]
        return (*row[4:16], self.payment_sets.get(payment_set), self.terms.get(terms) if terms is not None else None)


def _fact_rows(batch: JudgedBatch, **more: Any) -> Iterator[tuple[Any, ...]]:
    # A cursor at the server: the client never holds all rows at once.
    with batch.connection.transaction(), batch.connection.cursor(name="fact_rows") as cursor:
        cursor.itersize = 5_000
        cursor.execute(sql_text("warehouse_fact_rows"), {"offer_id": None, **batch.parameters, **more})
        yield from cursor


def _values_of_offer(read: ReadOffer) -> tuple[Any, ...]:
    offer = read.offer
    return (
        offer.price,
        offer.available_asset,
        offer.min_fiat,
        offer.max_fiat,
        offer.stated_max_fiat,
        # An advertiser without an id is known by the name.
        _storable(
            offer.advertiser_id if offer.advertiser_id is not None else f"nickname:{offer.advertiser_name or ''}"
        ),
        _storable(offer.advertiser_name),
        offer.is_merchant,
        offer.completion_rate,
        offer.orders_30d,
        offer.payment_minutes,
        offer.is_promoted,
        payment_identifiers(offer.payments),
        _storable(offer.remark),
    )


def _storable(text: str | None) -> str | None:
    # PostgreSQL's text holds neither NUL nor half characters: this stands in their place.
    return None if text is None else _UNSTORABLE.sub("\ufffd", text)


def _compare(batch: JudgedBatch, kept: _KeptBatch, read: MarketRead, found: _Comparison) -> None:
    market, side = read.market_side.market, read.market_side.side
    key = (market.fiat, market.asset, side.value)
    place = _place(batch, key)
    found.sides += 1
    found.offers += len(read.offers)
    row = kept.sides.pop(key, None)
    if row is None:
        found.tell(place, problem="market side that the warehouse does not have", raw_offers=len(read.offers))
        return
    said = (read.extracted_at, read.is_complete, len(read.offers))
    has = (row["extraction_timestamp"], row["is_complete"], row["offers"])
    if said != has:
        found.tell(place, problem="market side that differs", raw=str(said), warehouse=str(has))
    offers = kept.offers.pop(key)
    for offer in read.offers:
        name = _storable(offer.offer.offer_id)
        number = offers.pop(name or "", None)
        if number is None:
            found.tell(place, problem="offer that the warehouse does not have", offer_external_id=name)
        elif number != hash(_values_of_offer(offer)):
            differs = _differing(batch, kept, offer) if found.has_room else ""
            found.tell(place, problem="offer that differs", offer_external_id=name, differs=differs)
    for name in offers:
        found.tell(place, problem="offer that raw does not have", offer_external_id=name)
    for name in sorted(kept.twice.pop(key, ())):
        found.tell(place, problem="offer that stands twice", offer_external_id=name)


def _differing(batch: JudgedBatch, kept: _KeptBatch, read: ReadOffer) -> str:
    """In which fields an offer differs, as `price: raw 81.2, warehouse 81.3`."""
    for row in _fact_rows(batch, offer_id=_storable(read.offer.offer_id)):
        pairs = zip(COMPARED, _values_of_offer(read), kept.values.of_row(row), strict=True)
        texts = [f"{name}: raw {_short(raw)}, warehouse {_short(has)}" for name, raw, has in pairs if raw != has]
        if texts:
            return "; ".join(texts)
    return ""


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _place(batch: JudgedBatch, key: _SideKey) -> dict[str, Any]:
    fiat, asset, side = key
    day = batch_moment(batch.batch_id).date().isoformat()
    return {
        "fiat": fiat,
        "asset": asset,
        "side": side,
        "raw_path": f"{day}/{sweep_key(batch.run['venue'], fiat)}.jsonl",
    }


def _outcome(found: _Comparison) -> QualityOutcome:
    told = ", ".join(f"{count} {problem}" for problem, count in sorted(found.problems.items()))
    damaged = f"{len(found.damaged)} damaged places in the raw files" if found.damaged else ""
    places = [
        {"file": damage.path, "offset": damage.offset, "length": damage.length, "reason": damage.reason}
        for damage in found.damaged
    ]
    bad = sum(found.problems.values()) + len(found.damaged)
    return QualityOutcome(
        name="raw_checksum",
        passed=not bad,
        severity=Severity.ERROR,
        expected=f"the {found.offers:,} offers of {found.sides:,} market sides that the raw responses hold, each equal "
        f"in {len(COMPARED)} fields",
        observed="; ".join(text for text in (told, damaged) if text) or "the same",
        sample=sampled([*places, *found.sample]),
        value=float(bad),
        bad=bad,
        total=found.offers,
        limit=0.0,
    )


def stored_batch(reader: RawReader, venue: Venue, payments: PaymentMap, batch_id: int) -> RawBatch | None:
    """A batch as the raw store has it, to be read again as often as asked; None where it isn't there (any more)."""
    stored = stored_batches(reader, venue.name, batch_moment(batch_id).date())
    report = next((found for found in stored if found.batch_id == batch_id), None)
    if report is None:
        return None
    return lambda: reads_and_damage(reader, report, venue, payments, batch_snapshots(reader, venue.name, batch_id))


def reads_and_damage(
    reader: RawReader, report: SweepReport, venue: Venue, payments: PaymentMap, snapshots: Snapshots
) -> Iterator[MarketRead | Damage]:
    """What the loader reads of a batch, and then what of its bytes can't be read."""
    damages: list[Damage] = []

    def told() -> Iterator[StoredSnapshot | Damage]:
        for found in snapshots:
            if isinstance(found, Damage):
                damages.append(found)
            yield found

    yield from read_batch(reader, report, venue, payments, told()).reads
    yield from damages
