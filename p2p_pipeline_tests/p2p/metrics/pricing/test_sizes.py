"""Sizes that are quoted: the configured ones, or round ones that make sense for the asset."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.metrics.pricing.sizes import QuotePlan, round_amount
from p2p_pipeline.p2p.settings import MarketSettings


def plan(key: str, **amounts: tuple[Decimal, ...]) -> QuotePlan:
    return QuotePlan.for_market(MarketSettings(market=Market.parse(key), **amounts), ())


def decimals(*steps: tuple[int, int | str]) -> tuple[tuple[Decimal, Decimal], ...]:
    return tuple((Decimal(fiat), Decimal(asset)) for fiat, asset in steps)


def test_a_dollar_asset_is_quoted_near_100_500_and_2000_dollars() -> None:
    steps = plan("binance.USDT-BOB").steps([Decimal("10.6")], [Decimal(500)])
    assert steps == decimals((1000, 100), (5000, 500), (20000, 2000))


def test_an_asset_that_is_no_dollar_is_quoted_at_what_its_offers_can_fill() -> None:
    prices, maxima = [Decimal(1_600_000_000)], [Decimal(80_000_000), Decimal(100_000_000), Decimal(900_000_000)]
    assert plan("binance.BTC-VND").steps(prices, maxima) == decimals(
        (20_000_000, "0.01"), (100_000_000, "0.05"), (500_000_000, "0.2")
    )


def test_a_book_in_which_nothing_can_be_filled_still_has_sizes() -> None:
    assert plan("binance.BTC-VND").steps([Decimal(1_600_000_000)], [Decimal(0)])


def test_configured_sizes_are_taken_as_they_are() -> None:
    configured = plan("binance.USDT-BOB", amounts_fiat=(Decimal(777),), amounts_asset=(Decimal(70),))
    assert configured.steps([Decimal(10)], [Decimal(10)]) == decimals((777, 70))


@given(st.decimals("0.00000001", "1e15", allow_nan=False, allow_infinity=False).filter(lambda value: value > 0))
def test_a_round_amount_is_one_two_or_five_times_a_power_of_ten_and_near(amount: Decimal) -> None:
    rounded = round_amount(amount)
    assert rounded.scaleb(-rounded.adjusted()) in (1, 2, 5)
    assert Decimal("0.63") < rounded / amount < Decimal("1.59")
