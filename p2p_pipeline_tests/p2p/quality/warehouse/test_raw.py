"""A batch's facts against its raw responses: any field of any offer that differs is found and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Market, MarketSide, NativePayment, Side
from p2p_pipeline.p2p.quality.outcome import QualityOutcome
from p2p_pipeline.p2p.quality.warehouse.judging import judged_batch
from p2p_pipeline.p2p.quality.warehouse.raw import COMPARED, raw_checksum
from p2p_pipeline.p2p.raw.stored import Damage
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline.p2p.warehouse.batch import MarketRead, ReadOffer
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import (
    SIDES,
    id_of,
    made_offer,
    made_read,
    moment_of,
    sound_batch,
    sound_reads,
)
from p2p_pipeline_tests.shared_files import CASES

Connection = psycopg.Connection[Any]
Reads = list[MarketRead | Damage]


def judge(connection: Connection, reads: Reads | list[MarketRead], step: int = 2) -> QualityOutcome:
    batch = judged_batch(connection, id_of(step), WarehouseSettings(), moment_of(step), raw=lambda: reads)
    return raw_checksum(batch)


def with_offer(change: Callable[[ReadOffer], ReadOffer], place: int = 0) -> list[MarketRead]:
    """What the newest sweep read, one offer of its first market side otherwise."""
    reads = sound_reads(2)
    offers = list(reads[0].offers)
    offers[place] = change(offers[place])
    return [replace(reads[0], offers=tuple(offers)), *reads[1:]]


CHANGES: dict[str, dict[str, Any]] = {
    "price": {"price": Decimal("80.21")},
    "available_amount": {"available_asset": Decimal("102.00000001")},
    "min_limit": {"min_fiat": Decimal(501)},
    "max_limit": {"max_fiat": Decimal("5199.99")},
    "stated_max_limit": {"stated_max_fiat": Decimal(5201)},
    "advertiser_id": {"advertiser_id": "somebody else"},
    "nickname": {"advertiser_name": "another name"},
    "is_merchant": {"is_merchant": True},
    "completion_rate": {"completion_rate": 0.5},
    "orders_30d": {"orders_30d": None},
    "payment_minutes": {"payment_minutes": 30},
    "is_promoted": {"is_promoted": False},
    "payment_methods": {"payments": (NativePayment("BANK"),)},
    "terms": {"remark": "no third parties <b>3</b>"},
}


@pytest.mark.parametrize("field", CHANGES)
def test_one_field_of_one_offer_that_differs_is_found_and_named(breakable: Connection, field: str) -> None:
    reads = with_offer(lambda read: replace(read, offer=replace(read.offer, **CHANGES[field])))
    outcome = judge(breakable, reads)
    assert not outcome.passed
    assert outcome.value == 1
    (row,) = outcome.sample
    assert row["problem"] == "offer that differs"
    assert row["differs"].startswith(f"{field}: raw ")
    assert row["raw_path"] == "2026-09-01/binance.sweep-RUB.jsonl"
    assert ";" not in row["differs"]


def test_every_compared_field_has_a_test_that_changes_it() -> None:
    assert set(CHANGES) == set(COMPARED)


def test_the_order_of_payment_methods_counts(breakable: Connection) -> None:
    reads = with_offer(lambda read: replace(read, offer=replace(read.offer, payments=read.offer.payments[::-1])))
    assert "payment_methods" in judge(breakable, reads).sample[0]["differs"]


def test_a_method_listed_twice_is_one_method_on_both_sides(breakable: Connection) -> None:
    twice = with_offer(
        lambda read: replace(
            read,
            offer=replace(read.offer, payments=(*read.offer.payments, read.offer.payments[0])),
            payment_codes=(*read.payment_codes, read.payment_codes[0]),
        )
    )
    assert judge(breakable, twice).passed


def test_advertisements_that_listed_a_method_twice_are_loaded_and_verified(warehouse: WarehouseServer) -> None:
    if not (case := CASES / "payment-listed-twice.json").exists():
        pytest.skip(f"{case} is not there")
    side = MarketSide(Market("binance", "USDT", "BOB"), Side.BUY)
    page = BinanceVenue().read_search(case.read_bytes(), side.market, side.side, 1)
    assert any(len(offer.payments) == 3 for _, offer in page.offers)
    offers = [ReadOffer(offer, tuple(payment.native_id for payment in offer.payments)) for _, offer in page.offers]
    reads = [made_read(side, moment_of(0), offers)]
    with connect(warehouse) as connection:
        load_batch(connection, sound_batch(0, reads))
        assert judge(connection, reads, 0).passed


def test_an_offer_only_one_of_the_two_has_is_found_whichever_it_is(breakable: Connection) -> None:
    reads = sound_reads(2)
    fewer = [replace(reads[0], offers=reads[0].offers[1:]), *reads[1:]]
    outcome = judge(breakable, fewer)
    assert "1 offer that raw does not have" in outcome.observed
    more = [replace(reads[0], offers=(*reads[0].offers, made_offer(SIDES[0], 50))), *reads[1:]]
    assert "1 offer that the warehouse does not have" in judge(breakable, more).observed


def test_a_market_side_only_one_of_the_two_has_is_found(breakable: Connection) -> None:
    reads = sound_reads(2)
    assert "1 market side that raw does not have" in judge(breakable, reads[1:]).observed
    breakable.execute("DELETE FROM fact_market_depth WHERE batch_id = %s AND total_offers_count = 0", [id_of(2)])
    assert "1 market side that the warehouse does not have" in judge(breakable, reads).observed


@pytest.mark.parametrize("change", [{"is_complete": False}, {"extracted_at": moment_of(2) + timedelta(seconds=50)}])
def test_how_and_when_a_market_side_was_read_is_compared_too(breakable: Connection, change: dict[str, Any]) -> None:
    reads = sound_reads(2)
    outcome = judge(breakable, [replace(reads[0], **change), *reads[1:]])
    assert "market side that differs" in outcome.observed


def test_damaged_bytes_are_told_with_their_place(breakable: Connection) -> None:
    damage = Damage("2026-09-01/binance.sweep-RUB.jsonl", 17, 400, "the checksum does not match")
    reads: Reads = [*sound_reads(2), damage]
    outcome = judge(breakable, reads)
    assert not outcome.passed
    assert outcome.sample[0]["offset"] == 17
    assert "1 damaged places" in outcome.observed


def test_a_row_changed_in_the_warehouse_is_found(breakable: Connection) -> None:
    breakable.execute(
        "UPDATE offer_versions_open SET price = price + 0.000000000001 "
        "WHERE offer_id = (SELECT min(offer_id) FROM offer_versions_open)"
    )
    outcome = judge(breakable, sound_reads(2))
    assert "1 offer that differs" in outcome.observed
    assert outcome.sample[0]["differs"].startswith("price: raw ")


def test_an_offer_that_stands_twice_in_the_warehouse_is_found(breakable: Connection) -> None:
    breakable.execute(
        "INSERT INTO offer_statistics SELECT valid_from, %s, offer_id, orders_30d, completion_rate "
        "FROM offer_statistics_open ORDER BY offer_id LIMIT 1",
        [moment_of(3)],
    )
    assert "1 offer that stands twice" in judge(breakable, sound_reads(2)).observed


def test_without_its_raw_responses_a_batch_is_not_said_to_equal_them(breakable: Connection) -> None:
    outcome = raw_checksum(judged_batch(breakable, id_of(2), WarehouseSettings(), moment_of(2)))
    assert not outcome.passed
    assert "any more" in outcome.observed


def test_numbers_are_compared_by_their_value_not_by_how_they_are_written(breakable: Connection) -> None:
    def rewritten(read: ReadOffer) -> ReadOffer:
        return replace(read, offer=replace(read.offer, price=read.offer.price.quantize(Decimal("1e-9"))))

    assert judge(breakable, with_offer(rewritten)).passed


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changed=st.sets(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=8))
def test_exactly_the_changed_offers_are_counted(breakable: Connection, changed: set[tuple[int, int]]) -> None:
    reads = sound_reads(2)
    for side, place in changed:
        offers = list(reads[side].offers)
        offers[place] = replace(offers[place], offer=replace(offers[place].offer, min_fiat=Decimal(1)))
        reads[side] = made_read(SIDES[side], moment_of(2), offers, is_complete=reads[side].is_complete)
    outcome = judge(breakable, reads)
    assert outcome.value == len(changed)
    assert outcome.passed == (not changed)
