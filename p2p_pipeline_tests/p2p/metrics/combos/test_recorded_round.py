"""Recorded books there and back: a combo from a fiat to itself is the round trip, with its left-overs told."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.combos.combo import price_combo
from p2p_pipeline.p2p.metrics.combos.placing import place_up_to
from p2p_pipeline.p2p.metrics.pricing.depth import round_trip
from p2p_pipeline.p2p.metrics.pricing.execution import quote
from p2p_pipeline_tests.p2p.metrics.pricing.recorded_books import RECORDING, recorded_sheets

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not RECORDING.exists(), reason=f"{RECORDING.parent} is missing"),
]
AMOUNTS_BOB = (60, 500, 7_000, 60_000, 900_000)


def test_where_both_legs_take_all_a_combo_on_recorded_books_is_the_round_trip() -> None:
    patient = partial(quote, most_steps=300_000)
    buys, sells = ([sheet for sheet in recorded_sheets() if sheet.side is side] for side in (Side.BUY, Side.SELL))
    same = parts = 0
    for buy, sell in zip(buys[::3], sells[::3], strict=False):
        buy_book, sell_book = buy.book(), sell.book()
        for amount in map(Decimal, AMOUNTS_BOB):
            buyer, seller = (partial(place_up_to, book, price_amount=patient) for book in (buy_book, sell_book))
            found, trip = price_combo(buyer, seller, amount), round_trip(buy_book, sell_book, amount, patient)
            assert found.spent_source + found.left_over_source == amount
            assert found.bought_asset == found.sold_asset + found.left_over_asset
            if trip.returned_fiat is None:
                assert not found.is_executable or found.left_over_source + found.left_over_asset > 0
                parts += found.target_received is not None
            else:
                assert (found.is_executable, found.target_received) == (True, trip.returned_fiat)
                same += 1
    assert same > 50
    assert parts > 0
