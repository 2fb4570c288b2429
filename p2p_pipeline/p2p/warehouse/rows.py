"""Offers as lines of PostgreSQL's COPY, and what they say often and the same, each once.

A line refers to its market side, advertiser, payment methods and terms by numbers that hold for one batch. Pure.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import IO, Any

from p2p_pipeline.p2p.markets import MarketSide, NativePayment
from p2p_pipeline.p2p.warehouse.batch import MarketRead

CHUNK_BYTES = 1 << 18
"""About how much is handed to the server at a time, so that it stores while more is written here."""
CHUNK_OFFERS = 2_000
MEMORY_BYTES = 32 << 20
"""Lines beyond it wait on the disk until it is known which are sent: a market's size must not decide on the memory."""
NULL = "\\N"
_DIGEST_BYTES = 16

# A COPY line ends its columns and itself with these, and escapes them; a NUL is what PostgreSQL's text can't hold.
_has_special = re.compile(r"[\\\t\n\r\x00]").search
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": "\ufffd"})


def copy_text(text: str) -> str:
    """A text as one column of a COPY line, to be written with `copy_bytes`."""
    return text if _has_special(text) is None else text.translate(_ESCAPES)


def copy_bytes(lines: str) -> bytes:
    """COPY lines as they are sent; half characters (surrogates), which are no Unicode text, become U+FFFD."""
    try:
        return lines.encode()
    except UnicodeEncodeError:
        return _whole(lines).encode()


def stored_text(text: str) -> str:
    """A text as PostgreSQL keeps it: NUL and half characters (surrogates) become U+FFFD, nothing else changes."""
    return _whole(text.replace("\x00", "\ufffd"))


def _whole(text: str) -> str:
    return text if text.isascii() else _is_half.sub("\ufffd", text)


_is_half = re.compile("[\ud800-\udfff]")


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


def payment_identifiers(payments: Iterable[NativePayment]) -> tuple[str, ...]:
    """An offer's payment methods by the venue's identifiers, as the warehouse keeps them: one listed twice is one."""
    return tuple(dict.fromkeys([stored_text(payment.native_id) for payment in payments]))


def set_key(method_codes: Iterable[str]) -> str:
    """The key of a list of payment methods in its order."""
    return text_key("\n".join(code.replace("\\", "\\\\").replace("\n", "\\n") for code in method_codes))


@dataclass(frozen=True, slots=True)
class AdvertiserState:
    """An advertiser as an offer showed it."""

    advertiser_id: str
    nickname: str | None
    is_merchant: bool


@dataclass(slots=True)
class StagedSide:
    """A market side that was read, without its offers."""

    market_side: MarketSide
    extracted_at: datetime
    is_complete: bool
    offers: int


@dataclass(slots=True)
class StagedBatch:
    """A batch's offers as lines, and what they refer to; complete when `digests` is used up. To be closed.

    In memory are some 30 bytes an offer, the first `MEMORY_BYTES` of the lines, and each text and list of payment
    methods once.
    """

    sides: list[StagedSide] = field(default_factory=list)
    payment_sets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By key: the venue's identifiers, in the offer's order, each once."""
    terms: dict[str, str] = field(default_factory=dict)
    """By key: what an advertiser writes about an offer."""
    methods: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    """By identifier: the venue's name of it, and its canonical code."""
    quarantined: int = 0
    digest: str = ""
    """Of all reads, in whatever order they came."""
    _lines: IO[bytes] = field(default_factory=lambda: tempfile.SpooledTemporaryFile(MEMORY_BYTES))  # noqa: SIM115 - see __exit__
    """Each offer's line without its beginning."""
    _starts: array[int] = field(default_factory=lambda: array("Q", [0]))
    """Where each line begins, and where the last one ends."""
    _side_numbers: array[int] = field(default_factory=lambda: array("I"))
    _digests: bytearray = field(default_factory=bytearray)
    _set_keys: dict[tuple[str, ...], str] = field(default_factory=dict)
    _terms_keys: dict[str | None, str] = field(default_factory=lambda: {None: NULL})

    @property
    def offers(self) -> int:
        """How many offers there are, each once a market side."""
        return len(self._side_numbers)

    def __enter__(self) -> StagedBatch:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()

    def digests(self, reads: Iterable[MarketRead]) -> Iterator[bytes]:
        """Take in market sides, and give COPY lines for `staged_lines`: each offer's number and digest."""
        read_digests: list[str] = []
        sent = 0
        seen: set[MarketSide] = set()
        for read in reads:
            if read.market_side in seen:
                raise ValueError(f"{read.market_side} is twice in one batch")
            seen.add(read.market_side)
            read_digests.append(f"{read.snapshot_id}\t{read.is_complete}\t{read.digest}")
            self.quarantined += read.quarantined
            self._take(read)
            if self.offers >= sent + CHUNK_OFFERS:
                yield self._digest_lines(sent)
                sent = self.offers
        yield self._digest_lines(sent)
        self.digest = hashlib.sha256("\n".join(sorted(read_digests)).encode()).hexdigest()[:32]

    def lines(self, numbers: Sequence[int]) -> Iterator[bytes]:
        """Some offers as COPY lines for `staged_offers`."""
        for start in range(0, len(numbers), CHUNK_OFFERS):
            yield b"".join([self._line(number) for number in numbers[start : start + CHUNK_OFFERS]])

    def _line(self, number: int) -> bytes:
        begin, end = self._starts[number], self._starts[number + 1]
        self._lines.seek(begin)
        beginning = f"{number}\t{self._side_numbers[number]}\t{self._digest(number)}\t"
        return beginning.encode() + self._lines.read(end - begin)

    def _digest(self, number: int) -> str:
        return self._digests[number * _DIGEST_BYTES : (number + 1) * _DIGEST_BYTES].hex()

    def _digest_lines(self, start: int) -> bytes:
        return "".join([f"{number}\t{self._digest(number)}\n" for number in range(start, self.offers)]).encode()

    def _take(self, read: MarketRead) -> None:
        """One pass over a side's offers: most of a load's time on this side of the connection is spent here."""
        side_no = len(self.sides)
        # Of the market side too: the same advertisement may stand on two.
        side_digest = blake2b(f"{read.market_side}\n".encode(), digest_size=_DIGEST_BYTES)
        set_keys, terms_keys = self._set_keys, self._terms_keys
        ids: set[str] = set()
        lines: list[bytes] = []
        append, add_digest, starts = lines.append, self._digests.extend, self._starts
        end = starts[-1]
        for entry in read.offers:
            offer = entry.offer
            offer_id, given_id, name = offer.offer_id, offer.advertiser_id, offer.advertiser_name
            if offer_id in ids:
                continue
            ids.add(offer_id)
            nickname = NULL if name is None else copy_text(name)
            payments = offer.payments
            codes = (payments[0].native_id,) if len(payments) == 1 else tuple([method.native_id for method in payments])
            set_key = set_keys.get(codes)
            if set_key is None:
                set_key = set_keys[codes] = self._new_set(payments, entry.payment_codes)
            terms_key = terms_keys.get(offer.remark)
            if terms_key is None:
                terms_key = terms_keys[offer.remark] = self._new_terms(offer.remark or "")
            minutes, orders, rate = offer.payment_minutes, offer.orders_30d, offer.completion_rate
            line = (
                f"{copy_text(offer_id)}\t{without_id(name) if given_id is None else copy_text(given_id)}\t{nickname}\t"
                f"{offer.is_merchant}\t{set_key}\t{terms_key}\t{offer.price!s}\t{offer.available_asset!s}\t"
                f"{offer.min_fiat!s}\t{offer.max_fiat!s}\t{offer.stated_max_fiat!s}\t"
                f"{NULL if minutes is None else minutes}\t{offer.is_promoted}\t{NULL if orders is None else orders}\t"
                f"{NULL if rate is None else rate}\n"
            )
            sent = copy_bytes(line)
            digest = side_digest.copy()
            digest.update(sent)
            add_digest(digest.digest())
            append(sent)
            end += len(sent)
            starts.append(end)
        self._lines.write(b"".join(lines))
        self._side_numbers.extend([side_no] * len(lines))
        self.sides.append(StagedSide(read.market_side, read.extracted_at, read.is_complete, len(lines)))

    def _new_set(self, payments: tuple[NativePayment, ...], codes: tuple[str, ...]) -> str:
        for payment, canonical_code in zip(payments, codes, strict=True):
            self.methods.setdefault(stored_text(payment.native_id), (payment.name, canonical_code))
        methods = payment_identifiers(payments)
        key = set_key(methods)
        self.payment_sets[key] = methods
        return key

    def _new_terms(self, remark: str) -> str:
        text = stored_text(remark)
        key = text_key(text)
        self.terms[key] = text
        return key


def without_id(name: str | None) -> str:
    """The id of an advertiser for whom the venue gives none, as a column of a COPY line: known by the name."""
    return f"nickname:{copy_text(name or '')}"


def advertiser_state(given_id: str | None, name: str | None, is_merchant: bool) -> AdvertiserState:
    """The advertiser of an offer, as the warehouse knows him."""
    nickname = None if name is None else stored_text(name)
    return AdvertiserState(
        f"nickname:{nickname or ''}" if given_id is None else stored_text(given_id), nickname, is_merchant
    )
