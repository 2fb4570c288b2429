"""Made-up Binance answers, small enough to read in a test, and captures that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from p2p_pipeline.p2p.markets import Market, MarketSide, Side, Source, slot_of, snapshot_id
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose

BOB = Market("binance", "USDT", "BOB")
URL = "https://p2p.binance.com/bapi/c2c/v2/friendly/c2c/adv/search"


def ad(
    number: int, price: str = "10.50", low: str = "100", high: str = "5000", available: str = "1000", **changed: Any
) -> dict[str, Any]:
    """One ad of a BUY book (the maker sells)."""
    adv = {
        "advNo": f"1267931442729946{number:04d}",
        "classify": "mass",
        "tradeType": "SELL",
        "asset": "USDT",
        "fiatUnit": "BOB",
        "price": price,
        "surplusAmount": available,
        "tradableQuantity": available,
        "maxSingleTransAmount": high,
        "minSingleTransAmount": low,
        "payTimeLimit": 15,
        "tradeMethods": [{"payType": "BANK", "identifier": "BANK", "tradeMethodName": "Bank Transfer"}],
        "assetScale": 2,
        "fiatScale": 2,
        "priceScale": 2,
    } | changed
    advertiser = {
        "userNo": f"user-{number}",
        "nickName": f"merchant-{number}",
        "monthOrderCount": 100,
        "monthFinishRate": 0.97,
        "userType": "merchant",
        "userIdentity": "",
    }
    return {"adv": {name: value for name, value in adv.items() if value is not None}, "advertiser": advertiser}


def page(ads: Sequence[dict[str, Any]], total: int | None = None) -> bytes:
    """A success answer."""
    return orjson.dumps(
        {"code": "000000", "message": None, "data": list(ads), "total": len(ads) if total is None else total,
         "success": True}
    )  # fmt: skip


def captures(
    at: datetime,
    *bodies: bytes,
    side: Side = Side.BUY,
    market: Market = BOB,
    source: Source = Source.IMPORTED,
    **changed: Any,
) -> list[Capture]:
    """One snapshot's captures, a page each."""
    name = snapshot_id(MarketSide(market, side), at)
    made = []
    for ordinal, body in enumerate(bodies):
        capture = Capture(
            snapshot_id=name,
            ordinal=ordinal,
            purpose=Purpose.SEARCH,
            source=source,
            outcome=Outcome.OK,
            detail=None,
            venue=market.venue,
            asset=market.asset,
            fiat=market.fiat,
            side=side,
            page=ordinal + 1,
            slot=slot_of(at),
            requested_at=at,
            received_at=at + timedelta(milliseconds=200 * (ordinal + 1)),
            elapsed_milliseconds=200.0,
            method="POST",
            url=URL,
            request={"asset": market.asset, "fiat": market.fiat, "tradeType": side.value, "page": ordinal + 1},
            status=200,
            body=body,
        )
        made.append(replace(capture, **changed))
    return made
