"""One ad as Binance P2P writes it in 2026, all fields of the full public answer."""

from __future__ import annotations

from enum import Enum
from typing import Any

import orjson

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.simulator.agents import Advertiser
from p2p_pipeline.p2p.simulator.answers import RenderCache, decimal_text, padded_text
from p2p_pipeline.p2p.simulator.currencies import FIATS, POWERS_OF_TEN
from p2p_pipeline.p2p.simulator.market import SimulatedOffer
from p2p_pipeline.p2p.simulator.payments import Method

_ACTIVE_MARK = 9_876_543_210
"""Stands for the seconds since the advertiser was seen, the one figure that differs in every answer."""
_ACTIVE_TEXT = str(_ACTIVE_MARK).encode()

_WHOLE = 100_000
USER_COMMISSION, MERCHANT_COMMISSION = 250, 175
"""What a seller pays of each 100,000 that he sells, on top of them."""

_PRIVILEGE_FIELDS = ("privilegeDesc", "privilegeType", "privilegeTypeAdTotalCount")

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
    "voucherTemplate": None,
    "assetLogo": None,
}

_CLOSING_FIELDS: dict[str, Any] = {
    "takerCommissionRate": None,
    "minTakerFee": None,
    "tradeMethodCommissionRates": None,
    "launchCountry": None,
    "abnormalStatusList": None,
    "closeReason": None,
    "storeInformation": None,
    "allowTradeMerchant": None,
    "adTradeInstructionTagInfoRets": None,
    "isSafePayment": False,
    "adAdditionalKycVerifyItems": None,
    "isStarTraderAdditionalKycExclusion": None,
    "isStarTraderCounterpartyConditionsExclusion": None,
    "nonTradableRegions": None,
    "invisibleType": None,
    "invisibleTitle": None,
    "invisibleReason": None,
    "privilegeType": None,
    "redirectLink": None,
    "redirectDeeplink": None,
    "advSystemLabelRet": None,
}


class Privilege(Enum):
    """Why an ad stands where it does; all ads carry the three fields."""

    NONE = (None, None, None)
    BEST_PRICE = (None, 1, None)
    """Marks the best-priced ad, and costs nothing."""
    FEATURED = ("Featured Ad", 2, 1)
    PROMOTED = ("Promoted Ad", 8, 1)
    """Paid for: comes on top of the first page, one more than the page has rows."""


_PRIVILEGE_TEXTS = {
    privilege: b"," + orjson.dumps(dict(zip(_PRIVILEGE_FIELDS, privilege.value, strict=True)))[1:]
    for privilege in Privilege
}


def tradable_units(quantity_units: Any, commission: Any) -> Any:
    """What can be traded of a quantity when the commission has to be left over; of one or of an array of them."""
    return quantity_units * _WHOLE // (_WHOLE + commission)


def render_item(offer: SimulatedOffer, cache: RenderCache, now: float, privilege: Privilege = Privilege.NONE) -> bytes:
    """Write an ad as it is answered at a moment."""
    text = cache.get(offer)
    if text is None:
        text = cache.put(offer, orjson.dumps({"adv": _adv(offer), "advertiser": _advertiser(offer)})[:-1])
    seconds = int(now + offer.advertiser.user_number) % 5400
    return text.replace(_ACTIVE_TEXT, b"%d" % seconds, 1) + _PRIVILEGE_TEXTS[privilege]


def _adv(offer: SimulatedOffer) -> dict[str, Any]:
    market, fiats, assets = offer.market_side.market, offer.fiat_scale, offer.asset_scale
    is_ask = offer.market_side.side is Side.BUY
    commission = MERCHANT_COMMISSION if offer.advertiser.is_merchant else USER_COMMISSION
    tradable = tradable_units(offer.quantity_units, commission if is_ask else 0)
    whole = POWERS_OF_TEN[fiats]
    most = min(offer.max_units, _fiat_worth(offer, tradable)) // whole * whole
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
        "price": padded_text(offer.price_units, offer.price_scale),
        "initAmount": None,
        "surplusAmount": padded_text(offer.quantity_units, assets),
        "tradableQuantity": padded_text(tradable, assets),
        "amountAfterEditing": None,
        "maxSingleTransAmount": decimal_text(offer.max_units, fiats),
        "minSingleTransAmount": decimal_text(offer.min_units, fiats),
        "buyerKycLimit": None,
        "buyerRegDaysLimit": None,
        "buyerBtcPositionLimit": None,
        "remarks": None,
        "autoReplyMsg": None,
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
        "minSingleTransQuantity": padded_text(_asset_worth(offer, offer.min_units), assets),
        "maxSingleTransQuantity": padded_text(_asset_worth(offer, offer.max_units), assets),
        "dynamicMaxSingleTransQuantity": padded_text(min(tradable, _asset_worth(offer, offer.max_units)), assets),
        "commissionRate": None,
        **_CLOSING_FIELDS,
    }


def _advertiser(offer: SimulatedOffer) -> dict[str, Any]:
    who = offer.advertiser
    is_block = "Block" in badges(who)
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
        "badges": badges(who) or None,
        "vipLevel": who.user_number % 4 if who.is_merchant else None,
        "isBlocked": False,
        "activeTimeInSecond": _ACTIVE_MARK if who.user_number % 50 else None,
        "merchantGroupMember": False,
        "redirectLink": None,
        "redirectDeeplink": None,
    }


def badges(who: Advertiser) -> list[str]:
    """The marks of a merchant; others have none."""
    if not who.is_merchant:
        return []
    rank = "Block" if who.user_number % 5 == 0 else "Ordinary"
    return [rank, "Pro"] if who.user_number % 7 < 2 else [rank]


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
