"""The address under which a test or a person steers the simulator and asks it for the truth."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.simulator.answers import WireAnswer, WireRequest
from p2p_pipeline.p2p.simulator.exchange import Exchange
from p2p_pipeline.p2p.simulator.faults import FaultName, rule_from_json, rule_to_json
from p2p_pipeline.p2p.simulator.market import SimulatedOffer

PREFIX = "/_simulator/"


def steer(exchange: Exchange, request: WireRequest) -> WireAnswer:
    """Answer a request to the control address.

    GET health; GET faults, POST faults (a list of rules replaces those in force); GET requests?since=N;
    GET book?market=KEY&side=BUY[&at=SECONDS].
    """
    try:
        return _json(_steered(exchange, request))
    except (ValueError, TypeError, KeyError) as error:
        return _json({"error": str(error)}, 400)


def _steered(exchange: Exchange, request: WireRequest) -> dict[str, Any]:
    action = (request.method, request.path.removeprefix(PREFIX))
    if action == ("GET", "health"):
        return {"now": exchange.clock(), "faults": [str(name) for name in FaultName]}
    if action == ("POST", "faults"):
        rules = orjson.loads(request.body or b"[]")
        exchange.faults.replace([rule_from_json(rule) for rule in (rules if isinstance(rules, list) else [rules])])
    if action in (("GET", "faults"), ("POST", "faults")):
        return {"rules": [rule_to_json(rule) for rule in exchange.faults.rules()]}
    if action == ("GET", "requests"):
        return {"requests": [asdict(served) for served in exchange.requests(int(request.query.get("since", "0")))]}
    if action == ("GET", "book"):
        market_side = MarketSide(Market.parse(request.query["market"]), Side(request.query["side"]))
        moment = float(request.query["at"]) if "at" in request.query else exchange.clock()
        return {"at": moment, "offers": [_offer(offer) for offer in exchange.book(market_side, moment)]}
    raise ValueError(f"{request.method} {request.path} does nothing here; see health, faults, requests, book")


def _offer(offer: SimulatedOffer) -> dict[str, Any]:
    return {
        "offer_id": offer.offer_id,
        "advertiser": offer.advertiser.user_key,
        "role": str(offer.role),
        "price": str(offer.price),
        "available_units": offer.quantity_units,
        "asset_scale": offer.asset_scale,
        "min_units": offer.min_units,
        "max_units": offer.max_units,
        "fillable_units": offer.fillable_units,
        "fiat_scale": offer.fiat_scale,
    }


def _json(value: dict[str, Any], status: int = 200) -> WireAnswer:
    return WireAnswer(orjson.dumps({"simulated": True} | value), status)
