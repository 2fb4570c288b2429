"""Prices are believed as far as the tables and Decimal carry them; beyond that their ad alone is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline_tests.p2p.venues.answers import binance_ad, binance_answer


@pytest.mark.parametrize("price", ["1000000000000000.01", "100000000000000000000", "1e20", "0", "0.0000000000001"])
def test_a_price_that_cannot_be_reckoned_with_is_refused_with_its_reason(price: str) -> None:
    body = binance_answer(binance_ad(advNo="1", price=price), binance_ad(advNo="2"))
    page = BinanceVenue().read_search(body, Market("binance", "USDT", "BOB"), Side.BUY, 1)
    assert [offer.offer_id for _, offer in page.offers] == ["2"]
    assert [(one.ordinal, one.reason) for one in page.rejected] == [(0, "bad_number")]
    assert "adv.price was" in page.rejected[0].detail


@pytest.mark.parametrize("price", ["1000000000000000", "0.000000000001"])
def test_the_largest_and_the_smallest_price_are_believed(price: str) -> None:
    body = binance_answer(binance_ad(price=price))
    page = BinanceVenue().read_search(body, Market("binance", "USDT", "BOB"), Side.BUY, 1)
    assert [offer.price for _, offer in page.offers] == [Decimal(price)]
