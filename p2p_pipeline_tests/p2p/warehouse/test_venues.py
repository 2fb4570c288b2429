"""Two venues in one warehouse: whatever their numbers and identifiers are, nothing of one is taken for the other's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest

from p2p_pipeline.p2p.capture.sweeps.report import batch_id_of, batch_moment
from p2p_pipeline.p2p.markets import Market, MarketSide, snapshot_id
from p2p_pipeline.p2p.quality.warehouse.judging import WAREHOUSE_JUDGES, judged_batch
from p2p_pipeline.p2p.quality.warehouse.rules import rule_names
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.p2p.warehouse.batch import Batch, MarketRead
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.questions.catalogue import all_questions, answer
from p2p_pipeline.p2p.warehouse.rebuild import UNLOADING
from p2p_pipeline.p2p.warehouse.statements import run
from p2p_pipeline.p2p.warehouse.views import refresh_views
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseError, WarehouseServer
from p2p_pipeline_tests.conftest import created_database
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import START, STEP, sound_batch, sound_reads

Connection = psycopg.Connection[Any]
VENUES = ("binance", "bazaar")
ROWS = """
    SELECT batch.batch_id / 1000, crypto.symbol, fiat.currency_code, offer.trade_type::text, offer.offer_external_id,
        offer.price, offer.max_limit, offer.terms, offer.orders_30d, advertiser.advertiser_id, advertiser.nickname,
        method.method_code, paid.is_primary
    FROM fact_offers AS offer
    JOIN ops_batch_runs AS batch USING (batch_id)
    JOIN dim_cryptocurrencies AS crypto USING (crypto_id)
    JOIN dim_fiat_currencies AS fiat USING (fiat_id)
    JOIN advertisements AS advertisement USING (offer_id)
    JOIN dim_advertisers AS advertiser USING (advertiser_sk)
    JOIN fact_offer_payment_methods AS paid USING (offer_id, batch_id)
    JOIN dim_payment_methods AS method USING (payment_method_id)
    WHERE batch.venue = %(venue)s AND crypto.venue = %(venue)s AND advertisement.venue = %(venue)s
        AND advertiser.venue = %(venue)s AND method.venue = %(venue)s
    ORDER BY 1, 2, 3, 4, 5, method.method_code
"""
DEPTH = """
    SELECT batch.batch_id / 1000, crypto.symbol, fiat.currency_code, depth.trade_type::text, depth.total_offers_count,
        depth.total_available_volume, depth.best_price, batch.total_offers_inserted, batch.total_offers_updated,
        batch.total_offers_closed
    FROM fact_market_depth AS depth
    JOIN ops_batch_runs AS batch USING (batch_id)
    JOIN dim_cryptocurrencies AS crypto USING (crypto_id)
    JOIN dim_fiat_currencies AS fiat USING (fiat_id)
    WHERE batch.venue = %(venue)s AND crypto.venue = %(venue)s
    ORDER BY 1, 2, 3, 4
"""


def batch_at(venue: str, step: int) -> Batch:
    """The same sweep at either venue: advertisement for advertisement, user for user, method for method."""
    moment = START + step * STEP + timedelta(milliseconds=VENUES.index(venue))
    return sound_batch(
        step,
        [_at(venue, read) for read in sound_reads(step)],
        venue=venue,
        batch_id=batch_id_of(moment),
        started_at=moment,
        ended_at=moment + timedelta(minutes=2),
    )


def _at(venue: str, read: MarketRead) -> MarketRead:
    market = read.market_side.market
    side = MarketSide(Market(venue, market.asset, market.fiat), read.market_side.side)
    return replace(read, market_side=side, snapshot_id=snapshot_id(side, read.extracted_at))


@pytest.fixture
def connection(warehouse: WarehouseServer) -> Iterator[Connection]:
    with connect(warehouse) as opened:
        yield opened


@pytest.fixture(scope="module")
def alone(embedded_postgres: str, migrated_template: str) -> list[list[tuple[Any, ...]]]:
    """What a warehouse holds that knows one venue."""
    url = created_database(embedded_postgres, "one_venue", migrated_template)
    with connect(WarehouseServer(url, is_embedded=False)) as opened:
        for step in range(3):
            load_batch(opened, batch_at("binance", step))
        return held(opened, "binance")


def held(connection: Connection, venue: str) -> list[list[tuple[Any, ...]]]:
    """What is there of a venue."""
    return [connection.execute(query, {"venue": venue}).fetchall() for query in (ROWS, DEPTH)]


def load_both(connection: Connection) -> None:
    for step in range(3):
        for venue in VENUES:
            load_batch(connection, batch_at(venue, step))


def test_a_second_venue_with_the_same_numbers_and_identifiers_merges_nothing(
    connection: Connection, alone: list[list[tuple[Any, ...]]]
) -> None:
    load_both(connection)
    assert alone[0]
    assert held(connection, "binance") == alone
    assert held(connection, "bazaar") == alone
    every = sum(int(row[0]) for row in connection.execute("SELECT count(*) FROM fact_offers").fetchall())
    both = connection.execute(
        "SELECT count(*) FROM fact_offers JOIN ops_batch_runs USING (batch_id) "
        "JOIN advertisements AS a USING (offer_id) WHERE a.venue = ops_batch_runs.venue"
    ).fetchone()
    assert both == (every,)


def test_each_batch_of_either_venue_holds_to_every_rule_of_verify(connection: Connection) -> None:
    load_both(connection)
    connection.commit()
    names = set(rule_names(of_now=False, raw=True, own_connection=False))
    assert "raw_checksum" in names
    for venue in VENUES:
        for step in range(3):
            made = batch_at(venue, step)
            batch = judged_batch(
                connection,
                made.batch_id,
                WarehouseSettings(),
                batch_moment(made.batch_id),
                raw=partial(list, made.reads),
            )
            told = [WAREHOUSE_JUDGES[name](batch) for name in names]
            broken = {outcome.name: outcome.observed for outcome in told if not outcome.passed}
            # The last sweep was cut short, and says so.
            assert broken.keys() <= ({"extraction_completeness"} if step == 2 else set()), broken


def test_a_late_sweep_of_one_venue_moves_nothing_of_the_other(
    connection: Connection, alone: list[list[tuple[Any, ...]]]
) -> None:
    for step in (0, 2):
        load_batch(connection, batch_at("binance", step))
    for step in range(3):
        load_batch(connection, batch_at("bazaar", step))
    again = {batch_at("binance", step).batch_id: batch_at("binance", step) for step in range(3)}
    load_batch(
        connection,
        batch_at("binance", 1),
        replay=lambda batch_id, sides: [read for read in again[batch_id].reads if read.market_side in sides],
    )
    assert held(connection, "binance") == alone
    assert held(connection, "bazaar") == alone


def test_taking_a_venue_out_for_a_rebuild_leaves_the_other_whole(
    connection: Connection, alone: list[list[tuple[Any, ...]]]
) -> None:
    load_both(connection)
    for name in UNLOADING:
        run(connection, "rebuild.sql", name, venue="bazaar", moment=START, batch_id=batch_id_of(START))
    assert held(connection, "bazaar") == [[], []]
    assert held(connection, "binance") == alone
    for step in range(3):
        load_batch(connection, batch_at("bazaar", step))
    assert held(connection, "bazaar") == alone


def test_questions_are_about_one_venue_and_answer_for_each_as_if_it_were_alone(connection: Connection) -> None:
    load_both(connection)
    connection.commit()
    refresh_views(connection, is_everything=True)
    for question in all_questions():
        who = {"advertiser_id": "user1"} if any(one.name == "advertiser_id" for one in question.parameters) else {}
        answers = [answer(connection, question, venue=venue, **who).rows for venue in VENUES]
        assert len(answers[0]) == len(answers[1]), question.name
        assert answer(connection, question, **who).rows == answers[0], question.name
    spread = connection.execute("SELECT venue, count(*) FROM market_spread GROUP BY venue ORDER BY venue").fetchall()
    assert spread == [("bazaar", 2), ("binance", 2)]


def test_two_batches_of_one_millisecond_are_not_taken_for_one(connection: Connection) -> None:
    load_batch(connection, batch_at("binance", 0))
    same = replace(batch_at("bazaar", 0), report=replace(batch_at("binance", 0).report, venue="bazaar"))
    with pytest.raises(WarehouseError, match="began in the same millisecond as one of binance"):
        load_batch(connection, same)
    assert held(connection, "bazaar") == [[], []]
