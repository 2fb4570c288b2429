"""One ad as Binance P2P writes it, all fields of the full public answer."""

from __future__ import annotations

from typing import Any

import orjson

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.simulator.answers import RenderCache, decimal_text
from p2p_pipeline.p2p.simulator.currencies import FIATS, POWERS_OF_TEN
from p2p_pipeline.p2p.simulator.market import SimulatedOffer
from p2p_pipeline.p2p.simulator.payments import Method

_ACTIVE_MARK = 9_876_543_210
"""Stands for the seconds since the advertiser was seen, the one figure that differs in every answer."""
_ACTIVE_TEXT = str(_ACTIVE_MARK).encode()

COMMISSION = 0.002
"""Of what a seller that is no merchant sells."""

_USER_LIMITS: dict[str, None] = dict.fromkeys(
    (
        "userTradeCountFilterTime", "userBuyTradeCountMin", "userBuyTradeCountMax", "userSellTradeCountMin",
        "userSellTradeCountMax", "userAllTradeCountMin", "userAllTradeCountMax", "userTradeCompleteRateFilterTime",
        "userTradeCompleteCountMin", "userTradeCompleteRateMin", "userTradeVolumeFilterTime", "userTradeType",
        "userTradeVolumeMin", "userTradeVolumeMax", "userTradeVolumeAsset", "createTime", "advUpdateTime", "fiatVo",
        "assetVo", "advVisibleRet",
    )
)  # fmt: skip


_CONDITION_FIELDS: dict[str, Any] = {
    "takerAdditionalKycRequired": 0,
    "minFiatAmountForAdditionalKyc": None,
    "inventoryType": None,
    "offlineReason": None,
    "assetLogo": None,
}

_CLOSING_FIELDS: dict[str, Any] = {
    "takerCommissionRate": None,
    "minTakerFee": None,
    "tradeMethodCommissionRates": [],
    "launchCountry": None,
    "abnormalStatusList": None,
    "closeReason": None,
    "storeInformation": None,
    "allowTradeMerchant": None,
    "adTradeInstructionTagInfoRets": [],
    "isSafePayment": False,
}


def render_item(offer: SimulatedOffer, cache: RenderCache, now: float) -> bytes:
    """Write an ad as it is answered at a moment."""
    text = cache.get(offer)
    if text is None:
        item: dict[str, Any] = {"adv": _adv(offer), "advertiser": _advertiser(offer)}
        if offer.is_promoted:
            item |= {"privilegeDesc": "Featured Ad", "privilegeType": 2, "privilegeTypeAdTotalCount": 1}
        text = cache.put(offer, orjson.dumps(item))
    seconds = int(now + offer.advertiser.user_number) % 5400
    return text.replace(_ACTIVE_TEXT, b"%d" % seconds, 1)


def _adv(offer: SimulatedOffer) -> dict[str, Any]:
    market, fiats, assets = offer.market_side.market, offer.fiat_scale, offer.asset_scale
    is_ask = offer.market_side.side is Side.BUY
    # A seller pays the commission out of what is left, so less can be traded than is there.
    commission = COMMISSION if is_ask and not offer.advertiser.is_merchant else 0.0
    tradable = int(offer.quantity_units * (1 - commission))
    worth = _fiat_worth(offer, tradable)
    most = min(offer.max_units, worth)
    return {
        "advNo": offer.offer_id,
        "classify": "profession" if offer.advertiser.is_merchant else "mass",
        "tradeType": "SELL" if is_ask else "BUY",
        "asset": market.asset,
        "fiatUnit": market.fiat,
        "advStatus": None,
        "priceType": None,
        "priceFloatingRatio": None,
        "rateFloatingRatio": None,
        "currencyRate": None,
        "price": decimal_text(offer.price_units, offer.price_scale),
        "initAmount": None,
        "surplusAmount": decimal_text(offer.quantity_units, assets),
        "tradableQuantity": decimal_text(tradable, assets),
        "amountAfterEditing": None,
        "maxSingleTransAmount": decimal_text(offer.max_units, fiats),
        "minSingleTransAmount": decimal_text(offer.min_units, fiats),
        "buyerKycLimit": None,
        "buyerRegDaysLimit": None,
        "buyerBtcPositionLimit": None,
        "remarks": None,
        "autoReplyMsg": "",
        "payTimeLimit": offer.payment_minutes,
        "tradeMethods": [render_method(method) for method in offer.methods],
        **_USER_LIMITS,
        **_CONDITION_FIELDS,
        "assetScale": assets,
        "fiatScale": fiats,
        "priceScale": offer.price_scale,
        "fiatSymbol": FIATS[market.fiat].symbol,
        "isTradable": True,
        "dynamicMaxSingleTransAmount": decimal_text(most, fiats),
        "minSingleTransQuantity": decimal_text(_asset_worth(offer, offer.min_units), assets),
        "maxSingleTransQuantity": decimal_text(_asset_worth(offer, offer.max_units), assets),
        "dynamicMaxSingleTransQuantity": decimal_text(min(tradable, _asset_worth(offer, offer.max_units)), assets),
        "commissionRate": f"{commission:.8f}",
        **_CLOSING_FIELDS,
    }


def _advertiser(offer: SimulatedOffer) -> dict[str, Any]:
    who = offer.advertiser
    is_block = who.is_merchant and who.user_number % 5 == 0
    return {
        "userNo": f"s{who.user_key}",
        "realName": None,
        "nickName": who.nickname,
        "margin": None,
        "marginUnit": None,
        "orderCount": None,
        "monthOrderCount": who.orders_30d,
        "monthFinishRate": who.completion_rate,
        "positiveRate": who.positive_rate,
        "advConfirmTime": None,
        "email": None,
        "registrationTime": None,
        "mobile": None,
        "userType": "merchant" if who.is_merchant else "user",
        "tagIconUrls": [],
        "userGrade": who.grade,
        "userIdentity": ("BLOCK_MERCHANT" if is_block else "MASS_MERCHANT") if who.is_merchant else "",
        "proMerchant": None,
        "badges": (["Block", "Pro"] if is_block else ["Ordinary"]) if who.is_merchant else None,
        "vipLevel": who.user_number % 4 if who.is_merchant else None,
        "isBlocked": False,
        "activeTimeInSecond": _ACTIVE_MARK if who.user_number % 50 else None,
        "merchantGroupMember": False,
    }


def render_method(method: Method) -> dict[str, Any]:
    """A payment method as ads and lists show it."""
    return {
        "payId": None,
        "payMethodId": "",
        "payType": method.native_id,
        "payAccount": None,
        "payBank": None,
        "paySubBank": None,
        "identifier": method.native_id,
        "iconUrlColor": None,
        "tradeMethodName": method.name,
        "tradeMethodShortName": method.short_name,
        "tradeMethodBgColor": method.color,
    }


def _fiat_worth(offer: SimulatedOffer, asset_units: int) -> int:
    scales = POWERS_OF_TEN[offer.asset_scale + offer.price_scale]
    return asset_units * offer.price_units * POWERS_OF_TEN[offer.fiat_scale] // scales


def _asset_worth(offer: SimulatedOffer, fiat_units: int) -> int:
    scales = POWERS_OF_TEN[offer.asset_scale + offer.price_scale]
    return fiat_units * scales // (offer.price_units * POWERS_OF_TEN[offer.fiat_scale])
