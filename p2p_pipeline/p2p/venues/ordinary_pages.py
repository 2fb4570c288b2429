"""Read pages of which every ad looks as ads usually do, several times as fast as record by record.

What a field means is said once, by the venue's `read_ad`. An ad's properties fall into parts that do not depend on each
other (who offers it, its amounts, its payment methods, …), and most parts come again and again: each distinct one is
given to `read_ad` once and known from then on. Whatever is out of the ordinary (an unknown or missing field, another
type, a record that can't be trusted) makes a page NotOrdinary: it is for the venue's `read_search`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any

import msgspec
import orjson

from p2p_pipeline.p2p.markets import Market, MarketSide, Offer, Side
from p2p_pipeline.p2p.venues.fields import FieldNotes
from p2p_pipeline.p2p.venues.typed_json import ABSENT, AnswerShape, decoder_for, fields_in_order
from p2p_pipeline.p2p.venues.untrusted import UntrustedError
from p2p_pipeline.p2p.venues.wire import Venue

Row = tuple[Any, ...]
"""The values of `AnswerShape.ad_fields` in one ad, of which the first names it. Rows compare by what is written."""


class NotOrdinaryError(ValueError):
    """The page is to be read record by record."""


@dataclass(frozen=True, eq=False)
class Part:
    """Fields of the wire format, by their paths, that by themselves decide some properties of an offer."""

    fields: tuple[str, ...]
    properties: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class OrdinaryAds:
    """How a venue's ads usually look."""

    shape: AnswerShape
    parts: tuple[Part, ...]
    """Together they decide every property of an offer."""
    read_ad: Callable[[Any, Market, Side, FieldNotes], Offer]
    is_ordinary: Callable[[Mapping[str, Any]], bool]
    """Whether a record's parts really are independent of each other, and of fields not listed."""


@dataclass(frozen=True, slots=True)
class OrdinaryPage:
    """A page as one row for each ad, in the venue's order."""

    total: int | None
    is_last: bool
    rows: Sequence[Row]


class OrdinaryReader:
    """Reads the ordinary pages of one venue."""

    def __init__(self, venue: Venue, ads: OrdinaryAds) -> None:
        self.parts = ads.parts
        """What an offer is made of."""
        self._venue = venue
        self._ads = ads
        self._paths = tuple(ads.shape.ad_fields)
        self._parts_of = [itemgetter(*(self._paths.index(path) for path in part.fields)) for part in ads.parts]
        self._fields_of_ad = attrgetter(*self._paths)
        self._around_list = [(path, attrgetter(path)) for path in ads.shape.envelope_fields]
        self._list = attrgetter(ads.shape.path_of_list)
        self._decoder: msgspec.json.Decoder[Any] | None = None
        self._ends: dict[tuple[Any, ...], tuple[int | None, bool]] = {}

    def read(self, body: bytes, status: int, market_side: MarketSide, page: int) -> OrdinaryPage:
        """Read a page; raises NotOrdinaryError."""
        answer = self._decoded(body)
        ads = self._list(answer)
        said = tuple(get(answer) for _, get in self._around_list)
        key = (said, len(ads), status, market_side, page)
        end = self._ends.get(key)
        if end is None:
            end = self._ends[key] = self._end(said, len(ads), status, market_side, page)
        return OrdinaryPage(*end, list(map(self._fields_of_ad, ads)))

    def keys(self, row: Row) -> list[Row]:
        """What decides each part of an ad, as the key of a dictionary."""
        hashable = tuple(bytes(value) if type(value) is msgspec.Raw else value for value in row)
        return [fields(hashable) for fields in self._parts_of]

    def kept(self, row: Row) -> Row:
        """The same row without its hold on the whole answer."""
        return tuple(value.copy() if type(value) is msgspec.Raw else value for value in row)

    def offer(self, row: Row, market_side: MarketSide) -> Offer:
        """What `read_ad` makes of an ad; raises NotOrdinaryError where it has anything to remark."""
        notes = FieldNotes()
        try:
            record = self._record(row)
            offer = self._ads.read_ad(record, market_side.market, market_side.side, notes)
        except (UntrustedError, orjson.JSONDecodeError) as problem:
            raise NotOrdinaryError(str(problem)) from None
        if notes.unknown_fields() or notes.missing_fields() or not self._ads.is_ordinary(record):
            raise NotOrdinaryError("the ad has fields that ads usually don't have, or lacks some that they do")
        return offer

    def _record(self, row: Row) -> dict[str, Any]:
        record: dict[str, Any] = {}
        for path, value in zip(self._paths, row, strict=True):
            written = bytes(value) if type(value) is msgspec.Raw else None
            if value is ABSENT or written == b"":
                continue
            level, _, name = path.rpartition(".")
            inside = record.setdefault(level, {}) if level else record
            inside[name] = value if written is None else orjson.loads(written)
        return record

    def _decoded(self, body: bytes) -> Any:
        try:
            if self._decoder is None:
                self._decoder = decoder_for(self._ads.shape, fields_in_order(orjson.loads(body), self._ads.shape))
            return self._decoder.decode(body)
        except (msgspec.MsgspecError, orjson.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise NotOrdinaryError(str(error)) from None

    def _end(self, said: Row, ads: int, status: int, market_side: MarketSide, page: int) -> tuple[int | None, bool]:
        # What the venue says of an answer with the same words around as many records as this one has.
        answer: dict[str, Any] = {}
        *way, name = self._ads.shape.path_of_list.split(".")
        inside = answer
        for level in way:
            inside = inside.setdefault(level, {})
        inside[name] = [0] * ads
        for (path, _), value in zip(self._around_list, said, strict=True):
            *way, name = path.split(".")
            inside = answer
            for level in way:
                inside = inside[level]
            if value is not ABSENT:
                inside[name] = value
        body = orjson.dumps(answer)
        if self._venue.refusal(status, body) is not None:
            raise NotOrdinaryError("the answer is a refusal")
        found = self._venue.read_search(body, market_side.market, market_side.side, page)
        if found.unknown_fields or found.missing_fields:
            raise NotOrdinaryError("the answer lacks what answers usually have")
        return found.total, found.is_last
