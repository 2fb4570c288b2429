"""Answers as the venues write them, made up field by field, and the real ones where they are at hand."""

from __future__ import annotations

import copy
import gzip
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from p2p_pipeline_tests.shared_files import RECORDINGS

recorded = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="../shared/recordings is not there")

_BINANCE_AD: dict[str, Any] = {
    "adv": {
        "advNo": "12679314427299463168",
        "classify": "mass",
        "tradeType": "SELL",
        "asset": "USDT",
        "fiatUnit": "BOB",
        "priceType": None,
        "price": "10.59",
        "surplusAmount": "1195.99",
        "tradableQuantity": "1193.60",
        "maxSingleTransAmount": "130000.00",
        "minSingleTransAmount": "10000.00",
        "payTimeLimit": 15,
        "tradeMethods": [
            {"payType": "BancoUnion", "identifier": "BancoUnion", "tradeMethodName": "Banco Union"},
            {"payType": "BANK", "identifier": "BANK", "tradeMethodName": None, "tradeMethodShortName": None},
        ],
        "assetScale": 2,
        "fiatScale": 2,
        "priceScale": 2,
        "isTradable": True,
        "dynamicMaxSingleTransAmount": "12640.22",
    },
    "advertiser": {
        "userNo": "s1",
        "nickName": "a seller",
        "monthOrderCount": 149,
        "monthFinishRate": 0.968,
        "userType": "user",
        "userIdentity": "",
    },
}

_BYBIT_AD: dict[str, Any] = {
    "id": "1899658238346616832",
    "userId": "290118",
    "nickName": "a seller",
    "tokenId": "USDT",
    "currencyId": "RUB",
    "side": 1,
    "priceType": 0,
    "price": "85.00",
    "lastQuantity": "1000.5",
    "minAmount": "1000.00",
    "maxAmount": "90000.00",
    "remark": "только Т-Банк",
    "status": 10,
    "payments": ["14", "40"],
    "recentOrderNum": 384,
    "recentExecuteRate": 99.5,
    "recommend": False,
    "recommendTag": "",
    "authTag": ["GA"],
    "userType": "PERSONAL",
    "paymentPeriod": 15,
}


def binance_ad(**changes: Any) -> dict[str, Any]:
    """One Binance ad; `adv` fields by keyword, `...` removes one."""
    ad = copy.deepcopy(_BINANCE_AD)
    _change(ad["adv"], changes)
    return ad


def binance_answer(*ads: Any, **envelope: Any) -> bytes:
    answer = {"code": "000000", "message": None, "messageDetail": None, "data": list(ads), "total": len(ads)}
    answer["success"] = True
    _change(answer, envelope)
    return orjson.dumps(answer)


def bybit_ad(**changes: Any) -> dict[str, Any]:
    """One Bybit ad; fields by keyword, `...` removes one."""
    ad = copy.deepcopy(_BYBIT_AD)
    _change(ad, changes)
    return ad


def bybit_answer(*ads: Any, **envelope: Any) -> bytes:
    answer = {"ret_code": 0, "ret_msg": "SUCCESS", "result": {"count": len(ads), "items": list(ads)}, "ext_code": ""}
    answer |= {"ext_info": {}, "time_now": "1741761340.014127"}
    _change(answer, envelope)
    return orjson.dumps(answer)


def _change(fields: dict[str, Any], changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if value is ...:
            fields.pop(name, None)
        else:
            fields[name] = value


def sample(name: str) -> bytes:
    return (RECORDINGS / "samples" / name).read_bytes()


def recording() -> Iterator[dict[str, Any]]:
    with gzip.open(RECORDINGS / "binance_usdt_bob_2024-10.jsonl.gz") as lines:
        for line in lines:
            yield orjson.loads(line)
