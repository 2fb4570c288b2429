"""Which ways lead from one fiat to another, and what is said when none does."""

from __future__ import annotations

from decimal import Decimal

import pytest

from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.metrics.combos.routes import combo_series_side, routes_between, why_no_route

KEYS = ("bybit.USDT-RUB", "bybit.USDT-VND", "binance.USDT-VND", "binance.BTC-RUB", "bybit.BTC-VND")
MARKETS = [Market.parse(key) for key in KEYS]
FEES = {"USDT": Decimal(1)}


def test_routes_keep_to_one_asset_and_cross_venues_only_where_the_asset_has_a_fee() -> None:
    found = [
        (route.buy_market.key, route.sell_market.key, route.fee_asset, route.needs_transfer)
        for route in routes_between("RUB", "VND", MARKETS, FEES)
    ]
    assert found == [
        ("bybit.USDT-RUB", "binance.USDT-VND", Decimal(1), True),
        ("bybit.USDT-RUB", "bybit.USDT-VND", Decimal(0), False),
    ]
    with_bitcoin = routes_between("RUB", "VND", MARKETS, {**FEES, "BTC": Decimal("0.0001")})
    assert ("BTC", "binance.BTC-RUB", "bybit.BTC-VND") in {
        (route.asset, route.buy_market.key, route.sell_market.key) for route in with_bitcoin
    }


def test_a_fiat_is_no_route_to_itself() -> None:
    assert routes_between("RUB", "RUB", MARKETS, FEES) == ()


@pytest.mark.parametrize(
    ("source", "target", "keys", "problem"),
    [
        ("RUB", "EUR", KEYS, "no configured market trades EUR"),
        ("GBP", "EUR", KEYS, "no configured market trades GBP or EUR"),
        ("RUB", "VND", ("bybit.USDT-RUB", "bybit.BTC-VND"), "no asset is configured for both"),
        ("RUB", "VND", ("binance.BTC-RUB", "bybit.BTC-VND"), "transfer_fees_asset has no fee for it (fees: USDT)"),
    ],
)
def test_without_a_route_one_sentence_says_what_is_missing_and_what_is_configured(
    source: str, target: str, keys: tuple[str, ...], problem: str
) -> None:
    markets = [Market.parse(key) for key in keys]
    assert routes_between(source, target, markets, FEES) == ()
    told = why_no_route(source, target, markets, FEES)
    assert problem in told
    assert all(key in told for key in keys)


def test_a_combo_is_a_series_like_a_price_where_more_is_better_for_the_taker() -> None:
    named = combo_series_side("RUB", "VND")
    assert (named.market.key, named.side) == ("combo.RUB-VND", Side.SELL)
    assert Market.parse(named.market.key) == named.market
    with pytest.raises(ValueError, match="market was"):
        combo_series_side("rub", "VND")
