"""Bybit P2P through the web site's own public endpoints.

`side` names the ad's side: "1" are sell ads (asks: the taker buys), "0" buy ads (bids). Page and size are text: numbers
are refused. Rates are percents. Payment ids change their meaning over time, so they stay ids here and get their name
from the venue's own list of the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from p2p_pipeline.p2p.markets import Market, NativePayment, Offer, Side
from p2p_pipeline.p2p.venues import bybit_fields as known
from p2p_pipeline.p2p.venues import reading
from p2p_pipeline.p2p.venues.browser import HEADERS
from p2p_pipeline.p2p.venues.fields import FieldNotes
from p2p_pipeline.p2p.venues.reading import UntrustedError, as_list, as_object, load_object
from p2p_pipeline.p2p.venues.refusals import bad_shape, object_or_refusal, refusal_of_status, venue_error
from p2p_pipeline.p2p.venues.wire import PaymentMethod, Refusal, Rejected, SearchPage, VenueRequest

HOST = "https://api2.bybit.com"
ROWS = 20

_SEARCH = "/fiat/otc/item/online"
_PAYMENTS = "/fiat/otc/configuration/queryAllPaymentList"
_CONFIGURATION = "/fiat/p2p/config/initial"

_RATE_LIMIT_CODES = frozenset({"10006", "10018", "10429", "429"})
_AD_SIDE = {Side.BUY: "1", Side.SELL: "0"}
_FIAT_SCALE = 2
_ASSET_SCALE = 4
_MERCHANT_TAGS = ("VA", "BA")
_ONLINE = 10


@dataclass(frozen=True, slots=True)
class BybitVenue:
    """Bybit's requests and answers; `base_url` is another host for a simulator, `rows` the ads asked for a page."""

    base_url: str = HOST
    rows: int = ROWS

    @property
    def name(self) -> str:
        """See Venue."""
        return "bybit"

    @property
    def page_rows(self) -> int:
        """See Venue."""
        return self.rows

    def search_request(self, market: Market, side: Side, page: int) -> VenueRequest:
        """See Venue."""
        return self._post(
            _SEARCH,
            {
                "userId": "",
                "tokenId": market.asset,
                "currencyId": market.fiat,
                "payment": [],
                "side": _AD_SIDE[side],
                "size": str(self.rows),
                "page": str(page),
                "amount": "",
                "authMaker": False,
                "canTrade": False,
            },
        )

    def refusal(self, status: int, body: bytes) -> Refusal | None:
        """See Venue."""
        refused = refusal_of_status(status)
        if refused is not None:
            return refused
        answer = object_or_refusal(body)
        if isinstance(answer, Refusal):
            return answer
        code = answer.get("ret_code", answer.get("retCode"))
        if code is None and "result" not in answer:
            return bad_shape("there is neither a ret_code nor a result")
        if code not in (None, 0, "0"):
            return venue_error(code, answer.get("ret_msg", answer.get("retMsg")), _RATE_LIMIT_CODES)
        return _refusal_of_result(answer.get("result"))

    def read_search(self, body: bytes, market: Market, side: Side, page: int) -> SearchPage:
        """See Venue. A page shorter than asked for ends the book: what `count` counts is not certain."""
        answer = load_object(body)
        result = as_object(answer.get("result"))
        records = as_list(result.get("items"))
        notes = FieldNotes()
        notes.see(known.ENVELOPE, answer)
        notes.see(known.RESULT, result)
        offers: list[tuple[int, Offer]] = []
        rejected: list[Rejected] = []
        for ordinal, record in enumerate(records):
            try:
                offers.append((ordinal, read_ad(record, market, side, notes)))
            except UntrustedError as problem:
                native_id = reading.identity_if_said(record, "id")
                rejected.append(Rejected(ordinal, problem.reason, problem.detail, native_id))
        return SearchPage(
            offers=tuple(offers),
            rejected=tuple(rejected),
            total=reading.believable_total(result.get("count"), (page - 1) * self.rows, len(records)),
            is_last=len(records) < self.rows,
            unknown_fields=notes.unknown_fields(),
            missing_fields=notes.missing_fields(),
        )

    def payment_list_request(self, fiat: str) -> VenueRequest:  # noqa: ARG002 - one list answers for all fiats
        """See Venue."""
        return self._post(_PAYMENTS, {})

    def read_payment_list(self, body: bytes) -> list[PaymentMethod]:
        """See Venue."""
        result = as_object(load_object(body).get("result"))
        fiats = _fiats_by_payment(result.get("currencyPaymentIdMap"))
        found: list[PaymentMethod] = []
        for entry in map(as_object, as_list(result.get("paymentConfigVo"))):
            payment = reading.payment_of(entry.get("paymentType"), _first_text(entry, "paymentName", "paymentAlias"))
            if payment is None:
                continue
            extent = as_object(entry.get("paymentExtInfo"))
            listed = {code for code in as_list(extent.get("supportCurrencyIds")) if isinstance(code, str) and code}
            listed |= fiats.get(payment.native_id, set())
            found.append(PaymentMethod(payment, frozenset() if extent.get("supportAllCurrency") else frozenset(listed)))
        return found

    def fiat_list_request(self) -> VenueRequest:
        """See Venue."""
        return VenueRequest("GET", self.base_url + _CONFIGURATION, None, HEADERS)

    def read_fiat_list(self, body: bytes) -> list[str]:
        """See Venue."""
        return sorted({fiat for _, fiat in _symbols(body)})

    def asset_list_request(self, fiat: str) -> VenueRequest:  # noqa: ARG002 - one answer has all symbols
        """See Venue."""
        return self.fiat_list_request()

    def read_asset_list(self, body: bytes, fiat: str) -> list[str]:
        """See Venue."""
        return sorted({asset for asset, against in _symbols(body) if against == fiat})

    def _post(self, path: str, payload: dict[str, Any]) -> VenueRequest:
        return VenueRequest("POST", self.base_url + path, payload, HEADERS)


def _refusal_of_result(result: Any) -> Refusal | None:
    if not isinstance(result, dict):
        return bad_shape(f"result is {reading.shown(result)} instead of an object")
    # `items: null` is how Bybit writes an empty page; no `items` at all is a format that has changed.
    if not isinstance(result.get("items"), list | None):
        return bad_shape(f"result.items is {reading.shown(result['items'])} instead of a list")
    if not result.keys() & {"items", "paymentConfigVo", "symbols"}:
        return bad_shape("result has neither items nor paymentConfigVo nor symbols")
    return None


def read_ad(record: Any, market: Market, side: Side, notes: FieldNotes) -> Offer:
    """Read one ad; raises UntrustedError. Which fields decide what is also written in bybit_ordinary.py."""
    if type(record) is not dict:
        raise UntrustedError("not_an_object", f"the record is {reading.shown(record)} instead of an object.")
    notes.see(known.AD, record)
    _demand_market(record, market, side)
    fiat_scale, asset_scale = _scales(record.get("symbolInfo"), notes)
    if type(record.get("tradingPreferenceSet")) is dict:
        notes.see(known.PREFERENCES, record["tradingPreferenceSet"])
    price = reading.positive(record, "price", "")
    minimum = reading.amount(record, "minAmount", "")
    stated_max = reading.amount(record, "maxAmount", "")
    available = reading.amount(record, "lastQuantity", "")
    reading.demand_ordered(minimum, stated_max)
    is_online = reading.count(record.get("status", _ONLINE)) in (None, _ONLINE)
    return Offer(
        offer_id=reading.identity(record, "id", ""),
        advertiser_id=_advertiser_id(record),
        advertiser_name=reading.name(record.get("nickName")),
        asset=market.asset,
        fiat=market.fiat,
        side=side,
        price=price,
        min_fiat=minimum,
        # An ad that is listed but offline or completed fills nothing now.
        max_fiat=reading.fillable_fiat(price, available, stated_max, None if is_online else reading.ZERO, fiat_scale),
        stated_max_fiat=stated_max,
        available_asset=available,
        payments=_payments(record.get("payments"), notes),
        completion_rate=notes.readable("recentExecuteRate", record, reading.percent),
        orders_30d=notes.readable("recentOrderNum", record, reading.count),
        is_merchant=_is_merchant(record),
        is_floating_price=_IS_FLOATING.get(reading.count(record.get("priceType"))),
        is_promoted=record.get("recommend") is True or bool(record.get("recommendTag")),
        payment_minutes=reading.count(record.get("paymentPeriod")),
        fiat_scale=fiat_scale,
        asset_scale=asset_scale,
        remark=reading.remark(record.get("remark")),
    )


_IS_FLOATING: dict[int | None, bool] = {0: False, 1: True}


def _demand_market(record: dict[str, Any], market: Market, side: Side) -> None:
    # An answer for another market, or with the two sides mixed up, must not become a price. What is not said is
    # believed to be what was asked, and noted as missing. The documents say text for `side`, the samples a number.
    said_side = record.get("side")
    if (
        record.get("tokenId") in (None, market.asset)
        and record.get("currencyId") in (None, market.fiat)
        and (said_side is None or said_side == _AD_SIDE[side] or reading.count(said_side) == int(_AD_SIDE[side]))
    ):
        return
    said = ", ".join(f"{field} {reading.shown(record.get(field))}" for field in ("tokenId", "currencyId", "side"))
    raise UntrustedError(
        "wrong_market", f"the ad says {said}; asked was {market} {side}, whose ads are {_AD_SIDE[side]}."
    )


def _scales(symbol: Any, notes: FieldNotes) -> tuple[int, int]:
    if type(symbol) is not dict:
        return _FIAT_SCALE, _ASSET_SCALE
    notes.see(known.SYMBOL, symbol)
    currency = as_object(symbol.get("currency"))
    token = as_object(symbol.get("token"))
    notes.see(known.CURRENCY, currency)
    notes.see(known.TOKEN, token)
    for field in ("buyAd", "sellAd"):
        if type(symbol.get(field)) is dict:
            notes.see(known.SIDE_AD, symbol[field])
    return reading.scale(currency.get("scale"), _FIAT_SCALE), reading.scale(token.get("scale"), _ASSET_SCALE)


def _payments(listed: Any, notes: FieldNotes) -> tuple[NativePayment, ...]:
    found: list[NativePayment] = []
    for entry in as_list(listed):
        if type(entry) is dict:
            notes.see(known.PAYMENT, entry)
            settings = as_object(entry.get("paymentConfigVo"))
            native_id = entry.get("paymentType") or settings.get("paymentType")
            payment = reading.payment_of(native_id, _first_text(settings, "paymentName") or entry.get("paymentName"))
        else:
            payment = reading.payment_of(entry, None)
        if payment is None:
            notes.unreadable.add("payments")
        else:
            found.append(payment)
    return tuple(found)


def _first_text(entry: dict[str, Any], *fields: str) -> str | None:
    texts = (reading.name(entry.get(field)) for field in fields)
    return next((text for text in texts if text and text.strip()), None)


def _advertiser_id(record: dict[str, Any]) -> str | None:
    # The public site may hide the user's number behind "0"; the masked one, where given, tells users apart.
    for field in ("userMaskId", "userId"):
        found = reading.name(record.get(field))
        if found not in (None, "", "0"):
            return found
    return None


def _is_merchant(record: dict[str, Any]) -> bool:
    """Verified (VA) and block (BA) advertisers and organisations; GA is open to anyone who applies."""
    tags = record.get("authTag")
    tagged = tags if isinstance(tags, list) else [tags]
    return any(tag in tagged for tag in _MERCHANT_TAGS) or record.get("userType") == "ORG"


def _fiats_by_payment(written: Any) -> dict[str, set[str]]:
    """The list's own map from fiat to payment ids, turned round. It is JSON inside a JSON string."""
    if isinstance(written, str):
        try:
            written = orjson.loads(written)
        except orjson.JSONDecodeError:
            return {}
    fiats: dict[str, set[str]] = {}
    for fiat, ids in as_object(written).items():
        for native_id in as_list(ids):
            if isinstance(native_id, int | str):
                fiats.setdefault(str(native_id).strip(), set()).add(fiat)
    return fiats


def _symbols(body: bytes) -> list[tuple[str, str]]:
    listed = as_object(load_object(body).get("result")).get("symbols")
    entries = listed if isinstance(listed, list) else list(as_object(listed).values())
    pairs = ((as_object(entry).get("tokenId"), as_object(entry).get("currencyId")) for entry in entries)
    return [(asset, fiat) for asset, fiat in pairs if isinstance(asset, str) and isinstance(fiat, str)]
