"""One ad as Bybit P2P writes it, all fields of the official sample and of the public answers."""

from __future__ import annotations

from typing import Any

import orjson

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.simulator.agents import Advertiser
from p2p_pipeline.p2p.simulator.answers import RenderCache, decimal_text, padded_text
from p2p_pipeline.p2p.simulator.bybit_symbols import symbol_info
from p2p_pipeline.p2p.simulator.market import SimulatedOffer

_SEEN_MARK = "9876543210"
"""Stands for the advertiser's last sign of life, the one figure that differs in every answer."""
_SEEN_TEXT = _SEEN_MARK.encode()


_VERIFICATION_FIELDS: dict[str, Any] = {
    "verificationOrderSwitch": False,
    "verificationOrderLabels": [],
    "verificationOrderAmount": "0",
    "subsidyAd": False,
}


def render_item(offer: SimulatedOffer, cache: RenderCache, now: float) -> bytes:
    """Write an ad as it is answered at a moment."""
    text = cache.get(offer)
    if text is None:
        text = cache.put(offer, orjson.dumps(_item(offer)))
    return text.replace(_SEEN_TEXT, b"%d" % (now - int(now + offer.advertiser.user_number) % 5400), 1)


def _item(offer: SimulatedOffer) -> dict[str, Any]:
    market, who = offer.market_side.market, offer.advertiser
    executed = max(0, offer.initial_units - offer.quantity_units)
    return {
        "id": offer.offer_id,
        "accountId": str(who.user_number + 7),
        "userId": str(who.user_number),
        "userMaskId": f"s{who.user_key}",
        "nickName": who.nickname,
        "tokenId": market.asset,
        "tokenName": market.asset,
        "currencyId": market.fiat,
        "side": 1 if offer.market_side.side is Side.BUY else 0,
        "priceType": 1 if offer.is_floating else 0,
        "price": padded_text(offer.price_units, offer.price_scale),
        "premium": f"{offer.premium:g}" if offer.is_floating else "0",
        "lastQuantity": decimal_text(offer.quantity_units, offer.asset_scale),
        "quantity": decimal_text(max(offer.initial_units, offer.quantity_units), offer.asset_scale),
        "frozenQuantity": "0",
        "executedQuantity": decimal_text(executed, offer.asset_scale),
        "minAmount": padded_text(offer.min_units, offer.fiat_scale),
        "maxAmount": padded_text(offer.max_units, offer.fiat_scale),
        "remark": offer.remark,
        "status": 10,
        "createDate": str(int(offer.created_at * 1000)),
        "updateDate": str(int(offer.created_at * 1000)),
        "payments": [method.native_id for method in offer.methods],
        "orderNum": 0,
        "finishNum": 0,
        "recentOrderNum": who.orders_30d,
        "recentExecuteRate": round(who.completion_rate * 100),
        "fee": "",
        "feeRate": "0",
        "isOnline": True,
        "lastLogoutTime": _SEEN_MARK if who.user_number % 50 else "0",
        "blocked": "N",
        "makerContact": False,
        "symbolInfo": symbol_info(market.asset, market.fiat, offer.asset_scale),
        "tradingPreferenceSet": _preferences(who.user_number),
        "version": 0,
        "authStatus": 2 if who.is_merchant else 1,
        "recommend": offer.is_promoted,
        "recommendTag": "Promoted" if offer.is_promoted else "",
        "authTag": _auth_tags(who),
        "userType": "ORG" if who.is_merchant and who.user_number % 2 else "PERSONAL",
        "itemType": "ORIGIN",
        "paymentPeriod": offer.payment_minutes,
        # How long the advertiser takes, in seconds.
        "latestPayTime": str(60 + who.user_number % 540),
        "latestReleaseTime": str(30 + who.user_number % 870),
        **_VERIFICATION_FIELDS,
    }


def _auth_tags(who: Advertiser) -> list[str]:
    """Badges, tiers among them: GA is open to anyone, VA and BA are merchants."""
    if not who.is_merchant:
        return ["GA"] if who.user_number % 3 else []
    return ["BA", "GA"] if who.user_number % 5 == 0 else ["GA", ("VA", "VA1", "VA2", "VA3")[who.user_number % 4]]


def _preferences(user_number: int) -> dict[str, Any]:
    asks_for_rate = user_number % 4 == 0
    return {
        "hasUnPostAd": 0,
        "isKyc": 1,
        "isEmail": 0,
        "isMobile": 0,
        "hasRegisterTime": 0,
        "registerTimeThreshold": 0,
        "orderFinishNumberDay30": 0,
        "completeRateDay30": "95" if asks_for_rate else "0",
        "nationalLimit": "",
        "hasOrderFinishNumberDay30": 0,
        "hasCompleteRateDay30": int(asks_for_rate),
        "hasNationalLimit": 0,
        "hasSingleUserOrderLimit": 0,
        "singleUserOrderLimit": 0,
    }
