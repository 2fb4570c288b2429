"""Bybit P2P through the web site's own public endpoints.

`side` names the ad's side: "1" are sell ads (asks: the taker buys), "0" buy ads (bids). Page and size are text: numbers
are refused. Rates are percents. Payment ids change their meaning over time, so they stay ids here and get their name
from the venue's own list of the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from p2p_pipeline.p2p.markets import Market, MarketSide, NativePayment, Offer, Side
from p2p_pipeline.p2p.venues import bybit_fields as known
from p2p_pipeline.p2p.venues import reading
from p2p_pipeline.p2p.venues.browser import HEADERS
from p2p_pipeline.p2p.venues.bybit_lists import first_text, payment_methods, symbols
from p2p_pipeline.p2p.venues.fields import FieldNotes
from p2p_pipeline.p2p.venues.page_claims import believable_total, seems_last
from p2p_pipeline.p2p.venues.reading import as_list, as_object, load_object
from p2p_pipeline.p2p.venues.records import demand_few, demand_object
from p2p_pipeline.p2p.venues.refusals import bad_shape, object_or_refusal, refusal_of_status, venue_error
from p2p_pipeline.p2p.venues.scales import scale_of
from p2p_pipeline.p2p.venues.untrusted import UntrustedError, shown
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
_FIAT_AMOUNTS = ("minAmount", "maxAmount")
_QUANTITIES = ("lastQuantity", "quantity", "executedQuantity", "frozenQuantity")
_MERCHANT_TAGS = ("VA", "BA")
_ONLINE = 10


@dataclass(frozen=True, slots=True)
class BybitVenue:
    """Bybit's requests and answers; `base_url` is another host for a simulator, `rows` the ads asked for a page."""

    name: ClassVar[str] = "bybit"
    has_stable_payment_ids: ClassVar[bool] = False
    base_url: str = HOST
    rows: int = ROWS

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
        refused = refusal_of_status(status, body)
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
        """See Venue. A full page never ends the book: `count` has counted pages in a sister endpoint."""
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
        held_before = (page - 1) * self.rows
        total = believable_total(result.get("count"), held_before, len(records))
        return SearchPage(
            offers=tuple(offers),
            rejected=tuple(rejected),
            total=total,
            is_last=len(records) < self.rows and seems_last(len(records), self.rows, held_before, total),
            unknown_fields=notes.unknown_fields(),
            missing_fields=notes.missing_fields(),
        )

    def side_asked_for(self, url: str, request: Mapping[str, Any]) -> MarketSide | None:
        """See Venue."""
        if _SEARCH not in urlsplit(url).path:
            return None
        market = Market.parse(f"{self.name}.{request['tokenId']}-{request['currencyId']}")
        return MarketSide(market, {told: side for side, told in _AD_SIDE.items()}[str(request["side"])])

    def payment_list_request(self, fiat: str) -> VenueRequest:  # noqa: ARG002 - one list answers for all fiats
        """See Venue."""
        return self._post(_PAYMENTS, {})

    def read_payment_list(self, body: bytes) -> list[PaymentMethod]:
        """See Venue."""
        return payment_methods(body)

    def fiat_list_request(self) -> VenueRequest:
        """See Venue."""
        return VenueRequest("GET", self.base_url + _CONFIGURATION, None, HEADERS)

    def read_fiat_list(self, body: bytes) -> list[str]:
        """See Venue."""
        return sorted({fiat for _, fiat in symbols(body)})

    def asset_list_request(self, fiat: str) -> VenueRequest:  # noqa: ARG002 - one answer has all symbols
        """See Venue."""
        return self.fiat_list_request()

    def read_asset_list(self, body: bytes, fiat: str) -> list[str]:
        """See Venue."""
        return sorted({asset for asset, against in symbols(body) if against == fiat})

    def _post(self, path: str, payload: dict[str, Any]) -> VenueRequest:
        return VenueRequest("POST", self.base_url + path, payload, HEADERS)


def _refusal_of_result(result: Any) -> Refusal | None:
    if not isinstance(result, dict):
        return bad_shape(f"result is {shown(result)} instead of an object")
    # `items: null` is how Bybit writes an empty page; no `items` at all is a format that has changed.
    if not isinstance(result.get("items"), list | None):
        return bad_shape(f"result.items is {shown(result['items'])} instead of a list")
    if not result.keys() & {"items", "paymentConfigVo", "symbols"}:
        return bad_shape("result has neither items nor paymentConfigVo nor symbols")
    return None


def read_ad(record: Any, market: Market, side: Side, notes: FieldNotes) -> Offer:
    """Read one ad; raises UntrustedError. Which fields decide what is also written in bybit_ordinary.py."""
    demand_object(record)
    notes.see(known.AD, record)
    _demand_market(record, market, side)
    fiat_scale, asset_scale = _scales(record, notes)
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
    said = ", ".join(f"{field} {shown(record.get(field))}" for field in ("tokenId", "currencyId", "side"))
    raise UntrustedError(
        "wrong_market",
        "the ad says {said}; asked was {market} {side}, whose ads are {maker_side}.",
        said=said,
        market=market,
        side=side,
        maker_side=_AD_SIDE[side],
    )


def _scales(record: dict[str, Any], notes: FieldNotes) -> tuple[int, int]:
    stated = record.get("symbolInfo")
    symbol = as_object(stated)
    currency, token = as_object(symbol.get("currency")), as_object(symbol.get("token"))
    if type(stated) is dict:
        for level, seen in ((known.SYMBOL, symbol), (known.CURRENCY, currency), (known.TOKEN, token)):
            notes.see(level, seen)
        for field in ("buyAd", "sellAd"):
            if type(symbol.get(field)) is dict:
                notes.see(known.SIDE_AD, symbol[field])
    return (
        scale_of(record, currency.get("scale"), _FIAT_SCALE, _FIAT_AMOUNTS),
        scale_of(record, token.get("scale"), _ASSET_SCALE, _QUANTITIES),
    )


def _payments(listed: Any, notes: FieldNotes) -> tuple[NativePayment, ...]:
    found: list[NativePayment] = []
    if type(listed) is not list:
        notes.unreadable.add("payments")
    for entry in demand_few(listed, "payments"):
        if type(entry) is dict:
            notes.see(known.PAYMENT, entry)
            settings = as_object(entry.get("paymentConfigVo"))
            native_id = entry.get("paymentType") or settings.get("paymentType")
            payment = reading.payment_of(native_id, first_text(settings, "paymentName") or entry.get("paymentName"))
        else:
            payment = reading.payment_of(entry, None)
        if payment is None:
            notes.unreadable.add("payments")
        else:
            found.append(payment)
    return tuple(found)


def _advertiser_id(record: dict[str, Any]) -> str | None:
    # The public site may hide the user's number behind "0"; the masked one, where given, tells users apart.
    return reading.account(record.get("userMaskId")) or reading.account(record.get("userId"))


def _is_merchant(record: dict[str, Any]) -> bool:
    """Verified (VA, in tiers VA1 to VA3) and block (BA) advertisers and organisations; GA is open to all who apply."""
    tags = record.get("authTag")
    tagged = tags if isinstance(tags, list) else [tags]
    is_tagged = any(isinstance(tag, str) and tag.rstrip("0123456789") in _MERCHANT_TAGS for tag in tagged)
    return is_tagged or record.get("userType") == "ORG"
