"""Binance P2P's public web protocol, spoken by the simulator. Knows nothing of the adapter that reads it."""

from __future__ import annotations

from typing import Any

import orjson

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.simulator.answers import RenderCache, WireAnswer, WireRequest
from p2p_pipeline.p2p.simulator.binance_items import render_item, render_method
from p2p_pipeline.p2p.simulator.catalogue import Catalogue
from p2p_pipeline.p2p.simulator.currencies import FIATS
from p2p_pipeline.p2p.simulator.market import SimulatedOffer
from p2p_pipeline.p2p.simulator.payments import all_methods, methods_of

PREFIX = "/bapi/c2c/"
SEARCH_PATHS = ("/bapi/c2c/v2/friendly/c2c/adv/search", "/bapi/c2c/v2/public/c2c/adv/search")
MAX_ROWS = 20


class BinanceWire:
    """Answers Binance requests from the simulated books."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._cache = RenderCache()

    def answer(self, request: WireRequest, now: float) -> WireAnswer:
        """What the venue says to a request at a moment (seconds since 1970)."""
        path = request.path
        if path == "/bapi/c2c/v2/public/c2c/trade-method/list-by-page":
            return self._method_pages(request) if request.method == "GET" else _error(400, "000001", "bad request")
        routes = {
            "/bapi/c2c/v1/friendly/c2c/trade-rule/fiat-list": self._fiat_list,
            "/bapi/c2c/v2/friendly/c2c/portal/config": self._portal_config,
            "/bapi/c2c/v2/public/c2c/adv/filter-conditions": self._filter_conditions,
        }
        if path not in SEARCH_PATHS and path not in routes:
            return _error(404, "000404", "not found")
        if request.method != "POST":
            return _error(400, "000001", "bad request")
        payload = request.payload()
        if payload is None:
            return _illegal_parameter()
        return self._search(payload, now) if path in SEARCH_PATHS else routes[path](payload)

    def search_page(self, offers: list[SimulatedOffer], page: int, rows: int, now: float) -> tuple[bytes, list[str]]:
        """Render one page of an ordered book, and say which ads it shows."""
        shown = offers[(page - 1) * rows : page * rows]
        items = b",".join([render_item(offer, self._cache, now) for offer in shown])
        body = b'{"code":"000000","message":null,"messageDetail":null,"data":[%b],"total":%d,"success":true}'
        return body % (items, len(offers)), [offer.offer_id for offer in shown]

    def ordered_book(self, market: Market, side: Side, now: float) -> list[SimulatedOffer]:
        """A book as the venue lists it: featured ads first, whatever they cost, then by price."""
        simulated = self._catalogue.market(market)
        offers = simulated.book(side, now) if simulated is not None else []
        return sorted(offers, key=lambda offer: not offer.is_promoted)

    def _search(self, payload: dict[str, Any], now: float) -> WireAnswer:
        asset, fiat = payload.get("asset"), payload.get("fiat")
        page, rows = _count(payload.get("page")), _count(payload.get("rows"))
        trade_type = payload.get("tradeType")
        if not isinstance(asset, str) or not isinstance(fiat, str) or trade_type not in ("BUY", "SELL"):
            return _illegal_parameter()
        if page is None or rows is None or rows > MAX_ROWS:
            return _illegal_parameter()
        market, side = Market("binance", asset, fiat), Side(trade_type)
        offers = [offer for offer in self.ordered_book(market, side, now) if _passes(offer, payload)]
        body, ids = self.search_page(offers, page, rows, now)
        return WireAnswer(
            body, market_side=MarketSide(market, side), page=page, offer_ids=tuple(ids), total=len(offers)
        )

    def _fiat_list(self, _: dict[str, Any]) -> WireAnswer:
        return _success(
            [
                {
                    "currencyCode": fiat.code,
                    "currencySymbol": fiat.symbol,
                    "currencyScale": fiat.scale,
                    "countryCode": fiat.country,
                    "iconUrl": f"https://bin.bnbstatic.com/image/fiat/{fiat.code}.png",
                }
                for fiat in sorted(FIATS.values(), key=lambda fiat: fiat.code)
            ]
        )

    def _portal_config(self, payload: dict[str, Any]) -> WireAnswer:
        assets = [{"asset": code, "description": code} for code in self._catalogue.assets_of(str(payload.get("fiat")))]
        sides = [{"side": side, "assets": assets, "convertAssets": []} for side in ("BUY", "SELL")]
        area = {"area": "P2P", "tradeSides": sides}
        return _success({"fiat": payload.get("fiat"), "areas": [area] if assets else []})

    def _filter_conditions(self, payload: dict[str, Any]) -> WireAnswer:
        fiat = str(payload.get("fiat"))
        methods = methods_of("binance", fiat) if fiat in FIATS else ()
        return _success(
            {
                "tradeMethods": [render_method(method) for method in methods],
                "areas": ["P2P"],
                "periods": [15, 30, 45, 60],
                "assets": self._catalogue.assets_of(fiat),
            }
        )

    def _method_pages(self, request: WireRequest) -> WireAnswer:
        page, rows = request.query.get("page", "1"), request.query.get("rows", "20")
        if not page.isdigit() or not rows.isdigit() or int(page) < 1:
            return _illegal_parameter()
        methods = all_methods("binance")
        shown = methods[(int(page) - 1) * int(rows) : int(page) * int(rows)]
        return _success([render_method(method) for method in shown], total=len(methods))


def _passes(offer: SimulatedOffer, payload: dict[str, Any]) -> bool:
    classifies = payload.get("classifies")
    if classifies and ("profession" if offer.advertiser.is_merchant else "mass") not in classifies:
        return False
    if payload.get("publisherType") == "merchant" and not offer.advertiser.is_merchant:
        return False
    wanted = payload.get("payTypes")
    if wanted and not any(method.native_id in wanted for method in offer.methods):
        return False
    amount = payload.get("transAmount")
    if amount in (None, "", 0, "0"):
        return True
    return offer.takes(str(amount))


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 1 else None


def _success(data: Any, total: int | None = None) -> WireAnswer:
    envelope = {"code": "000000", "message": None, "messageDetail": None, "data": data, "total": total, "success": True}
    return WireAnswer(orjson.dumps(envelope))


def _illegal_parameter() -> WireAnswer:
    return _error(200, "000002", "illegal parameter")


def _error(status: int, code: str, message: str) -> WireAnswer:
    envelope = {"code": code, "message": message, "messageDetail": None, "data": None, "success": False}
    return WireAnswer(orjson.dumps(envelope), status)
