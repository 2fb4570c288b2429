"""Price series of simulated markets: the simulator's own fair price, a known rhythm, and the flaws of histories."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.simulator.model import FairPrice, MarketModel
from p2p_pipeline.p2p.simulator.price_series import (
    SMOOTH,
    PriceTexture,
    executable_prices,
    fair_prices,
    known_rhythm,
    seen,
)
from p2p_pipeline.p2p.simulator.rhythm import NO_RHYTHM, Rhythm

MARKETS = [Market("bybit", "USDT", "RUB"), Market("binance", "BTC", "VND")]
RUB = MARKETS[0]
START = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
MONTH = START + 30.0 * np.arange(30 * 2880)
FLAT = MarketModel(rhythm=NO_RHYTHM, fiat_volatility=0, asset_volatility_factor=0, reversion_amplitude=0)


@given(
    market=st.sampled_from(MARKETS),
    seed=st.integers(0, 2**63),
    moments=st.lists(st.floats(-1e9, 4e9), min_size=1, max_size=8),
    rhythm=st.sampled_from([Rhythm(), NO_RHYTHM, Rhythm(daily_peak_hour=3.5, weekly_peak_day=1)]),
)
def test_the_fair_price_of_many_moments_is_that_of_each(
    market: Market, seed: int, moments: list[float], rhythm: Rhythm
) -> None:
    model = MarketModel(rhythm=rhythm)
    fair = FairPrice(market, seed, model)
    together = fair_prices(market, seed, model, np.array(moments))
    assert together == pytest.approx([fair.at(moment) for moment in moments], rel=1e-12)


def test_a_stretch_made_by_itself_is_the_same_as_in_the_whole() -> None:
    side = MarketSide(RUB, Side.BUY)
    whole = executable_prices(side, 7, MarketModel(), MONTH)
    part = executable_prices(side, 7, MarketModel(), MONTH[4000:9000])
    np.testing.assert_array_equal(whole[4000:9000], part)


@pytest.mark.parametrize("side", Side)
def test_without_walks_and_noise_only_the_known_rhythm_is_left(side: Side) -> None:
    still = MarketModel(fiat_volatility=0, asset_volatility_factor=0, reversion_amplitude=0)
    logarithm = np.log(executable_prices(MarketSide(RUB, side), 7, still, MONTH, SMOOTH))
    moved = logarithm - known_rhythm(side, still, MONTH)
    assert np.ptp(moved) < 1e-12
    assert np.ptp(logarithm) > 0.01


def test_buying_costs_more_than_the_fair_price_and_selling_brings_less() -> None:
    fair = fair_prices(RUB, 7, MarketModel(), MONTH)
    assert (executable_prices(MarketSide(RUB, Side.BUY), 7, MarketModel(), MONTH, SMOOTH) > fair).all()
    assert (executable_prices(MarketSide(RUB, Side.SELL), 7, MarketModel(), MONTH, SMOOTH) < fair).all()


def test_the_noise_has_the_stated_size_and_is_gone_after_an_hour() -> None:
    side, texture = MarketSide(RUB, Side.BUY), PriceTexture(noise=0.001, refused_share=0)
    noise = np.log(executable_prices(side, 7, FLAT, MONTH, texture))
    noise -= np.log(executable_prices(side, 7, FLAT, MONTH, SMOOTH))
    # Between two knots the deviation is smaller than at them.
    assert 0.0007 < noise.std() < 0.001
    assert np.corrcoef(noise[:-1], noise[1:])[0, 1] > 0.8
    assert abs(np.corrcoef(noise[:-130], noise[130:])[0, 1]) < 0.1


def test_amounts_that_could_not_be_placed_and_slots_that_nobody_saw_have_their_shares() -> None:
    side, year = MarketSide(RUB, Side.SELL), START + 30.0 * np.arange(365 * 2880)
    texture = PriceTexture(refused_share=0.02, missed_share=0.01, outage_share=0.01)
    refused = np.isnan(executable_prices(side, 7, MarketModel(), year, texture))
    missed = ~seen(side, 7, year, texture)
    assert refused.mean() == pytest.approx(0.02, abs=0.003)
    assert missed.mean() == pytest.approx(0.02, abs=0.006)
    assert np.diff(np.flatnonzero(~missed)).max() * 30 >= 6 * 3600


def test_nothing_asked_gives_nothing() -> None:
    assert len(executable_prices(MarketSide(RUB, Side.BUY), 7, MarketModel(), np.empty(0))) == 0
