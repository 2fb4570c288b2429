"""Bybit P2P's public web protocol, spoken by the simulator. Knows nothing of the adapter that reads it."""

from __future__ import annotations

from typing import Any

import orjson

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.simulator.answers import RenderCache, WireAnswer, WireRequest
from p2p_pipeline.p2p.simulator.bybit_items import render_item
from p2p_pipeline.p2p.simulator.bybit_symbols import configuration
from p2p_pipeline.p2p.simulator.catalogue import Catalogue
from p2p_pipeline.p2p.simulator.currencies import FIATS
from p2p_pipeline.p2p.simulator.market import SimulatedOffer
from p2p_pipeline.p2p.simulator.payments import BYBIT_ALIASES, Method, all_methods, methods_of

PREFIXES = ("/fiat/", "/x-api/fiat/")
MAX_SIZE = 100
"""Larger pages are asked for at times; the answer then holds this many."""


class BybitWire:
    """Answers Bybit requests from the simulated books."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._cache = RenderCache()

    def answer(self, request: WireRequest, now: float) -> WireAnswer:
        """What the venue says to a request at a moment (seconds since 1970)."""
        path = request.path.removeprefix("/x-api").rstrip("/")
        if path == "/fiat/p2p/config/initial" and request.method == "GET":
            return _envelope(configuration(), now)
        if request.method != "POST":
            return _not_found()
        payload = request.payload()
        if path in ("/fiat/otc/item/online", "/fiat/otc/item/recommend/online"):
            return _bad_parameter(now) if payload is None else self._search(payload, now)
        if path == "/fiat/otc/configuration/queryAllPaymentList":
            return _payment_list(now)
        return _not_found()

    def search_page(self, offers: list[SimulatedOffer], page: int, size: int, now: float) -> tuple[bytes, list[str]]:
        """Render one page of an ordered book, and say which ads it shows."""
        shown = offers[(page - 1) * size : page * size]
        items = b",".join([render_item(offer, self._cache, now) for offer in shown])
        body = (
            b'{"ret_code":0,"ret_msg":"SUCCESS","result":{"count":%d,"items":[%b]},'
            b'"ext_code":"","ext_info":{},"time_now":"%.6f"}'
        )
        return body % (len(offers), items, now), [offer.offer_id for offer in shown]

    def ordered_book(self, market: Market, side: Side, now: float, sort: str = "") -> list[SimulatedOffer]:
        """A book as the venue lists it: promoted ads first unless it is sorted by price alone."""
        simulated = self._catalogue.market(market)
        offers = simulated.book(side, now) if simulated is not None else []
        if sort == "TRADE_PRICE":
            return offers
        if sort == "TRADE_COMPLETION_RATE":
            return sorted(offers, key=lambda offer: -offer.advertiser.completion_rate)
        if sort == "OVERALL_RANKING":
            # Price order with well-known advertisers lifted: near it, but not it.
            ranked = enumerate(offers)
            lifted = sorted(ranked, key=lambda pair: pair[0] - 3 * pair[1].advertiser.is_merchant)
            offers = [offer for _, offer in lifted]
        return sorted(offers, key=lambda offer: not offer.is_promoted)

    def _search(self, payload: dict[str, Any], now: float) -> WireAnswer:
        asset, fiat, ad_side = (payload.get(name) for name in ("tokenId", "currencyId", "side"))
        page, size = _count(payload.get("page", "1")), _count(payload.get("size", "10"))
        if not isinstance(asset, str) or not isinstance(fiat, str) or str(ad_side) not in ("0", "1"):
            return _bad_parameter(now)
        if page is None or size is None:
            return _bad_parameter(now)
        # `side` is the ad's: 1 sells the asset, so the taker buys.
        market, side = Market("bybit", asset, fiat), Side.BUY if str(ad_side) == "1" else Side.SELL
        book = self.ordered_book(market, side, now, str(payload.get("sortType") or ""))
        offers = [offer for offer in book if _passes(offer, payload)]
        body, ids = self.search_page(offers, page, min(size, MAX_SIZE), now)
        return WireAnswer(
            body, market_side=MarketSide(market, side), page=page, offer_ids=tuple(ids), total=len(offers)
        )


def _passes(offer: SimulatedOffer, payload: dict[str, Any]) -> bool:
    if payload.get("authMaker") and not offer.advertiser.is_merchant:
        return False
    wanted = payload.get("payment")
    if wanted and not any(method.native_id in map(str, wanted) for method in offer.methods):
        return False
    periods = payload.get("paymentPeriod")
    if periods and offer.payment_minutes not in periods:
        return False
    amount = payload.get("amount")
    if amount in (None, "", "0"):
        return True
    return offer.takes(str(amount))


def _count(value: Any) -> int | None:
    """A page or size from a string or, as leniently as the public address is, a number."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text) < 10**6 else None


def _payment_list(now: float) -> WireAnswer:
    by_fiat = {fiat: [int(method.native_id) for method in methods_of("bybit", fiat)] for fiat in FIATS}
    entries = [_payment_entry(method, by_fiat) for method in all_methods("bybit")]
    # The map is a JSON text inside the JSON, as the venue sends it.
    return _envelope({"paymentConfigVo": entries, "currencyPaymentIdMap": orjson.dumps(by_fiat).decode()}, now)


def _payment_entry(method: Method, by_fiat: dict[str, list[int]]) -> dict[str, Any]:
    fiats = [fiat for fiat, numbers in by_fiat.items() if int(method.native_id) in numbers]
    is_everywhere = len(fiats) > 60
    return {
        "paymentType": method.native_id,
        "checkType": 119,
        "sort": 0,
        # The venue's names carry stray spaces.
        "paymentName": f"{method.name} " if int(method.native_id) % 7 == 0 else method.name,
        "addTips": "",
        "itemTips": "",
        "online": 0,
        "items": [],
        "paymentAlias": BYBIT_ALIASES.get(method.native_id, method.name),
        "paymentExtInfo": {
            "supportCurrencyIds": [] if is_everywhere else fiats,
            "supportAllCurrency": is_everywhere,
        },
        "checkChannel": "NONE",
    }


def _envelope(result: dict[str, Any], now: float, code: int = 0, message: str = "SUCCESS") -> WireAnswer:
    envelope = {
        "ret_code": code,
        "ret_msg": message,
        "result": result,
        "ext_code": "",
        "ext_info": {},
        "time_now": f"{now:.6f}",
    }
    return WireAnswer(orjson.dumps(envelope))


def _bad_parameter(now: float) -> WireAnswer:
    return _envelope({}, now, 10001, "Request parameter error")


def _not_found() -> WireAnswer:
    return WireAnswer(b"<html><body><h1>404 Not Found</h1></body></html>", 404, "text/html")
