"""How Bybit's ads usually look, and which of their fields decide what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2p_pipeline.p2p.venues.bybit import read_ad
from p2p_pipeline.p2p.venues.bybit_fields import AD, ENVELOPE, RESULT
from p2p_pipeline.p2p.venues.ordinary_pages import OrdinaryAds, Part
from p2p_pipeline.p2p.venues.reading import as_object, scale
from p2p_pipeline.p2p.venues.typed_json import AS_WRITTEN, FLAG, TEXT, WHOLE, WHOLE_OR_TEXT, AnswerShape

_NONE = -1


def _states_scales(record: Mapping[str, Any]) -> bool:
    # Where the venue leaves a scale out, other fields may decide it.
    symbol = as_object(record.get("symbolInfo"))
    return all(scale(as_object(symbol.get(unit)).get("scale"), _NONE) != _NONE for unit in ("currency", "token"))


BYBIT_ADS = OrdinaryAds(
    shape=AnswerShape(
        envelope={"": ENVELOPE, "result": RESULT},
        path_of_list="result.items",
        envelope_fields={"ret_code": WHOLE_OR_TEXT, "retCode": WHOLE_OR_TEXT, "result.count": WHOLE},
        ad={"": AD},
        ad_fields={
            "id": TEXT,
            "userId": TEXT,
            "userMaskId": TEXT,
            "nickName": TEXT,
            "tokenId": TEXT,
            "currencyId": TEXT,
            "side": WHOLE_OR_TEXT,
            "priceType": WHOLE,
            "price": TEXT,
            "lastQuantity": TEXT,
            "minAmount": TEXT,
            "maxAmount": TEXT,
            "remark": TEXT,
            "status": WHOLE,
            "payments": AS_WRITTEN,
            "recentOrderNum": WHOLE,
            "recentExecuteRate": AS_WRITTEN,
            "symbolInfo": AS_WRITTEN,
            "tradingPreferenceSet": AS_WRITTEN,
            "recommend": FLAG,
            "recommendTag": TEXT,
            "authTag": AS_WRITTEN,
            "userType": TEXT,
            "paymentPeriod": WHOLE,
        },
    ),
    parts=(
        Part(
            ("id", "userId", "userMaskId", "nickName", "remark"),
            ("offer_id", "advertiser_id", "advertiser_name", "remark"),
        ),
        Part(("recentExecuteRate", "recentOrderNum"), ("completion_rate", "orders_30d")),
        Part(
            ("price", "minAmount", "maxAmount", "lastQuantity", "status", "symbolInfo"),
            ("price", "min_fiat", "max_fiat", "stated_max_fiat", "available_asset"),
        ),
        Part(
            (
                "tokenId", "currencyId", "side", "symbolInfo", "tradingPreferenceSet", "payments", "authTag",
                "userType", "priceType", "recommend", "recommendTag", "paymentPeriod",
            ),
            (
                "payments", "is_merchant", "is_floating_price", "is_promoted", "payment_minutes", "fiat_scale",
                "asset_scale",
            ),
        ),
    ),
    read_ad=read_ad,
    is_ordinary=_states_scales,
)  # fmt: skip
