from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.simulator.lives import Role
from p2p_pipeline.p2p.simulator.market import SimulatedMarket, SimulatedOffer
from p2p_pipeline.p2p.simulator.model import FairPrice, MarketModel
from p2p_pipeline.p2p.simulator.rhythm import NO_RHYTHM, Rhythm

START = 1_790_000_000.0
HOUR = 3600.0
BOB = Market("binance", "USDT", "BOB")
QUIET = MarketModel(fiat_volatility=0, asset_volatility_factor=0, reversion_amplitude=0, teaser_share=0)


def shown(book: list[SimulatedOffer]) -> list[tuple[object, ...]]:
    return [
        (o.offer_id, o.price_units, o.quantity_units, o.min_units, o.max_units, o.advertiser, o.remark, o.methods)
        for o in book
    ]


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**40),
    moment=st.floats(1.5e9, 2e9),
    elsewhere=st.floats(1.5e9, 2e9),
    side=st.sampled_from(list(Side)),
)
def test_the_same_seed_and_time_give_the_same_book_whatever_was_asked_before(
    seed: int, moment: float, elsewhere: float, side: Side
) -> None:
    fresh, used = SimulatedMarket(BOB, seed, 15), SimulatedMarket(BOB, seed, 15)
    used.book(side, elsewhere)
    used.book(side, moment - 30)

    assert shown(used.book(side, moment)) == shown(fresh.book(side, moment))


def test_another_seed_gives_another_book() -> None:
    one, other = (SimulatedMarket(BOB, seed, 40).book(Side.BUY, START) for seed in (1, 2))
    assert not {o.offer_id for o in one} & {o.offer_id for o in other}


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**9), key=st.sampled_from(["bybit.BTC-VND", "binance.DOGE-KWD", "bybit.USDT-RUB"]))
def test_every_offer_but_a_teaser_can_be_taken_and_the_book_is_in_price_order(seed: int, key: str) -> None:
    market = SimulatedMarket(Market.parse(key), seed, 30)
    for side in Side:
        book = market.book(side, START)
        prices = [offer.price for offer in book]
        assert prices == sorted(prices, reverse=side is Side.SELL)
        assert len({offer.offer_id for offer in book}) == len(book)
        for offer in book:
            assert offer.price > 0
            assert offer.min_units <= offer.max_units
            assert offer.role is Role.TEASER or offer.min_units <= offer.fillable_units


def test_binance_ad_numbers_have_twenty_digits_and_exceed_64_bit_integers() -> None:
    ids = [offer.offer_id for offer in SimulatedMarket(BOB, 1, 60).book(Side.BUY, START)]
    assert all(len(number) == 20 and int(number) > 2**63 for number in ids)


def test_the_daily_and_weekly_waves_have_exactly_the_amplitudes_asked_for() -> None:
    rhythm = Rhythm(daily_amplitude=0.006, weekly_amplitude=0.01)
    fair = FairPrice(BOB, 1, replace(QUIET, rhythm=rhythm))
    moments = START + np.arange(14 * 24) * HOUR
    logs = np.log([fair.at(moment) for moment in moments])

    assert wave_amplitude(moments, logs, 24 * HOUR) == pytest.approx(0.006, rel=1e-6)
    assert wave_amplitude(moments, logs, 7 * 24 * HOUR) == pytest.approx(0.01, rel=1e-6)


@pytest.mark.parametrize(("daily", "weekly"), [(0.01, 0.02), (0.0, 0.0)])
def test_the_books_show_the_rhythm_they_were_given_and_none_at_zero(daily: float, weekly: float) -> None:
    rhythm = replace(NO_RHYTHM, daily_amplitude=daily, weekly_amplitude=weekly)
    market = SimulatedMarket(BOB, 3, 60, replace(QUIET, rhythm=rhythm, active_share_of_asks=0.6))
    moments = START + np.arange(14 * 8) * 3 * HOUR
    # The third best ask: the followers of the market, without the one that stands out.
    logs = np.log([float(market.book(Side.BUY, moment)[2].price) for moment in moments])

    assert wave_amplitude(moments, logs, 24 * HOUR) == pytest.approx(daily, abs=0.0015)
    assert wave_amplitude(moments, logs, 7 * 24 * HOUR) == pytest.approx(weekly, abs=0.0025)


def wave_amplitude(moments: np.ndarray, values: np.ndarray, period: float) -> float:
    """The amplitude of the wave of one period, both known periods fitted at once by least squares."""
    columns = [np.ones_like(moments)]
    for each in (24 * HOUR, 7 * 24 * HOUR):
        columns += [np.cos(2 * np.pi * moments / each), np.sin(2 * np.pi * moments / each)]
    fitted = np.linalg.lstsq(np.column_stack(columns), values, rcond=None)[0]
    return math.hypot(*fitted[1:3]) if period == 24 * HOUR else math.hypot(*fitted[3:5])


def test_fewer_advertisers_are_awake_half_a_day_after_the_peak() -> None:
    rhythm = replace(NO_RHYTHM, sleeping_share=0.5, daily_peak_hour=12)
    market = SimulatedMarket(BOB, 3, 100, replace(QUIET, rhythm=rhythm))
    midnight = START // 86_400 * 86_400
    days = [midnight + day * 86_400 for day in range(5)]
    awake, asleep = (sum(len(market.book(Side.BUY, day + hour * HOUR)) for day in days) for hour in (12, 24))
    assert 0.4 < asleep / awake < 0.6


def test_the_top_is_crossed_most_of_the_time_because_of_teasers_and_hardly_ever_without_them() -> None:
    def crossed_share(model: MarketModel) -> float:
        market = SimulatedMarket(BOB, 3, 100, model)
        moments = [START + n * 5 * HOUR for n in range(40)]
        tops = [(market.book(Side.BUY, at)[0].price, market.book(Side.SELL, at)[0].price) for at in moments]
        return sum(ask < bid for ask, bid in tops) / len(tops)

    assert 0.6 < crossed_share(MarketModel()) < 1
    assert crossed_share(MarketModel(teaser_share=0)) < 0.1


def test_offers_change_between_steps_about_as_often_as_recorded_ones() -> None:
    market = SimulatedMarket(BOB, 7, 100)
    two_hours = {side: unchanged_share(market, side, 2 * HOUR, 50) for side in Side}
    half_minute = unchanged_share(market, Side.BUY, 30, 40)

    assert 0.55 < two_hours[Side.BUY] < 0.8
    assert 0.7 < two_hours[Side.SELL] < 0.95
    assert half_minute > 0.98


def unchanged_share(market: SimulatedMarket, side: Side, step: float, steps: int) -> float:
    books = [states(market.book(side, START + n * step)) for n in range(steps)]
    survivors = unchanged = 0
    for before, after in pairwise(books):
        both = before.keys() & after.keys()
        survivors += len(both)
        unchanged += sum(before[key] == after[key] for key in both)
    return unchanged / survivors


def states(book: list[SimulatedOffer]) -> dict[str, tuple[int, int]]:
    return {offer.offer_id: (offer.price_units, offer.quantity_units) for offer in book}


def test_offers_drain_are_repriced_vanish_and_their_owners_come_back_under_a_new_id() -> None:
    market = SimulatedMarket(BOB, 7, 60)
    books = [market.book(Side.BUY, START + n * HOUR) for n in range(72)]
    drained = repriced = vanished = 0
    for before, after in pairwise(books):
        later = {offer.offer_id: offer for offer in after}
        vanished += sum(offer.offer_id not in later for offer in before)
        pairs = [(offer, later[offer.offer_id]) for offer in before if offer.offer_id in later]
        drained += sum(new.quantity_units < old.quantity_units for old, new in pairs)
        repriced += sum(new.price_units != old.price_units and not old.is_floating for old, new in pairs)
    owners = {offer.advertiser.user_key: offer.offer_id for offer in books[0]}
    returned = [o for o in books[-1] if o.advertiser.user_key in owners and o.offer_id != owners[o.advertiser.user_key]]

    assert min(drained, repriced, vanished, len(returned)) >= 5


def test_a_nickname_may_change_or_be_empty_but_the_user_key_stays() -> None:
    market = SimulatedMarket(BOB, 11, 120)
    names: dict[str, set[str]] = {}
    for day in range(0, 40, 8):
        for offer in market.book(Side.SELL, START + day * 24 * HOUR):
            names.setdefault(offer.advertiser.user_key, set()).add(offer.advertiser.nickname)

    assert any(len(seen) > 1 for seen in names.values())
    assert any("" in seen for seen in names.values())


def test_about_six_in_ten_offers_can_fill_less_than_they_state() -> None:
    market = SimulatedMarket(BOB, 7, 100)
    books = [market.book(side, START + n * 6 * HOUR) for n in range(12) for side in Side]
    offers = [offer for book in books for offer in book]
    assert 0.45 < sum(offer.fillable_units < offer.max_units for offer in offers) / len(offers) < 0.75


def test_bybit_rub_names_its_banks_in_the_remark_only() -> None:
    book = SimulatedMarket(Market("bybit", "USDT", "RUB"), 5, 100).book(Side.BUY, START)
    listed = {method.native_id for offer in book for method in offer.methods}
    assert listed <= {"14", "18", "40", "90", "784"}
    assert sum(any(bank in offer.remark for bank in ("Т-Банк", "Сбер", "СБП")) for offer in book) > len(book) / 4
