"""Every ad that differs from what it was before, once: as offers and as columns of the table `offers`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from p2p_pipeline.p2p.markets import MarketSide, Offer
from p2p_pipeline.p2p.offers.assemble import OfferCodes, offer_codes
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.offers.schema import OFFERS
from p2p_pipeline.p2p.venues.ordinary_pages import OrdinaryReader, Row

_NOT_STORED = ("payments", "remark")
"""Properties of an offer that are no columns by themselves."""


class _Distinct:
    """Values that are counted through, and which of them each ad has."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.of_ads: list[int] = []
        self._columns: dict[str, pa.Array] = {}

    def column(self, name: str, listed: Any) -> pa.Array:
        """A column of the table `offers` with a row for each ad; `listed` gives a value's entry."""
        kind = OFFERS.arrow_schema.field(name).type
        before = self._columns.get(name, pa.array([], type=kind))
        more = pa.array([listed(value) for value in self.values[len(before) :]], type=kind)
        self._columns[name] = pa.concat_arrays([before, more])
        return self._columns[name].take(pa.array(self.of_ads, type=pa.int32()))


class DistinctAds:
    """Knows each ad as it was last shown. An ad has a number; a changed one has a new one."""

    def __init__(self, reader: OrdinaryReader, payments: PaymentMap) -> None:
        self._reader = reader
        self._payments = payments
        self._names: Mapping[str, str] = {}
        self._last: dict[MarketSide, dict[Any, tuple[Row, int]]] = {}
        self._known: dict[MarketSide, list[dict[Row, int]]] = {}
        self._parts = [_Distinct() for _ in reader.parts]
        self._known_codes: dict[tuple[int, int], int] = {}
        self._codes = _Distinct()
        by_property = {name: place for place, part in enumerate(reader.parts) for name in part.properties}
        self._identity, self._payment, self._remark = (
            self._parts[by_property[name]] for name in ("offer_id", "payments", "remark")
        )

    def __len__(self) -> int:
        return len(self._codes.of_ads)

    def numbers(self, rows: Iterable[Row], market_side: MarketSide, names: Mapping[str, str]) -> list[int]:
        """The numbers of a page's ads; raises NotOrdinaryError. `names` are the venue's names of payment methods."""
        if names is not self._names and names != self._names:
            # What a payment method's number means has changed: no ad is what it was.
            self._last.clear()
            self._known_codes.clear()
        self._names = names
        last = self._last.setdefault(market_side, {})
        found = []
        for row in rows:
            before = last.get(row[0])
            if before is None or before[0] != row:
                before = last[row[0]] = self._reader.kept(row), self._add(row, market_side)
            found.append(before[1])
        return found

    def identified(self, numbers: Sequence[int]) -> list[Offer]:
        """Offers of which only the ids are certain to be those of the ads with these numbers."""
        of_ads, offers = self._identity.of_ads, self._identity.values
        return [offers[of_ads[number]] for number in numbers]

    def unknown_payments(self, numbers: Iterable[int]) -> list[str]:
        """The payment methods without a canonical code in any of these ads, sorted."""
        codes = {self._codes.of_ads[number] for number in numbers}
        return sorted(set().union(*(self._codes.values[code].unknown for code in codes)))

    def columns(self) -> dict[str, pa.Array]:
        """All columns of the table `offers` that an ad decides, with a row for each number."""
        columns = {
            name: distinct.column(name, lambda offer, name=name: getattr(offer, name))
            for part, distinct in zip(self._reader.parts, self._parts, strict=True)
            for name in part.properties
            if name not in _NOT_STORED
        }
        columns["native_payments"] = self._payment.column("native_payments", _native_ids)
        columns["payment_methods"] = self._codes.column("payment_methods", lambda codes: codes.all)
        columns["payment_methods_from_remark"] = self._codes.column(
            "payment_methods_from_remark", lambda codes: codes.from_remark
        )
        return columns

    def _add(self, row: Row, market_side: MarketSide) -> int:
        known = self._known.setdefault(market_side, [{} for _ in self._parts])
        numbers: list[int] = []
        offer: Offer | None = None
        for distinct, of_part, key in zip(self._parts, known, self._reader.keys(row), strict=True):
            number = of_part.get(key)
            if number is None:
                offer = offer or self._reader.offer(row, market_side)
                number = of_part[key] = len(distinct.values)
                distinct.values.append(offer)
            numbers.append(number)
        for distinct, number in zip(self._parts, numbers, strict=True):
            distinct.of_ads.append(number)
        self._codes.of_ads.append(self._code(market_side))
        return len(self) - 1

    def _code(self, market_side: MarketSide) -> int:
        key = (self._payment.of_ads[-1], self._remark.of_ads[-1])
        if key not in self._known_codes:
            payments, remark = self._payment.values[key[0]].payments, self._remark.values[key[1]].remark
            market = market_side.market
            codes: OfferCodes = offer_codes(self._payments, market.venue, payments, remark, market.fiat, self._names)
            self._known_codes[key] = len(self._codes.values)
            self._codes.values.append(codes)
        return self._known_codes[key]


def _native_ids(offer: Offer) -> list[str]:
    return [payment.native_id for payment in offer.payments]
