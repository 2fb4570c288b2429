"""Offers as lines of PostgreSQL's COPY, and what they say often and the same, each once.

A line refers to its market side, advertiser, payment methods and terms by numbers that hold for one batch. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from p2p_pipeline.markets import MarketSide, NativePayment
from p2p_pipeline.warehouse.batch import MarketRead

CHUNK_BYTES = 1 << 18
"""About how much is handed to the server at a time, so that it stores while more is written here."""
NULL = "\\N"

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def stored_text(text: str) -> str:
    """A text as PostgreSQL can hold it: NUL and half characters (surrogates) become U+FFFD, nothing else changes."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)
    return text


def copy_text(text: str) -> str:
    """A text as one column of a COPY line."""
    if text.isascii() and text.isalnum():
        return text
    return stored_text(text).translate(_ESCAPES)


def copy_value(value: Any) -> str:
    """Any value as one column of a COPY line."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, str):
        return copy_text(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "{" + ",".join(map(str, value)) + "}"
    return str(value)


def copy_line(values: Iterable[Any]) -> str:
    """One line of a COPY."""
    return "\t".join(map(copy_value, values)) + "\n"


def text_key(text: str) -> str:
    """A stored text's hash as a UUID's digits: the key under which it is kept once."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def set_key(method_codes: Iterable[str]) -> str:
    """The key of a list of payment methods in its order."""
    return text_key("\n".join(code.replace("\\", "\\\\").replace("\n", "\\n") for code in method_codes))


@dataclass(frozen=True, slots=True)
class AdvertiserState:
    """An advertiser as an offer showed it."""

    advertiser_id: str
    nickname: str | None
    is_merchant: bool


@dataclass(frozen=True, slots=True)
class PaymentSet:
    """The payment methods of offers, in their order, each once."""

    key: str
    method_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What an advertiser writes about an offer."""

    key: str
    text: str


@dataclass(slots=True)
class StagedSide:
    """A market side that was read, without its offers."""

    market_side: MarketSide
    extracted_at: datetime
    is_complete: bool
    offers: int


@dataclass(slots=True)
class StagedBatch:
    """Numbers what a batch's offers refer to while their lines are written; complete when `lines` is used up."""

    sides: list[StagedSide] = field(default_factory=list)
    advertisers: dict[tuple[str | None, str | None, bool], int] = field(default_factory=dict)
    payment_sets: list[PaymentSet] = field(default_factory=list)
    terms: list[Terms] = field(default_factory=list)
    methods: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    """By identifier: the venue's name of it, and its canonical code."""
    offers: int = 0
    quarantined: int = 0
    digest: str = ""
    """Of all reads, in whatever order they came."""
    _set_numbers: dict[tuple[str, ...], int] = field(default_factory=dict)
    _terms_numbers: dict[str, int] = field(default_factory=dict)
    _numbers_by_key: dict[str, int] = field(default_factory=dict)

    def lines(self, reads: Iterable[MarketRead]) -> Iterator[bytes]:
        """The offers of some market sides as COPY lines for `staged_offers`, a chunk at a time."""
        digests: list[str] = []
        pending: list[str] = []
        size = 0
        seen: set[MarketSide] = set()
        for read in reads:
            if read.market_side in seen:
                raise ValueError(f"{read.market_side} is twice in one batch")
            seen.add(read.market_side)
            digests.append(f"{read.snapshot_id}\t{read.is_complete}\t{read.digest}")
            self.quarantined += read.quarantined
            lines = self._lines_of(read)
            self.sides.append(StagedSide(read.market_side, read.extracted_at, read.is_complete, len(lines)))
            pending += lines
            size += sum(map(len, lines))
            if size >= CHUNK_BYTES:
                yield "".join(pending).encode()
                pending.clear()
                size = 0
        if pending:
            yield "".join(pending).encode()
        self.digest = hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()[:32]

    def _lines_of(self, read: MarketRead) -> list[str]:
        """One pass over a side's offers: all of a load's time on this side of the connection is spent here."""
        side_no, row_no = len(self.sides), self.offers
        advertisers, set_numbers, terms_numbers = self.advertisers, self._set_numbers, self._terms_numbers
        ids: set[str] = set()
        lines: list[str] = []
        append = lines.append
        for entry in read.offers:
            offer = entry.offer
            offer_id = offer.offer_id
            if offer_id in ids:
                continue
            ids.add(offer_id)
            who = (offer.advertiser_id, offer.advertiser_name, offer.is_merchant)
            advertiser_no = advertisers.get(who)
            if advertiser_no is None:
                advertiser_no = advertisers[who] = len(advertisers)
            payments = offer.payments
            codes = (payments[0].native_id,) if len(payments) == 1 else tuple([method.native_id for method in payments])
            set_no = set_numbers.get(codes)
            if set_no is None:
                set_no = set_numbers[codes] = self._new_set(payments, entry.payment_codes)
            remark = offer.remark
            terms_no: int | str | None = NULL
            if remark is not None:
                terms_no = terms_numbers.get(remark)
                if terms_no is None:
                    terms_no = terms_numbers[remark] = self._new_terms(remark)
            row_no += 1
            append(
                f"{row_no}\t{side_no}\t{offer_id if offer_id.isdecimal() else copy_text(offer_id)}\t{advertiser_no}\t"
                f"{set_no}\t{terms_no}\t{offer.price!s}\t{offer.available_asset!s}\t{offer.min_fiat!s}\t"
                f"{offer.max_fiat!s}\t{offer.stated_max_fiat!s}\t"
                f"{NULL if offer.payment_minutes is None else offer.payment_minutes}\t"
                f"{'t' if offer.is_promoted else 'f'}\t{NULL if offer.orders_30d is None else offer.orders_30d}\t"
                f"{NULL if offer.completion_rate is None else repr(offer.completion_rate)}\n"
            )
        self.offers = row_no
        return lines

    def _new_set(self, payments: tuple[NativePayment, ...], codes: tuple[str, ...]) -> int:
        methods: dict[str, None] = {}
        for payment, canonical_code in zip(payments, codes, strict=True):
            code = stored_text(payment.native_id)
            methods[code] = None
            self.methods.setdefault(code, (payment.name, canonical_code))
        kept = PaymentSet(set_key(methods), tuple(methods))
        number = self._numbers_by_key.setdefault(f"set {kept.key}", len(self.payment_sets))
        if number == len(self.payment_sets):
            self.payment_sets.append(kept)
        return number

    def _new_terms(self, remark: str) -> int:
        text = stored_text(remark)
        kept = Terms(text_key(text), text)
        number = self._numbers_by_key.setdefault(f"terms {kept.key}", len(self.terms))
        if number == len(self.terms):
            self.terms.append(kept)
        return number

    def advertiser_states(self) -> Iterator[tuple[int, int, AdvertiserState]]:
        """Each number with its advertiser, and its place among the states of the same one, in order of appearance."""
        places: dict[str, int] = {}
        known: dict[AdvertiserState, int] = {}
        for (given_id, name, is_merchant), number in self.advertisers.items():
            state = advertiser_state(given_id, name, is_merchant)
            place = known.get(state)
            if place is None:
                place = known[state] = places.get(state.advertiser_id, 0)
                places[state.advertiser_id] = place + 1
            yield number, place, state


def advertiser_state(given_id: str | None, name: str | None, is_merchant: bool) -> AdvertiserState:
    """The advertiser of an offer; one without an id is known by the name."""
    nickname = None if name is None else stored_text(name)
    return AdvertiserState(
        f"nickname:{nickname or ''}" if given_id is None else stored_text(given_id), nickname, is_merchant
    )
