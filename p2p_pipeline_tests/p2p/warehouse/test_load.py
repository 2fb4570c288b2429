"""What a load promises besides showing what was read: whole or not at all, in turn, and no text is more than text."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Market, MarketSide, NativePayment, Side
from p2p_pipeline.p2p.warehouse.batch import ExtractionError
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.partitions import ensure_partitions
from p2p_pipeline.p2p.warehouse.staging import stage_sides
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseError, WarehouseServer
from p2p_pipeline_tests.p2p.warehouse.made_offers import RUB_BUY, RUB_SELL, RUB_TO_BTC, offer
from p2p_pipeline_tests.p2p.warehouse.naive import assert_shows
from p2p_pipeline_tests.p2p.warehouse.simulated_market import SimulatedMarket, batch_of_reads, read_of

NOON = datetime(2026, 3, 1, 12, 0, 0, 1000, tzinfo=UTC)
LATER = NOON + timedelta(minutes=10)

hostile_text = st.one_of(
    st.text(max_size=40),
    st.text(alphabet=st.sampled_from("'\"\\\t\n\r\x00\x07{},;%$\u202e\u200b\ud800é🔥."), max_size=20),
    st.sampled_from(["\\.", "\\N", "", "'; DROP TABLE advertisements; --", "%(moment)s", "\\" * 7, "NULL", "\x00" * 3]),
    st.sampled_from("\\\n'\u202e").map(lambda letter: letter * 10_000),
)


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=st.lists(st.tuples(*[hostile_text] * 4), min_size=1, max_size=12))
def test_text_is_stored_as_it_is_whatever_it_holds(
    warehouse: WarehouseServer, texts: list[tuple[str, str, str, str]]
) -> None:
    offers = tuple(
        offer(
            str(number), advertiser_id=who, advertiser_name=name, remark=terms,
            payments=(NativePayment(method or "m", method),),
        )
        for number, (who, name, terms, method) in enumerate(texts)
    )  # fmt: skip
    batch = batch_of_reads(NOON, [read_of(RUB_BUY, NOON, offers)])
    with connect(warehouse) as connection:
        connection.execute("TRUNCATE ops_batch_runs, dim_advertisers, advertisements CASCADE")
        for table in ("offer_versions", "offer_statistics", "fact_market_depth", "offer_gaps", "open_offer_lines"):
            connection.execute(f"TRUNCATE {table}")
        load_batch(connection, batch)
        assert_shows(connection, [batch])


@pytest.mark.parametrize("where", ["staged", "merged", "before_commit"])
def test_a_load_that_ends_before_its_commit_leaves_nothing_and_can_be_repeated(
    warehouse: WarehouseServer, where: str
) -> None:
    def end_there(name: str) -> None:
        if name == where:
            raise KeyboardInterrupt

    batch = batch_of_reads(NOON, [read_of(RUB_BUY, NOON, (offer(),))])
    with connect(warehouse) as connection:
        with pytest.raises(KeyboardInterrupt):
            load_batch(connection, batch, checkpoint=end_there)
        for table in ("ops_batch_runs", "offer_versions", "advertisements", "dim_advertisers", "open_offer_lines"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchall() == [(0,)]
        assert load_batch(connection, batch).is_new
        assert_shows(connection, [batch])


def test_the_checkpoints_come_in_order(warehouse: WarehouseServer) -> None:
    told: list[str] = []
    with connect(warehouse) as connection:
        load_batch(connection, batch_of_reads(NOON, []), checkpoint=told.append)
    assert told == ["staged", "merged", "before_commit", "committed"]


def test_an_unchanged_offer_costs_no_row(warehouse: WarehouseServer) -> None:
    with connect(warehouse) as connection:
        reports = [
            load_batch(connection, batch_of_reads(moment, [read_of(RUB_BUY, moment, (offer(),))]))
            for moment in (NOON, LATER)
        ]
        assert [(report.offers_inserted, report.offers_updated) for report in reports] == [(1, 0), (0, 0)]
        for table in ("offer_versions", "offer_statistics", "dim_advertisers", "payment_method_sets"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchall() == [(1,)]


def test_two_loaders_of_the_same_batch_take_turns_and_one_of_them_does_nothing(warehouse: WarehouseServer) -> None:
    batch = batch_of_reads(NOON, [read_of(RUB_BUY, NOON, (offer(),))])
    is_staged, may_go_on = threading.Event(), threading.Event()

    def wait(name: str) -> None:
        if name == "merged":
            is_staged.set()
            assert may_go_on.wait(20)

    reports: list[bool] = []

    def load_it(checkpoint: Any) -> None:
        with connect(warehouse) as connection:
            reports.append(load_batch(connection, batch, checkpoint=checkpoint).is_new)

    threads = [threading.Thread(target=load_it, args=(checkpoint,)) for checkpoint in (wait, lambda _: None)]
    threads[0].start()
    assert is_staged.wait(20)
    threads[1].start()
    may_go_on.set()
    for thread in threads:
        thread.join(30)
    assert sorted(reports) == [False, True]


def test_a_late_batch_without_the_later_ones_at_hand_is_refused_with_what_to_do(warehouse: WarehouseServer) -> None:
    early, late = (batch_of_reads(moment, [read_of(RUB_BUY, moment, (offer(),))]) for moment in (NOON, LATER))
    with connect(warehouse) as connection:
        load_batch(connection, late)
        with pytest.raises(WarehouseError, match="p2p warehouse rebuild"):
            load_batch(connection, early)
        assert_shows(connection, [late])


@pytest.mark.parametrize("given", [(), (RUB_BUY,)])
def test_a_late_batch_is_refused_and_changes_nothing_when_the_later_ones_can_no_longer_be_read(
    warehouse: WarehouseServer, given: tuple[MarketSide, ...]
) -> None:
    early, late = (
        batch_of_reads(
            moment, [read_of(RUB_BUY, moment, (offer(),)), read_of(RUB_SELL, moment, (offer("2", RUB_SELL),))]
        )
        for moment in (NOON, LATER)
    )
    with connect(warehouse) as connection:
        load_batch(connection, late)
        with pytest.raises(WarehouseError, match=r"nothing was changed: put raw/2026-03-01 back"):
            load_batch(
                connection, early, replay=lambda _, __: [read for read in late.reads if read.market_side in given]
            )
        assert_shows(connection, [late])


def test_a_load_that_makes_a_day_and_somebody_who_makes_the_same_don_t_block_each_other(
    warehouse: WarehouseServer,
) -> None:
    far = datetime(2031, 1, 1, tzinfo=UTC)
    made: list[list[str]] = []

    def make_days() -> None:
        with connect(warehouse) as other:
            made.append(ensure_partitions(other, [far.date()]))

    making = threading.Thread(target=make_days)
    side = MarketSide(Market("binance", "NEW", "QQQ"), Side.BUY)
    batch = batch_of_reads(far, [read_of(side, far, (offer("1", side),))])
    with connect(warehouse) as connection:

        def stage_sides_beside(*arguments: Any) -> None:
            # As soon as the load holds what it writes.
            stage_sides(*arguments)
            making.start()
            _wait_until_blocked(warehouse)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("p2p_pipeline.p2p.warehouse.load.stage_sides", stage_sides_beside)
            assert load_batch(connection, batch).is_new
    making.join(20)
    assert made == [[]], "the load had made the day"


def _wait_until_blocked(warehouse: WarehouseServer) -> None:
    with connect(warehouse, autocommit=True) as looking:
        for _ in range(200):
            [(waiting,)] = looking.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted "
                "AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
            ).fetchall()
            if waiting:
                return
            time.sleep(0.05)
        raise AssertionError("nobody waits")


def test_an_advertiser_who_changed_within_a_batch_looks_at_last_as_he_was_read_at_last(
    warehouse: WarehouseServer,
) -> None:
    reads = [
        read_of(RUB_BUY, NOON, (offer(advertiser_name="anna"),)),
        read_of(RUB_SELL, NOON, (offer("2", RUB_SELL, advertiser_name="Anna"),)),
    ]
    third = read_of(RUB_TO_BTC, NOON, (offer("3", RUB_TO_BTC, advertiser_name="anna"),))
    whole = batch_of_reads(NOON, [*reads, third])
    with connect(warehouse) as connection:
        load_batch(connection, batch_of_reads(NOON, [reads[1], third]))
        load_batch(connection, whole)
        assert_shows(connection, [whole])


def test_an_advertiser_who_looks_as_before_again_is_another_row_also_for_an_offer_that_stayed_the_same(
    warehouse: WarehouseServer,
) -> None:
    moments = [NOON, LATER, LATER + timedelta(minutes=10)]
    anna, renamed = offer(), offer("2", RUB_SELL, advertiser_name="Anna")
    batches = [
        batch_of_reads(moments[0], [read_of(RUB_BUY, moments[0], (anna,))]),
        batch_of_reads(moments[1], [read_of(RUB_SELL, moments[1], (renamed,))]),
        batch_of_reads(moments[2], [read_of(RUB_BUY, moments[2], (anna,))]),
    ]
    with connect(warehouse) as connection:
        for batch in batches:
            load_batch(connection, batch)
        assert_shows(connection, batches)


def test_an_advertiser_with_two_looks_in_one_batch_has_both_and_the_first_again_in_the_next(
    warehouse: WarehouseServer,
) -> None:
    anna, renamed = offer(), offer("2", RUB_SELL, advertiser_name="Anna")
    batches = [
        batch_of_reads(moment, [read_of(RUB_BUY, moment, (anna,)), read_of(RUB_SELL, moment, (renamed,))])
        for moment in (NOON, LATER)
    ]
    with connect(warehouse) as connection:
        for batch in batches:
            load_batch(connection, batch)
        assert_shows(connection, batches)
        assert connection.execute("SELECT count(*) FROM dim_advertisers").fetchall() == [(3,)]


def test_an_offer_that_a_second_load_of_its_batch_took_away_is_seen_anew_when_it_comes_back(
    warehouse: WarehouseServer,
) -> None:
    corrected = batch_of_reads(NOON, [read_of(RUB_BUY, NOON, ())])
    again = batch_of_reads(LATER, [read_of(RUB_BUY, LATER, (offer(),))])
    with connect(warehouse) as connection:
        load_batch(connection, batch_of_reads(NOON, [read_of(RUB_BUY, NOON, (offer(),))]))
        load_batch(connection, corrected)
        load_batch(connection, again)
        assert connection.execute("SELECT batch_id FROM fact_offers").fetchall() == [(again.batch_id,)]
        assert connection.execute("SELECT count(*) FROM offer_versions").fetchall() == [(1,)]


def test_without_the_shortcut_of_remembered_lines_offers_are_compared_by_value(warehouse: WarehouseServer) -> None:
    spelled = offer(price=Decimal("84.1"), max_fiat=Decimal("8000.00"))
    batches = [
        batch_of_reads(NOON, [read_of(RUB_BUY, NOON, (offer(),))]),
        batch_of_reads(LATER, [read_of(RUB_BUY, LATER, (spelled,))]),
    ]
    with connect(warehouse) as connection:
        load_batch(connection, batches[0])
        connection.execute("TRUNCATE open_offer_lines")
        report = load_batch(connection, batches[1])
        assert (report.offers_inserted, report.offers_updated) == (0, 0)
        assert_shows(connection, batches)


def test_a_batch_of_other_market_sides_is_not_late(warehouse: WarehouseServer) -> None:
    early = batch_of_reads(NOON, [read_of(RUB_SELL, NOON, (offer("2", RUB_SELL),))])
    late = batch_of_reads(LATER, [read_of(RUB_BUY, LATER, (offer(),))])
    with connect(warehouse) as connection:
        load_batch(connection, late)
        load_batch(connection, early)
        assert_shows(connection, [early, late])


def test_errors_stand_beside_the_batch_once_however_often_it_is_loaded(warehouse: WarehouseServer) -> None:
    error = ExtractionError(NOON, "RUB", "USDT", "BUY", 3, "timeout", "it\tdid\\not\nanswer\x00", 1, is_resolved=True)
    with connect(warehouse) as connection:
        for digest in ("one", "two"):
            report = load_batch(connection, batch_of_reads(NOON, [], (error,), digest))
            assert (report.is_new, report.errors) == (True, 1)
        found = connection.execute(
            "SELECT fiat_code, crypto_symbol, trade_type::text, page_number, error_message, retry_count, is_resolved "
            "FROM ops_extraction_errors"
        ).fetchall()
    assert found == [("RUB", "USDT", "BUY", 3, "it\tdid\\not\nanswer\ufffd", 1, True)]


def test_the_simulated_market_is_shown_sweep_after_sweep_as_copies_would(warehouse_on_both: WarehouseServer) -> None:
    market = SimulatedMarket(3_000, fiats=("RUB", "VES", "JPY"))
    moments = [NOON + timedelta(minutes=10 * number) for number in range(4)]
    batches = [batch_of_reads(moment, list(market.reads(moment))) for moment in moments]
    with connect(warehouse_on_both) as connection:
        written = sum(
            report.offers_inserted + report.offers_updated
            for report in [load_batch(connection, batch) for batch in batches][1:]
        )
        assert_shows(connection, batches)
    assert 0 < written < sum(batch.report.offers for batch in batches[1:]) / 3
