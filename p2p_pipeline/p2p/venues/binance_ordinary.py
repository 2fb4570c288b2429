"""How Binance's ads usually look, and which of their fields decide what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2p_pipeline.p2p.venues.binance import read_ad
from p2p_pipeline.p2p.venues.binance_fields import AD, ADVERTISEMENT, ADVERTISER, ENVELOPE
from p2p_pipeline.p2p.venues.ordinary_pages import OrdinaryAds, Part
from p2p_pipeline.p2p.venues.reading import scale
from p2p_pipeline.p2p.venues.typed_json import AS_WRITTEN, FLAG, TEXT, WHOLE, AnswerShape

_NONE = -1


def _states_scales(record: Mapping[str, Any]) -> bool:
    # Where the venue leaves a scale out, other fields may decide it.
    return all(scale(record["adv"].get(field), _NONE) != _NONE for field in ("fiatScale", "assetScale"))


BINANCE_ADS = OrdinaryAds(
    shape=AnswerShape(
        envelope={"": ENVELOPE},
        path_of_list="data",
        envelope_fields={"code": TEXT, "success": FLAG, "total": WHOLE},
        ad={"": AD, "adv": ADVERTISEMENT, "advertiser": ADVERTISER},
        ad_fields={
            "adv.advNo": TEXT,
            "adv.tradeType": TEXT,
            "adv.asset": TEXT,
            "adv.fiatUnit": TEXT,
            "adv.price": TEXT,
            "adv.tradableQuantity": TEXT,
            "adv.maxSingleTransAmount": TEXT,
            "adv.minSingleTransAmount": TEXT,
            "adv.dynamicMaxSingleTransAmount": TEXT,
            "adv.isTradable": FLAG,
            "adv.fiatScale": WHOLE,
            "adv.assetScale": WHOLE,
            "adv.payTimeLimit": WHOLE,
            "adv.remarks": TEXT,
            "adv.tradeMethods": AS_WRITTEN,
            "advertiser.userNo": TEXT,
            "advertiser.nickName": TEXT,
            "advertiser.monthFinishRate": AS_WRITTEN,
            "advertiser.monthOrderCount": WHOLE,
            "advertiser.userType": TEXT,
            "advertiser.userIdentity": TEXT,
            "privilegeType": AS_WRITTEN,
            "privilegeDesc": AS_WRITTEN,
        },
    ),
    parts=(
        Part(
            ("adv.advNo", "advertiser.userNo", "advertiser.nickName", "adv.remarks"),
            ("offer_id", "advertiser_id", "advertiser_name", "remark"),
        ),
        Part(("advertiser.monthFinishRate", "advertiser.monthOrderCount"), ("completion_rate", "orders_30d")),
        Part(
            (
                "adv.price", "adv.minSingleTransAmount", "adv.maxSingleTransAmount", "adv.tradableQuantity",
                "adv.dynamicMaxSingleTransAmount", "adv.isTradable", "adv.fiatScale",
            ),
            ("price", "min_fiat", "max_fiat", "stated_max_fiat", "available_asset"),
        ),
        Part(
            (
                "adv.asset", "adv.fiatUnit", "adv.tradeType", "adv.fiatScale", "adv.assetScale", "adv.payTimeLimit",
                "adv.tradeMethods", "advertiser.userType", "advertiser.userIdentity", "privilegeType", "privilegeDesc",
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
