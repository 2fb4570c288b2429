"""The rows of the linear market's lists: instruments and tickers as REST answers have them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from p2p_pipeline.exchanges.simulator.linear.listing import FUTURES, Contract, decimal, quantity
from p2p_pipeline.exchanges.simulator.linear.market import Ticker
from p2p_pipeline.exchanges.simulator.noise import key_of

_LAUNCHED_MS = 1_585_526_400_000
_MOST_NOTIONAL = 20_000_000
_SOON_MS = 7 * 86_400_000


def instrument_row(contract: Contract, now_ms: int) -> dict[str, Any]:
    """A contract in the list of instruments."""
    is_new = contract.status == "PreLaunch"
    launched = now_ms + _SOON_MS if is_new else _LAUNCHED_MS + key_of(contract.symbol) % 100_000 * 1_000_000
    tick = contract.tick
    most = quantity(_most_steps(contract), contract.quantity_decimals)
    return {
        "symbol": contract.symbol,
        "symbolId": key_of(contract.symbol) % 5_000,
        "contractType": contract.kind,
        "status": contract.status,
        "baseCoin": contract.base,
        "quoteCoin": contract.quote,
        "launchTime": str(launched),
        "deliveryTime": str(_delivery_ms(contract)),
        "deliveryFeeRate": "0.0005" if contract.kind == FUTURES else "",
        "priceScale": str(contract.price_decimals),
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "50.00", "leverageStep": "0.01"},
        "priceFilter": {
            "minPrice": contract.tick_size,
            "maxPrice": decimal(tick * 19_999_998, contract.price_decimals),
            "tickSize": contract.tick_size,
        },
        "lotSizeFilter": {
            "maxOrderQty": most,
            "minOrderQty": contract.step,
            "qtyStep": contract.step,
            "postOnlyMaxOrderQty": most,
            "maxMktOrderQty": most,
            "minNotionalValue": "5",
        },
        "unifiedMarginTrade": True,
        "fundingInterval": contract.funding_hours * 60 if contract.kind != FUTURES else 0,
        "settleCoin": contract.quote,
        "copyTrading": "both",
        "upperFundingRate": "0.00375",
        "lowerFundingRate": "-0.00375",
        "isPreListing": is_new,
        "preListingInfo": _pre_listing(launched) if is_new else None,
        "riskParameters": {"priceLimitRatioX": "0.05", "priceLimitRatioY": "0.1"},
        "symbolType": "",
    }


def ticker_row(contract: Contract, ticker: Ticker, now_ms: int) -> dict[str, str]:
    """A contract's ticker in the list of tickers: without a socket's direction, with fields of its own."""
    row = {name: value for name, value in ticker.items() if name != "tickDirection"}
    delivery = str(_delivery_ms(contract))
    return {
        **row,
        "predictedDeliveryPrice": ticker["indexPrice"] if delivery != "0" else "",
        "basisRate": "",
        "deliveryFeeRate": "0.0005" if delivery != "0" else "",
        "deliveryTime": delivery if int(delivery) > now_ms else "0",
        "basis": "",
        "preOpenPrice": "",
        "preQty": "",
        "curPreListingPhase": "",
        "fundingIntervalHour": str(contract.funding_hours),
        "basisRateYear": "",
        "fundingCap": "0.00375",
    }


def _most_steps(contract: Contract) -> int:
    step = contract.price * 10.0**-contract.quantity_decimals
    return max(1_000, round(_MOST_NOTIONAL / step / 1_000) * 1_000)


def _delivery_ms(contract: Contract) -> int:
    if contract.kind != FUTURES:
        return 0
    day = datetime.strptime(contract.symbol.rpartition("-")[2], "%d%b%y").replace(tzinfo=UTC, hour=8)
    return int(day.timestamp()) * 1000


def _pre_listing(launched_ms: int) -> dict[str, Any]:
    return {
        "curAuctionPhase": "ContinuousTrading",
        "phases": [{"phase": "ContinuousTrading", "startTime": str(launched_ms - _SOON_MS), "endTime": ""}],
        "auctionFeeInfo": {"auctionFeeRate": "0", "takerFeeRate": "0.001", "makerFeeRate": "0.0004"},
    }
