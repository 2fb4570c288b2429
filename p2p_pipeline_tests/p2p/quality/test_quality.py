"""Each check says yes to good data, no to bad data, and points at the bytes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.quality.coverage import completeness, duplicates, freshness, slot_gaps
from p2p_pipeline.p2p.quality.expectations import offers_expectations
from p2p_pipeline.p2p.quality.outcome import Severity
from p2p_pipeline.p2p.quality.prices import crossed_market_rate, price_range
from p2p_pipeline.p2p.quality.trust import (
    keys_and_counts,
    quarantined_share,
    raw_checksum,
    schema_drift,
    unknown_payments,
)
from p2p_pipeline.p2p.raw.stored import Damage
from p2p_pipeline_tests.p2p.quality import made_up
from p2p_pipeline_tests.p2p.quality.made_up import START, snapshot

BUY = MarketSide(Market("bybit", "USDT", "RUB"), Side.BUY)
SELL = MarketSide(Market("bybit", "USDT", "RUB"), Side.SELL)


def both(slots: range) -> dict[MarketSide, range]:
    return {BUY: slots, SELL: slots}


def test_a_market_side_without_data_or_with_old_data_is_stale() -> None:
    now = START + timedelta(minutes=10)
    assert freshness({BUY: now - timedelta(seconds=60)}, now, 180).passed
    outcome = freshness({BUY: now - timedelta(seconds=200), SELL: None}, now, 180)
    assert not outcome.passed
    assert outcome.severity is Severity.ERROR
    assert [row["age_seconds"] for row in outcome.sample] == [200, None]


def test_a_missing_slot_of_one_side_is_a_gap_and_says_where_it_starts() -> None:
    rows = [snapshot(slot, side) for slot in range(10) for side in ("BUY", "SELL")]
    assert slot_gaps(made_up.snapshots(*rows), both(range(10)), 0.0).passed
    holed = [row for row in rows if not (row["side"] == "SELL" and row["slot"] in (4, 5))]
    outcome = slot_gaps(made_up.snapshots(*holed), both(range(10)), 0.05)
    assert not outcome.passed
    assert outcome.observed == "2 missing (10.0 %)"
    assert outcome.sample == (
        {"market_side": "bybit.USDT-RUB SELL", "missing": 2, "first": "1970-01-01T00:02:00+00:00"},
    )


def test_a_failed_or_soft_blocked_snapshot_does_not_fill_its_slot() -> None:
    rows = made_up.snapshots(snapshot(0), snapshot(1, stop_reason="failed"), snapshot(2, stop_reason="soft_block"))
    assert slot_gaps(rows, {BUY: range(3)}, 0.0).observed == "2 missing (66.7 %)"


def test_slots_are_counted_at_the_configured_step() -> None:
    assert slot_gaps(made_up.snapshots(snapshot(0), snapshot(2)), {BUY: range(0, 4, 2)}, 0.0).passed


def test_snapshots_cut_short_by_the_budget_are_incomplete_and_named() -> None:
    rows = made_up.snapshots(snapshot(0), snapshot(1, stop_reason="enough"), snapshot(2, stop_reason="budget"))
    assert completeness(rows, 0.4).passed
    outcome = completeness(rows, 0.2)
    assert not outcome.passed
    assert outcome.sample[0]["raw_path"] == "2026-09-01/bybit.USDT-RUB.jsonl"


def test_many_ads_repeated_across_pages_are_a_warning() -> None:
    rows = made_up.snapshots(snapshot(0, offers=90, duplicates=10))
    assert duplicates(rows, 0.1).passed
    assert not duplicates(rows, 0.05).passed
    assert duplicates(made_up.snapshots(), 0.0).passed


def test_a_doubled_snapshot_a_doubled_offer_and_a_lost_offer_each_break_the_keys() -> None:
    one = snapshot(0, offers=2)
    rows = [{"snapshot_id": one["snapshot_id"], "offer_id": name} for name in "ab"]
    assert keys_and_counts(made_up.snapshots(one), made_up.offers(*rows)).passed
    assert keys_and_counts(made_up.snapshots(snapshot(0, offers=0)), made_up.offers()).passed
    assert not keys_and_counts(made_up.snapshots(one, one), made_up.offers(*rows)).passed
    assert not keys_and_counts(made_up.snapshots(one), made_up.offers(rows[0], rows[0])).passed
    assert not keys_and_counts(made_up.snapshots(one), made_up.offers(rows[0])).passed
    assert not keys_and_counts(made_up.snapshots(), made_up.offers(*rows)).passed


def test_a_new_field_and_a_missing_field_are_named_with_how_often_they_came() -> None:
    assert schema_drift(made_up.snapshots(snapshot(0))).passed
    rows = made_up.snapshots(
        snapshot(0, unknown_fields=["adv.newThing"]),
        snapshot(1, unknown_fields=["adv.newThing"], missing_fields=["adv.price"]),
    )
    outcome = schema_drift(rows)
    assert not outcome.passed
    assert outcome.observed == "new adv.newThing, missing adv.price"
    assert outcome.sample[0]["snapshots"] == 2


def test_the_quarantined_share_counts_against_everything_received() -> None:
    rows = made_up.snapshots(snapshot(0, offers=99))
    bad = made_up.quarantine({"reason": "bad_number", "byte_offset": 7})
    assert quarantined_share(rows, bad, 0.01).passed
    outcome = quarantined_share(rows, bad, 0.005)
    assert not outcome.passed
    assert outcome.sample[0]["reason"] == "bad_number"
    assert outcome.sample[0]["byte_offset"] == 7


def test_damaged_bytes_fail_the_checksum_and_are_located() -> None:
    assert raw_checksum([], 10).passed
    outcome = raw_checksum([Damage("2026-09-01/bybit.USDT-RUB.jsonl.gz", 100, 50, "wrong checksum")], 9)
    assert not outcome.passed
    assert outcome.sample[0]["offset"] == 100


def test_payment_methods_without_a_code_are_counted_by_offers() -> None:
    rows = made_up.offers({"payment_methods": ["tbank", "bybit:999"]}, {"payment_methods": ["tbank", "sbp"]})
    assert unknown_payments(rows, 0.25).passed
    outcome = unknown_payments(rows, 0.2)
    assert not outcome.passed
    assert outcome.sample[0]["method"] == "bybit:999"


def test_a_price_far_from_the_usual_one_is_named_and_a_teaser_does_not_move_the_usual_one() -> None:
    usual = made_up.depth(*({**snapshot(slot), "median_price": Decimal(100 + slot)} for slot in range(9)))
    today = made_up.depth(
        {**snapshot(20), "median_price": Decimal(110)},
        {**snapshot(21), "median_price": Decimal(1000)},
        {**snapshot(22, "SELL"), "median_price": Decimal(5)},
    )
    outcome = price_range(today, usual, 0.25)
    assert not outcome.passed
    assert [row["snapshot_id"] for row in outcome.sample] == ["bybit.USDT-RUB:BUY:21"]
    assert price_range(today.slice(0, 1), usual, 0.25).passed


def test_a_crossed_top_is_normal_but_inverted_medians_mean_the_sides_are_mixed_up() -> None:
    def pair(slot: int, ask: int, bid: int, median_ask: int, median_bid: int) -> list[dict[str, object]]:
        return [
            {**snapshot(slot), "best_price": Decimal(ask), "median_price": Decimal(median_ask)},
            {**snapshot(slot, "SELL"), "best_price": Decimal(bid), "median_price": Decimal(median_bid)},
        ]

    crossed = made_up.depth(*pair(0, 90, 95, 100, 92), *pair(1, 97, 95, 100, 92))
    outcome = crossed_market_rate(crossed, 0.98)
    assert outcome.passed
    assert outcome.observed.startswith("50.0 % of 2 crossed")
    mixed_up = made_up.depth(*pair(0, 90, 95, 92, 100), *pair(1, 90, 95, 92, 100))
    assert not crossed_market_rate(mixed_up, 1.0).passed


def test_the_expectations_suite_passes_good_offers_and_names_what_bad_ones_break() -> None:
    good = [{"snapshot_id": "s", "offer_id": str(n), "side": "BUY", "orders_30d": 5} for n in range(20)]
    assert offers_expectations(made_up.offers(*good)).passed
    outcome = offers_expectations(made_up.offers(*good, {**good[0], "price": Decimal(-1)}))
    assert not outcome.passed
    broken = {row["expectation"] for row in outcome.sample}
    assert broken == {"expect_compound_columns_to_be_unique", "expect_column_values_to_be_between"}
