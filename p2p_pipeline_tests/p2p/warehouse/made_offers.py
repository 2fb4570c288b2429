"""One plain offer, changed where a test says so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from p2p_pipeline.p2p.markets import Market, MarketSide, NativePayment, Offer, Side
from p2p_pipeline.p2p.warehouse.batch import ReadOffer

RUB_BUY = MarketSide(Market("binance", "USDT", "RUB"), Side.BUY)
RUB_TO_BTC = MarketSide(Market("binance", "BTC", "RUB"), Side.BUY)
RUB_SELL = MarketSide(Market("binance", "USDT", "RUB"), Side.SELL)


def offer(offer_id: str = "12679300000000000001", market_side: MarketSide = RUB_BUY, **changes: Any) -> ReadOffer:
    """An offer of a market side."""
    fields: dict[str, Any] = {
        "offer_id": offer_id,
        "advertiser_id": "u1",
        "advertiser_name": "anna",
        "asset": market_side.market.asset,
        "fiat": market_side.market.fiat,
        "side": market_side.side,
        "price": Decimal("84.10"),
        "min_fiat": Decimal(500),
        "max_fiat": Decimal(8000),
        "stated_max_fiat": Decimal(9000),
        "available_asset": Decimal("95.12"),
        "payments": (NativePayment("TinkoffNew", "Tinkoff"),),
        "completion_rate": 0.987,
        "orders_30d": 12,
        "is_merchant": False,
        "is_floating_price": None,
        "is_promoted": False,
        "payment_minutes": 15,
        "fiat_scale": 2,
        "asset_scale": 2,
        "remark": None,
    }
    made = Offer(**(fields | changes))
    return ReadOffer(made, tuple(f"binance:{payment.native_id}" for payment in made.payments))
