"""Whatever the batches and their order, the warehouse shows each batch as copies would, and tells the same history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Market, MarketSide, NativePayment, Offer, Side
from p2p_pipeline.p2p.warehouse.batch import Batch, MarketRead, ReadOffer
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.p2p.warehouse.naive import assert_shows
from p2p_pipeline_tests.p2p.warehouse.simulated_market import batch_of_reads, read_of

BEFORE_MIDNIGHT = datetime(2026, 3, 1, 23, 40, 0, 1000, tzinfo=UTC)
SIDES = (
    MarketSide(Market("binance", "USDT", "RUB"), Side.BUY),
    MarketSide(Market("binance", "USDT", "RUB"), Side.SELL),
    MarketSide(Market("binance", "BTC", "VES"), Side.BUY),
)
MOST_BATCHES = 5
EXAMPLES = this_many(10, 1_000)


@st.composite
def offers(draw: st.DrawFn, market_side: MarketSide, offer_id: str) -> ReadOffer:
    """An offer of few possible values, so that it often stays as it was or comes back the same."""
    # The same value in two spellings is no change.
    price = draw(
        st.sampled_from([Decimal("84.1"), Decimal("84.10"), Decimal("91000000.123456789012"), Decimal("1E+1")])
    )
    advertiser_id, name, is_merchant = draw(
        st.sampled_from([("u1", "anna", True), ("u1", "Anna", True), ("u2", "", False), ("u2", None, False),
                         (None, "bob", False), (None, None, False), ("u3", "anna", True), ("u3", "anna", False)])
    )  # fmt: skip
    methods = draw(st.lists(st.sampled_from(["Tinkoff", "SBP", "NobodyKnows"]), max_size=3))
    offer = Offer(
        offer_id=offer_id,
        advertiser_id=advertiser_id,
        advertiser_name=name,
        asset=market_side.market.asset,
        fiat=market_side.market.fiat,
        side=market_side.side,
        price=price,
        min_fiat=Decimal(5),
        max_fiat=draw(st.sampled_from([Decimal(7), Decimal("4.9"), Decimal(0)])),
        stated_max_fiat=draw(st.sampled_from([Decimal(7), Decimal("7.5")])),
        available_asset=draw(st.sampled_from([Decimal(0), Decimal("0.1"), Decimal("12.00")])),
        payments=tuple(NativePayment(method, method.upper()) for method in methods),
        completion_rate=draw(st.sampled_from([None, 0.1, 0.30000000000000004])),
        orders_30d=draw(st.sampled_from([None, 0, 3])),
        is_merchant=is_merchant,
        is_floating_price=None,
        is_promoted=draw(st.booleans()),
        payment_minutes=draw(st.sampled_from([None, 15])),
        fiat_scale=2,
        asset_scale=2,
        remark=draw(st.sampled_from([None, "", "only my own card"])),
    )
    return ReadOffer(offer, tuple(f"binance:{method}" for method in methods))


@st.composite
def reads(draw: st.DrawFn, market_side: MarketSide, started_at: datetime, known: dict[str, ReadOffer]) -> MarketRead:
    """A market side, complete or not; `known` is what its offers were before, and most stay so."""
    names = draw(st.lists(st.sampled_from(["1", "22", "333"]), unique=True))
    for name in names:
        if name not in known or draw(st.integers(0, 3)) == 0:
            known[name] = draw(offers(market_side, name))
    shown = tuple(known[name] for name in names)
    return read_of(market_side, started_at, shown, is_complete=draw(st.booleans()))


@st.composite
def histories(draw: st.DrawFn) -> list[Batch]:
    """Some batches around midnight, each of some market sides."""
    made = []
    known: dict[MarketSide, dict[str, ReadOffer]] = {market_side: {} for market_side in SIDES}
    for number in range(draw(st.integers(1, MOST_BATCHES))):
        started_at = BEFORE_MIDNIGHT + timedelta(minutes=10 * number)
        sides = [market_side for market_side in draw(st.permutations(SIDES)) if draw(st.booleans())]
        made.append(batch_of_reads(started_at, [draw(reads(side, started_at, known[side])) for side in sides]))
    return made


def replay_of(batches: list[Batch]) -> Any:
    by_id = {batch.batch_id: batch for batch in batches}

    def replay(batch_id: int, market_sides: frozenset[MarketSide], /) -> Iterable[MarketRead]:
        return [read for read in by_id[batch_id].reads if read.market_side in market_sides]

    return replay


@pytest.mark.timeout(1_800)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data(), batches=histories())
def test_in_any_order_with_any_repetition_every_batch_is_shown_as_copies_would(
    warehouse: WarehouseServer, data: st.DataObject, batches: list[Batch]
) -> None:
    some = st.lists(st.tuples(st.sampled_from(batches), st.booleans()), max_size=2 * len(batches))
    early = data.draw(some, label="loaded before, some of them only in part")
    order = data.draw(st.permutations(batches), label="loaded at last")
    with connect(warehouse) as connection:
        empty(connection)
        for batch, is_whole in early:
            part = batch if is_whole else replace(batch, reads=list(batch.reads)[1:])
            load_batch(connection, part, replay=replay_of(batches))
        for batch in order:
            load_batch(connection, batch, replay=replay_of(batches))
            assert not load_batch(connection, batch, replay=replay_of(batches)).is_new
        assert_shows(connection, batches)


def empty(connection: psycopg.Connection[Any]) -> None:
    """Take everything out of a warehouse."""
    names = connection.execute(
        "SELECT string_agg(quote_ident(relname), ', ') FROM pg_class WHERE relkind IN ('r', 'p') "
        "AND NOT relispartition AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'"
    ).fetchall()[0][0]
    connection.execute(f"TRUNCATE {names} CASCADE")
    connection.commit()
