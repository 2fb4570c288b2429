"""Binance P2P's three public addresses for assistants: the same books in another shape, without pages."""

from __future__ import annotations

from typing import Any

from p2p_pipeline.p2p.simulator.answers import WireAnswer, WireRequest
from p2p_pipeline.p2p.simulator.binance_envelope import illegal_parameter, success
from p2p_pipeline.p2p.simulator.binance_items import render_method
from p2p_pipeline.p2p.simulator.currencies import FIATS
from p2p_pipeline.p2p.simulator.market import SimulatedOffer
from p2p_pipeline.p2p.simulator.payments import methods_of

MOST_ADS = 20
_USUAL_ADS = "10"


def quote_price(book: list[SimulatedOffer], request: WireRequest) -> WireAnswer:
    """The best price of a book; null where nobody offers."""
    best = min(book, key=_by_price, default=None)
    price = None if best is None else float(best.price)
    return success({name: request.query.get(name) for name in ("fiat", "asset", "tradeType")} | {"price": price})


def ad_list(book: list[SimulatedOffer], request: WireRequest) -> WireAnswer:
    """The first ads of a book in the order of their price."""
    limit = request.query.get("limit", _USUAL_ADS)
    if not limit.isdigit() or not 1 <= int(limit) <= MOST_ADS:
        return illegal_parameter()
    wanted = request.query.get("tradeMethodIdentifiers")
    offers = [
        offer
        for offer in sorted(book, key=_by_price)
        if wanted is None or any(method.native_id == wanted for method in offer.methods)
    ]
    return success({"items": [_ad(offer) for offer in offers[: int(limit)]]})


def trade_methods(fiat: str) -> WireAnswer:
    """The payment methods of a fiat."""
    methods = methods_of("binance", fiat) if fiat in FIATS else ()
    rendered = map(render_method, methods)
    return success([{name: method[name] for name in ("identifier", "tradeMethodName")} for method in rendered])


def _by_price(offer: SimulatedOffer) -> tuple[int, str]:
    is_ask = offer.market_side.side == "BUY"
    return (offer.price_units if is_ask else -offer.price_units, offer.offer_id)


def _ad(offer: SimulatedOffer) -> dict[str, Any]:
    who, market = offer.advertiser, offer.market_side.market
    return {
        "adNo": offer.offer_id,
        "asset": market.asset,
        "fiat": market.fiat,
        "tradeType": str(offer.market_side.side),
        # Numbers here, where the search has texts.
        "price": float(offer.price),
        "minTransAmount": offer.min_units / 10**offer.fiat_scale,
        "maxTransAmount": offer.max_units / 10**offer.fiat_scale,
        "tradableAmount": offer.quantity_units / 10**offer.asset_scale,
        "tradeMethods": [method.native_id for method in offer.methods],
        "payTimeLimit": offer.payment_minutes,
        "advertiserName": who.nickname,
        "monthOrderCount": who.orders_30d,
        "monthFinishRate": who.completion_rate,
    }
