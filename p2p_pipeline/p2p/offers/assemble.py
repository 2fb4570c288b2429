"""From one stored snapshot's captures to its rows: one snapshot row, its offers, and what had to be quarantined.

Pure: the same captures and the same payment names give the same rows, live, in a backfill, or in a replay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from p2p_pipeline.p2p.markets import MarketSide, NativePayment, Offer
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap, canonical_codes
from p2p_pipeline.p2p.offers.remark_banks import banks_in_remark
from p2p_pipeline.p2p.raw.capture import Capture, Outcome
from p2p_pipeline.p2p.raw.snapshot_state import SnapshotState, snapshot_state, unique_rejected
from p2p_pipeline.p2p.raw.stored import StoredSnapshot
from p2p_pipeline.p2p.venues.wire import SearchPage, Venue

NamesAt = Callable[[datetime], Mapping[str, str]]
"""Gives the venue's payment names (native id to name) as its list had them at a moment."""


@dataclass(frozen=True, slots=True)
class SeenOffer:
    """One accepted offer, with its payment methods in canonical codes."""

    position: int
    offer: Offer
    payment_methods: tuple[str, ...]
    payment_methods_from_remark: tuple[str, ...]
    capture: Capture
    ordinal: int
    line_offset: int


@dataclass(frozen=True, slots=True)
class AssembledSnapshot:
    """All that one snapshot says."""

    market_side: MarketSide
    row: dict[str, Any]
    """A row of the table `snapshots`."""
    offers: tuple[SeenOffer, ...]
    quarantine: tuple[dict[str, Any], ...]
    """Rows of the table `quarantine`."""
    is_whole: bool
    """Complete, and not one ad fewer than the venue counts: only then is an ad that was not shown gone."""


def assemble(stored: StoredSnapshot, venue: Venue, payments: PaymentMap, names_at: NamesAt) -> AssembledSnapshot | None:
    """Read one snapshot; None when none of its captures is a search (a payment list, say)."""
    searches, market_side = book_captures(stored)
    if market_side is None:
        return None
    pages, broken = _read_pages(searches, venue, market_side)
    snapshot_at = stored.snapshot_at
    offers, unknown = _offers(pages, payments, names_at(snapshot_at))
    quarantine = [*broken, *_rejected_rows(pages)]
    for row in quarantine:
        row["raw_path"] = stored.raw_path
    state = snapshot_state([capture for capture, _ in searches], [page for _, _, page in pages])
    row = snapshot_row(stored, market_side, state, [page for _, _, page in pages], searches)
    row |= {"offers": len(offers), "quarantined": len(quarantine), "unknown_payments": sorted(unknown)}
    return AssembledSnapshot(market_side, row, tuple(offers), tuple(quarantine), state.is_whole)


def book_captures(stored: StoredSnapshot) -> tuple[list[tuple[Capture, int]], MarketSide | None]:
    """The captures that asked for pages of a book, with their places, and whose book it is."""
    searches = [(capture, offset) for capture, offset in stored.captures if capture.purpose.is_book]
    return searches, next((capture.market_side for capture, _ in searches if capture.market_side is not None), None)


_ReadPage = tuple[Capture, int, SearchPage]


def _read_pages(
    searches: Sequence[tuple[Capture, int]], venue: Venue, market_side: MarketSide
) -> tuple[list[_ReadPage], list[dict[str, Any]]]:
    pages: list[_ReadPage] = []
    broken: list[dict[str, Any]] = []
    for capture, offset in searches:
        if capture.outcome is not Outcome.OK:
            continue
        refusal = venue.refusal(capture.status or 0, capture.body)
        if refusal is not None:
            broken.append(_quarantine_row(capture, offset, -1, refusal.kind.value, refusal.detail))
            continue
        page = venue.read_search(capture.body, market_side.market, market_side.side, capture.page or 1)
        pages.append((capture, offset, page))
    return pages, broken


def _offers(
    pages: Sequence[_ReadPage], payments: PaymentMap, names: Mapping[str, str]
) -> tuple[list[SeenOffer], set[str]]:
    seen: set[str] = set()
    offers: list[SeenOffer] = []
    unknown: set[str] = set()
    for capture, offset, page in pages:
        for ordinal, offer in page.offers:
            if offer.offer_id in seen:
                continue
            seen.add(offer.offer_id)
            codes = offer_codes(payments, capture.venue, offer.payments, offer.remark, offer.fiat, names)
            unknown.update(codes.unknown)
            offers.append(SeenOffer(len(offers), offer, codes.all, codes.from_remark, capture, ordinal, offset))
    return offers, unknown


@dataclass(frozen=True, slots=True)
class OfferCodes:
    """An offer's payment methods in canonical codes."""

    all: tuple[str, ...]
    from_remark: tuple[str, ...]
    """Those of them that only the remark names."""
    unknown: tuple[str, ...]
    """Those of them that the map doesn't know."""


def offer_codes(
    payment_map: PaymentMap,
    venue: str,
    payments: Sequence[NativePayment],
    remark: str | None,
    fiat: str,
    names: Mapping[str, str],
) -> OfferCodes:
    """What an offer's payment methods and its remark say."""
    codes, unknown = canonical_codes(payment_map, venue, payments, fiat, names)
    from_remark = banks_in_remark(remark, fiat) if remark else ()
    only_remark = tuple(code for code in from_remark if code not in codes)
    return OfferCodes((*codes, *only_remark), only_remark, unknown)


def _rejected_rows(pages: Sequence[_ReadPage]) -> list[dict[str, Any]]:
    rows = []
    for place, rejected in unique_rejected((capture.page or 1, page) for capture, _, page in pages):
        capture, offset, _ = pages[place]
        rows.append(_quarantine_row(capture, offset, rejected.ordinal, rejected.reason, rejected.detail))
    return rows


def _quarantine_row(
    capture: Capture, line_offset: int, ordinal: int, reason: str, detail: str, stage: str = "adapter"
) -> dict[str, Any]:
    market_side = capture.market_side
    return {
        "capture_id": capture.capture_id,
        "ordinal": ordinal,
        "snapshot_id": capture.snapshot_id,
        "market_key": market_side.market.key if market_side else capture.venue,
        "received_at": capture.received_at,
        "stage": stage,
        "reason": reason,
        "detail": detail,
        "byte_offset": line_offset,
    }


def schema_quarantine_row(seen: SeenOffer, raw_path: str, sentences: Sequence[str]) -> dict[str, Any]:
    """The quarantine row of an offer that the adapter accepted and the table's schema refuses."""
    row = _quarantine_row(seen.capture, seen.line_offset, seen.ordinal, "schema", "; ".join(sentences), "schema")
    row["raw_path"] = raw_path
    return row


def snapshot_row(
    stored: StoredSnapshot,
    market_side: MarketSide,
    state: SnapshotState,
    pages: Sequence[SearchPage],
    searches: Sequence[tuple[Capture, int]],
) -> dict[str, Any]:
    """A row of the table `snapshots` without what depends on the offers' contents."""
    captures = [capture for capture, _ in searches]
    started = min(capture.requested_at for capture in captures)
    ended = max(capture.received_at for capture in captures)
    market = market_side.market
    return {
        "snapshot_id": stored.snapshot_id,
        "market_key": market.key,
        "venue": market.venue,
        "asset": market.asset,
        "fiat": market.fiat,
        "side": market_side.side.value,
        "snapshot_at": stored.snapshot_at,
        "slot": captures[0].slot,
        "source": captures[0].source.value,
        "pages": len(pages),
        "duplicates": state.duplicates,
        "is_complete": state.is_complete,
        "stop_reason": state.stop_reason or "unknown",
        "stated_total": next((page.total for page in pages if page.total is not None), None),
        "captures": len(captures),
        "failed_captures": len(captures) - len(pages),
        # The clock may be set back between the first request and the last answer.
        "elapsed_seconds": max(0.0, (ended - started).total_seconds()),
        "unknown_fields": sorted(set().union(*(page.unknown_fields for page in pages))),
        "missing_fields": sorted(set().union(*(page.missing_fields for page in pages))),
        "raw_path": stored.raw_path,
        "raw_offset": searches[0][1],
    }
