"""Binance P2P's public web protocol, spoken by the simulator. Knows nothing of the adapter that reads it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.simulator import binance_agent as agent
from p2p_pipeline.p2p.simulator import binance_lists as lists
from p2p_pipeline.p2p.simulator.agents import Advertiser
from p2p_pipeline.p2p.simulator.answers import RenderCache, WireAnswer, WireRequest
from p2p_pipeline.p2p.simulator.binance_envelope import error, illegal_parameter
from p2p_pipeline.p2p.simulator.binance_items import Privilege, badges, render_item
from p2p_pipeline.p2p.simulator.catalogue import Catalogue
from p2p_pipeline.p2p.simulator.market import SimulatedOffer

PREFIX = "/bapi/c2c/"
SEARCH_PATHS = ("/bapi/c2c/v2/friendly/c2c/adv/search", "/bapi/c2c/v2/public/c2c/adv/search")
AGENT_PREFIX = "/bapi/c2c/v1/public/c2c/agent/"
MAX_ROWS = 20


class BinanceWire:
    """Answers Binance requests from the simulated books."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._cache = RenderCache()

    def answer(self, request: WireRequest, now: float) -> WireAnswer:
        """What the venue says to a request at a moment (seconds since 1970)."""
        path = request.path.rstrip("/")
        if path.startswith(AGENT_PREFIX):
            return self._agent(request, path.removeprefix(AGENT_PREFIX), now)
        if path == "/bapi/c2c/v2/public/c2c/trade-method/list-by-page":
            is_asked_well = request.method == "GET"
            return lists.method_pages(request) if is_asked_well else error(400, "000001", "bad request")
        routes: dict[str, Callable[[dict[str, Any]], WireAnswer]] = {
            "/bapi/c2c/v1/friendly/c2c/trade-rule/fiat-list": lists.fiat_list,
            "/bapi/c2c/v2/friendly/c2c/portal/config": partial(lists.portal_config, self._catalogue),
            "/bapi/c2c/v2/public/c2c/adv/filter-conditions": partial(lists.filter_conditions, self._catalogue),
        }
        if path not in SEARCH_PATHS and path not in routes:
            return error(404, "000404", "not found")
        if request.method != "POST":
            return error(400, "000001", "bad request")
        payload = request.payload()
        if payload is None:
            return illegal_parameter()
        return self._search(payload, now) if path in SEARCH_PATHS else routes[path](payload)

    def search_page(self, offers: list[SimulatedOffer], page: int, rows: int, now: float) -> tuple[bytes, list[str]]:
        """Render one page of an ordered book, and say which ads it shows.

        The first paid ad comes on top of the first page and takes no other's row.
        """
        extra = int(bool(offers) and offers[0].is_promoted)
        first = (page - 1) * rows + extra if page > 1 else 0
        shown = offers[first : page * rows + extra]
        privileges = _privileges(shown) if page == 1 else [_privilege(offer) for offer in shown]
        items = b",".join(
            [
                render_item(offer, self._cache, now, privilege)
                for offer, privilege in zip(shown, privileges, strict=True)
            ]
        )
        body = b'{"code":"000000","message":null,"messageDetail":null,"data":[%b],"total":%d,"success":true}'
        return body % (items, len(offers)), [offer.offer_id for offer in shown]

    def ordered_book(self, market: Market, side: Side, now: float) -> list[SimulatedOffer]:
        """A book as the venue lists it: ads that are paid for first, whatever they cost, then by price."""
        simulated = self._catalogue.market(market)
        offers = simulated.book(side, now) if simulated is not None else []
        return sorted(offers, key=lambda offer: not offer.is_promoted)

    def _search(self, payload: dict[str, Any], now: float) -> WireAnswer:
        asset, fiat = payload.get("asset"), payload.get("fiat")
        page, rows = _count(payload.get("page")), _count(payload.get("rows"))
        trade_type = payload.get("tradeType")
        if not isinstance(asset, str) or not isinstance(fiat, str) or trade_type not in ("BUY", "SELL"):
            return illegal_parameter()
        if page is None or rows is None or rows > MAX_ROWS:
            return illegal_parameter()
        market, side = Market("binance", asset, fiat), Side(trade_type)
        offers = [offer for offer in self.ordered_book(market, side, now) if _passes(offer, payload)]
        body, ids = self.search_page(offers, page, rows, now)
        return WireAnswer(
            body, market_side=MarketSide(market, side), page=page, offer_ids=tuple(ids), total=len(offers)
        )

    def _agent(self, request: WireRequest, question: str, now: float) -> WireAnswer:
        if request.method != "GET":
            return error(400, "000001", "bad request")
        asset, fiat = request.query.get("asset", ""), request.query.get("fiat", "")
        if question == "trade-methods":
            return agent.trade_methods(fiat)
        trade_type = request.query.get("tradeType", "").upper()
        if question not in ("quote-price", "ad-list"):
            return error(404, "000404", "not found")
        if trade_type not in ("BUY", "SELL") or not asset or not fiat:
            return illegal_parameter()
        book = self.ordered_book(Market("binance", asset, fiat), Side(trade_type), now)
        return agent.quote_price(book, request) if question == "quote-price" else agent.ad_list(book, request)


def _privileges(first_page: list[SimulatedOffer]) -> list[Privilege]:
    """Those of the first page: one paid ad on top, or the best-priced ad marked where none is paid for."""
    found = [_privilege(offer) for offer in first_page]
    if found:
        found[0] = Privilege.PROMOTED if first_page[0].is_promoted else Privilege.BEST_PRICE
    return found


def _privilege(offer: SimulatedOffer) -> Privilege:
    return Privilege.FEATURED if offer.is_promoted else Privilege.NONE


def _passes(offer: SimulatedOffer, payload: dict[str, Any]) -> bool:
    classifies = payload.get("classifies")
    if classifies and ("profession" if offer.advertiser.is_merchant else "mass") not in classifies:
        return False
    if not _is_wanted(offer.advertiser, payload):
        return False
    periods = payload.get("periods")
    if periods and offer.payment_minutes not in periods:
        return False
    wanted = payload.get("payTypes")
    if wanted and not any(method.native_id in wanted for method in offer.methods):
        return False
    amount = payload.get("transAmount")
    if amount in (None, "", 0, "0"):
        return True
    return offer.takes(str(amount))


def _is_wanted(who: Advertiser, payload: dict[str, Any]) -> bool:
    if payload.get("tradedWith") or payload.get("followed"):
        return False  # nobody is logged in, so nobody has traded with or follows anyone
    wants_merchants = payload.get("publisherType") == "merchant" or payload.get("shieldMerchantAds")
    if wants_merchants and not who.is_merchant:
        return False
    return not payload.get("proMerchantAds") or "Pro" in badges(who)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 1 else None
