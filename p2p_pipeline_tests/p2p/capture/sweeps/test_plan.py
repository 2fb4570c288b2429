from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.capture.sweeps.plan import (
    LONGEST_UNASKED_SECONDS,
    SideRecord,
    after_failure,
    after_reading,
    due_sides,
    is_due,
    share_of,
)
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.simulator.currencies import FIATS

NOW = 1_800_000_000.0
HOUR = 3600.0

fiats = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=5)
sides = st.builds(
    lambda asset, fiat, side: MarketSide(Market("binance", asset, fiat), side),
    st.sampled_from(("USDT", "BTC", "ETH")),
    st.sampled_from(("RUB", "VND", "BOB")),
    st.sampled_from(tuple(Side)),
)
records = st.builds(
    SideRecord,
    offers=st.integers(0, 3000),
    read_at=st.none() | st.floats(NOW - 3 * 86_400, NOW + 86_400),
    empties=st.integers(0, 5),
    is_empty=st.booleans(),
    is_missed=st.booleans(),
)


def side_of(fiat: str, asset: str = "USDT") -> MarketSide:
    return MarketSide(Market("binance", asset, fiat), Side.BUY)


@given(fiats, st.integers(1, 50))
def test_every_fiat_belongs_to_exactly_one_worker_whatever_else_is_listed(fiat: str, workers: int) -> None:
    assert sum(share_of(fiat, workers) == worker for worker in range(1, workers + 1)) == 1
    assert share_of(fiat, workers) == share_of(fiat, workers)


def test_the_shares_of_the_real_fiats_are_known_and_of_similar_size() -> None:
    shares = [share_of(fiat, 3) for fiat in FIATS]
    assert [shares.count(worker) for worker in (1, 2, 3)] == [41, 33, 36]
    assert (share_of("RUB", 3), share_of("VND", 3)) == (2, 3), "a worker keeps its fiats from release to release"


@given(st.sets(sides), st.dictionaries(sides, records), st.floats(1, 10 * 86_400))
def test_a_market_side_is_due_once_or_was_empty_less_than_its_interval_ago(
    listed: set[MarketSide], remembered: dict[MarketSide, SideRecord], empty_again_seconds: float
) -> None:
    due = due_sides(listed, remembered, NOW, empty_again_seconds)
    assert len(due) == len(set(due))
    for side in listed - set(due):
        record = remembered[side]
        assert record.is_empty
        assert not record.is_missed
        assert record.read_at is not None
        assert 0 <= NOW - record.read_at < min(empty_again_seconds, LONGEST_UNASKED_SECONDS)
    assert set(due) <= listed


@given(st.sets(sides), st.dictionaries(sides, records))
def test_the_order_is_missed_then_longest_unread_then_biggest_then_the_empty_ones(
    listed: set[MarketSide], remembered: dict[MarketSide, SideRecord]
) -> None:
    found = [remembered.get(side, SideRecord()) for side in due_sides(listed, remembered, NOW, HOUR)]
    for earlier, later in pairwise(found):
        assert earlier.is_missed >= later.is_missed
        if earlier.is_missed == later.is_missed:
            assert earlier.is_empty <= later.is_empty
        if (earlier.is_missed, earlier.is_empty) == (later.is_missed, later.is_empty):
            ages = [float("inf") if r.read_at is None or r.read_at > NOW else NOW - r.read_at for r in (earlier, later)]
            assert ages[0] >= ages[1]
            assert ages[0] > ages[1] or earlier.offers >= later.offers


@given(sides, st.floats(60, 10 * 86_400))
def test_an_empty_market_side_waits_for_most_of_the_interval_and_never_longer_than_a_day(
    side: MarketSide, empty_again_seconds: float
) -> None:
    record = after_reading(NOW, 0)
    interval = min(empty_again_seconds, LONGEST_UNASKED_SECONDS)
    assert not is_due(side, record, NOW + 0.74 * interval, empty_again_seconds)
    assert is_due(side, record, NOW + interval, empty_again_seconds)
    assert is_due(side, record, NOW - 1, empty_again_seconds), "a clock set back proves nothing"


def test_the_empty_ones_do_not_all_come_back_in_one_sweep() -> None:
    record = after_reading(NOW, 0)
    soon = [fiat for fiat in FIATS if is_due(side_of(fiat), record, NOW + 0.875 * HOUR, HOUR)]
    assert 0.3 < len(soon) / len(FIATS) < 0.7


def test_what_a_failure_leaves_behind() -> None:
    record = after_reading(NOW, 40)
    empty = after_failure(after_failure(record, 0, is_empty_answer=True), 0, is_empty_answer=True)
    assert (empty.offers, empty.empties, empty.is_missed, empty.read_at) == (40, 2, True, NOW)
    assert after_failure(empty, 0, is_empty_answer=False).empties == 2, "an outage says nothing about the market"
    assert after_failure(empty, 60, is_empty_answer=False) == SideRecord(60, NOW, 0, is_empty=False, is_missed=True)
    assert after_reading(NOW + 1, 0) == SideRecord(0, NOW + 1, 0, is_empty=True, is_missed=False)
