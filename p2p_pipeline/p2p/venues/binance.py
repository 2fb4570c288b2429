"""Binance P2P through the web site's own public endpoints.

The request's `tradeType` is what the taker wants, like our side; the answer's `adv.tradeType` is the maker's, mirrored.
Rates are fractions. Numbers are text. Ads that are paid for stand on top whatever their price, one of them as a 21st of
a page of 20, so the order means nothing.

What an ad can fill, `dynamicMaxSingleTransAmount`, was min(stated max, tradableQuantity x price) until 2024; in 2026 it
is that in whole units of the fiat, at times a fraction more than the shown quantity is worth. What can be traded of an
ask is less than its surplus by the seller's commission.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from p2p_pipeline.p2p.markets import Market, MarketSide, NativePayment, Offer, Side
from p2p_pipeline.p2p.venues import reading
from p2p_pipeline.p2p.venues.binance_fields import AD, ADVERTISEMENT, ADVERTISER, ENVELOPE, TRADE_METHOD
from p2p_pipeline.p2p.venues.browser import HEADERS
from p2p_pipeline.p2p.venues.fields import FieldNotes
from p2p_pipeline.p2p.venues.page_claims import believable_total, seems_last
from p2p_pipeline.p2p.venues.reading import as_list, as_object, load_object, payment_of
from p2p_pipeline.p2p.venues.records import demand_few, demand_object
from p2p_pipeline.p2p.venues.refusals import bad_shape, object_or_refusal, refusal_of_status, venue_error
from p2p_pipeline.p2p.venues.scales import scale_of
from p2p_pipeline.p2p.venues.untrusted import UntrustedError, shown
from p2p_pipeline.p2p.venues.wire import PaymentMethod, Refusal, Rejected, SearchPage, VenueRequest

HOST = "https://p2p.binance.com"
ROWS = 20
"""The most ads a page gives, whatever is asked for; a promoted one may come on top."""
CLASSIFIES = ("mass", "profession", "fiat_trade")
"""Which classes of ads are asked for. They change the result, so they are part of every recorded request."""

_SEARCH = "/bapi/c2c/v2/friendly/c2c/adv/search"
_ANY_SEARCH = "/c2c/adv/search"
"""How the path of a search has ended in every version of the site."""
_PAYMENTS = "/bapi/c2c/v2/public/c2c/adv/filter-conditions"
_FIATS = "/bapi/c2c/v1/friendly/c2c/trade-rule/fiat-list"
_ASSETS = "/bapi/c2c/v2/friendly/c2c/portal/config"

_P2P_AREA = "P2P"
_SUCCESS = "000000"
_RATE_LIMIT_CODES = frozenset({"429", "418", "000429", "-1003", "100001003"})
_MAKER_SIDE = {Side.BUY: "SELL", Side.SELL: "BUY"}
_DEFAULT_SCALE = 2
_PAID_PRIVILEGES = (2, 8)
"""Featured Ad, Promoted Ad."""
_QUANTITIES = (
    "tradableQuantity", "surplusAmount", "minSingleTransQuantity", "maxSingleTransQuantity",
    "dynamicMaxSingleTransQuantity",
)  # fmt: skip
_FIAT_AMOUNTS = ("minSingleTransAmount", "maxSingleTransAmount", "dynamicMaxSingleTransAmount")


@dataclass(frozen=True, slots=True)
class BinanceVenue:
    """Binance's requests and answers; `base_url` is another host for a simulator."""

    name: ClassVar[str] = "binance"
    has_stable_payment_ids: ClassVar[bool] = True
    base_url: str = HOST
    classifies: tuple[str, ...] = CLASSIFIES

    @property
    def page_rows(self) -> int:
        """See Venue."""
        return ROWS

    def search_request(self, market: Market, side: Side, page: int) -> VenueRequest:
        """See Venue."""
        return self._post(
            _SEARCH,
            {
                "asset": market.asset,
                "fiat": market.fiat,
                "tradeType": side.value,
                "page": page,
                "rows": ROWS,
                "payTypes": [],
                "publisherType": None,
                "countries": [],
                "proMerchantAds": False,
                "shieldMerchantAds": False,
                "filterType": "all",
                "periods": [],
                "additionalKycVerifyFilter": 0,
                "classifies": list(self.classifies),
                "tradedWith": False,
                "followed": False,
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
        code = answer.get("code")
        if code is None and "data" not in answer:
            return bad_shape("there is neither a code nor data")
        if (code is not None and code != _SUCCESS) or answer.get("success") is False:
            return venue_error(code, answer.get("message") or answer.get("messageDetail"), _RATE_LIMIT_CODES)
        data = answer.get("data")
        if isinstance(data, list) or (isinstance(data, dict) and ("tradeMethods" in data or "areas" in data)):
            return None
        return bad_shape(f"data is {shown(data)} instead of a list")

    def read_search(self, body: bytes, market: Market, side: Side, page: int) -> SearchPage:
        """See Venue."""
        answer = load_object(body)
        records = as_list(answer.get("data"))
        notes = FieldNotes()
        notes.see(ENVELOPE, answer)
        offers: list[tuple[int, Offer]] = []
        rejected: list[Rejected] = []
        for ordinal, record in enumerate(records):
            try:
                offers.append((ordinal, read_ad(record, market, side, notes)))
            except UntrustedError as problem:
                native_id = reading.identity_if_said(as_object(record).get("adv"), "advNo")
                rejected.append(Rejected(ordinal, problem.reason, problem.detail, native_id))
        # A paid ad comes on top of the page as its 21st and may not be counted: it must not make the total look wrong.
        held = min(len(records), ROWS)
        total = believable_total(answer.get("total"), (page - 1) * ROWS, held)
        return SearchPage(
            offers=tuple(offers),
            rejected=tuple(rejected),
            total=total,
            is_last=seems_last(held, ROWS, (page - 1) * ROWS, total),
            unknown_fields=notes.unknown_fields(),
            missing_fields=notes.missing_fields(),
        )

    def side_asked_for(self, url: str, request: Mapping[str, Any]) -> MarketSide | None:
        """See Venue."""
        if _ANY_SEARCH not in urlsplit(url).path:
            return None
        market = Market.parse(f"{self.name}.{request['asset']}-{request['fiat']}")
        return MarketSide(market, Side(request["tradeType"]))

    def payment_list_request(self, fiat: str) -> VenueRequest:
        """See Venue."""
        return self._post(_PAYMENTS, {"fiat": fiat, "classifies": list(self.classifies)})

    def read_payment_list(self, body: bytes) -> list[PaymentMethod]:
        """See Venue. The answer is about the one fiat that was asked for and does not repeat it."""
        listed = as_list(as_object(load_object(body).get("data")).get("tradeMethods"))
        payments = (_payment(method) for method in listed)
        return [PaymentMethod(payment) for payment in payments if payment is not None]

    def fiat_list_request(self) -> VenueRequest:
        """See Venue."""
        return self._post(_FIATS, {})

    def read_fiat_list(self, body: bytes) -> list[str]:
        """See Venue."""
        listed = (as_object(entry).get("currencyCode") for entry in as_list(load_object(body).get("data")))
        return sorted({code for code in listed if isinstance(code, str) and code})

    def asset_list_request(self, fiat: str) -> VenueRequest:
        """See Venue."""
        return self._post(_ASSETS, {"fiat": fiat})

    def read_asset_list(self, body: bytes, fiat: str) -> list[str]:  # noqa: ARG002 - the answer is about one fiat
        """See Venue. Only the area named P2P counts, wherever it stands: the others are other products."""
        areas = map(as_object, as_list(as_object(load_object(body).get("data")).get("areas")))
        sides = [side for area in areas if area.get("area") == _P2P_AREA for side in as_list(area.get("tradeSides"))]
        listed = (as_object(entry).get("asset") for side in sides for entry in as_list(as_object(side).get("assets")))
        return sorted({code for code in listed if isinstance(code, str) and code})

    def _post(self, path: str, payload: dict[str, Any]) -> VenueRequest:
        return VenueRequest("POST", self.base_url + path, payload, HEADERS)


def read_ad(record: Any, market: Market, side: Side, notes: FieldNotes) -> Offer:
    """Read one ad; raises UntrustedError. Which fields decide what is also written in binance_ordinary.py."""
    demand_object(record)
    notes.see(AD, record)
    adv = record.get("adv")
    if type(adv) is not dict:
        raise UntrustedError("missing_field", "adv is missing; an offer can't be read without it.")
    notes.see(ADVERTISEMENT, adv)
    advertiser = as_object(record.get("advertiser"))
    notes.see(ADVERTISER, advertiser)
    _demand_market(adv, market, side)
    price = reading.positive(adv, "price", "adv.")
    minimum = reading.amount(adv, "minSingleTransAmount", "adv.")
    stated_max = reading.amount(adv, "maxSingleTransAmount", "adv.")
    available = reading.amount(adv, "tradableQuantity", "adv.")
    reading.demand_ordered(minimum, stated_max)
    venue_max = reading.amount_if_said(adv, "dynamicMaxSingleTransAmount", "adv.")
    if adv.get("isTradable") is False:
        venue_max = reading.ZERO
    fiat_scale = scale_of(adv, adv.get("fiatScale"), _DEFAULT_SCALE, _FIAT_AMOUNTS)
    return Offer(
        offer_id=reading.identity(adv, "advNo", "adv."),
        advertiser_id=reading.account(advertiser.get("userNo")),
        advertiser_name=reading.name(advertiser.get("nickName")),
        asset=market.asset,
        fiat=market.fiat,
        side=side,
        price=price,
        min_fiat=minimum,
        max_fiat=reading.fillable_fiat(price, available, stated_max, venue_max, fiat_scale),
        stated_max_fiat=stated_max,
        available_asset=available,
        payments=_payments(adv.get("tradeMethods"), notes),
        completion_rate=notes.readable("monthFinishRate", advertiser, reading.fraction, "advertiser."),
        orders_30d=notes.readable("monthOrderCount", advertiser, reading.count, "advertiser."),
        is_merchant=_is_merchant(advertiser),
        is_floating_price=None,  # priceType is null in every public answer of 2022 to 2026
        is_promoted=_is_promoted(record),
        payment_minutes=reading.count(adv.get("payTimeLimit")),
        fiat_scale=fiat_scale,
        asset_scale=scale_of(adv, adv.get("assetScale"), _DEFAULT_SCALE, _QUANTITIES),
        remark=reading.remark(adv.get("remarks")),
    )


def _demand_market(adv: dict[str, Any], market: Market, side: Side) -> None:
    # An answer for another market, or with the two sides mixed up, must not become a price. What is not said is
    # believed to be what was asked, and noted as missing.
    if (
        adv.get("asset") in (None, market.asset)
        and adv.get("fiatUnit") in (None, market.fiat)
        and adv.get("tradeType") in (None, _MAKER_SIDE[side])
    ):
        return
    said = ", ".join(f"{field} {shown(adv.get(field))}" for field in ("asset", "fiatUnit", "tradeType"))
    raise UntrustedError(
        "wrong_market",
        "adv says {said}; asked was {market} {side}, whose ads are {maker_side}.",
        said=said,
        market=market,
        side=side,
        maker_side=_MAKER_SIDE[side],
    )


def _payments(methods: Any, notes: FieldNotes) -> tuple[NativePayment, ...]:
    found: list[NativePayment] = []
    if type(methods) is not list:
        notes.unreadable.add("adv.tradeMethods")
    for method in demand_few(methods, "adv.tradeMethods"):
        if type(method) is dict:
            notes.see(TRADE_METHOD, method)
        payment = _payment(method)
        if payment is None:
            notes.unreadable.add("adv.tradeMethods.identifier")
        else:
            found.append(payment)
    return tuple(found)


def _payment(method: Any) -> NativePayment | None:
    if type(method) is not dict:
        return payment_of(method, None)
    return payment_of(
        method.get("identifier") or method.get("payType"),
        method.get("tradeMethodName") or method.get("tradeMethodShortName"),
    )


def _is_promoted(record: dict[str, Any]) -> bool:
    # Every ad of 2026 has these fields. Type 1 without a description marks the best-priced ad, which pays nothing.
    return bool(record.get("privilegeDesc")) or record.get("privilegeType") in _PAID_PRIVILEGES


def _is_merchant(advertiser: dict[str, Any]) -> bool:
    identity = advertiser.get("userIdentity")
    return advertiser.get("userType") == "merchant" or (isinstance(identity, str) and "MERCHANT" in identity)
