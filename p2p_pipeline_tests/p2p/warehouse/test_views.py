"""What is worked out ahead is right however often and late it is made, and nobody who reads waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import psycopg
import pytest
import sqlalchemy

from p2p_pipeline.p2p.capture.sweeps.report import batch_id_of
from p2p_pipeline.p2p.warehouse.batch import Batch, MarketRead
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.questions.catalogue import all_questions, answer
from p2p_pipeline.p2p.warehouse.views import RefreshReport, refresh_views
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.conftest import created_database
from p2p_pipeline_tests.p2p.warehouse.simulated_market import SimulatedMarket, batch_of_reads

Connection = psycopg.Connection[tuple[Any, ...]]

FIRST = datetime(2026, 10, 21, 20, tzinfo=UTC)
STARTS = [FIRST + timedelta(minutes=40) * number for number in range(13)]
FIATS = ("RUB", "USD")
VIEWS = (
    "market_best", "market_spread", "fiat_premium", "market_depth_hour_running", "market_depth_day_running",
    "advertiser_activity",
)  # fmt: skip
TABLES = {
    "market_depth_hourly": "fiat_id, crypto_id, trade_type, hour",
    "market_depth_daily": "fiat_id, crypto_id, trade_type, day",
    "market_change_days": "fiat_id, crypto_id, trade_type, day",
    "advertiser_days": "day, advertiser_sk",
    "market_best": "fiat_id, crypto_id, trade_type",
    "market_spread": "fiat_id, crypto_id",
    "fiat_premium": "venue, fiat_id",
    "advertiser_activity": "venue, advertiser_id",
    "market_spread_hourly": "fiat_id, crypto_id, hour",
}


@pytest.fixture(scope="module")
def batches() -> list[Batch]:
    market = SimulatedMarket(1_000, fiats=FIATS)
    return [batch_of_reads(start, list(market.reads(start))) for start in STARTS]


@pytest.fixture(scope="module")
def loaded_template(embedded_postgres: str, migrated_template: str, batches: list[Batch]) -> str:
    """All batches, and nothing made of them yet."""
    server = WarehouseServer(created_database(embedded_postgres, "loaded_views", migrated_template), is_embedded=False)
    with connect(server) as connection:
        for batch in batches:
            load_batch(connection, batch)
    return "loaded_views"


@pytest.fixture
def loaded(embedded_postgres: str, loaded_template: str, request: pytest.FixtureRequest) -> WarehouseServer:
    name = f"views_{abs(hash(request.node.name))}"
    return WarehouseServer(created_database(embedded_postgres, name, loaded_template), is_embedded=False)


@pytest.fixture
def connection(loaded: WarehouseServer) -> Iterator[Connection]:
    with connect(loaded) as found:
        yield found


def contents(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: connection.execute(f"SELECT * FROM {table} ORDER BY {order}".encode()).fetchall()
        for table, order in TABLES.items()
    }


def hours_of(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT DISTINCT hour, batches FROM market_depth_hourly ORDER BY hour").fetchall()


def test_psycopg_and_pandas_read_every_table_and_view_as_they_come(loaded: WarehouseServer) -> None:
    with connect(loaded) as connection:
        refresh_views(connection)
        named = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = ANY('{r,p,v,m}')"
        ).fetchall()
    engine = sqlalchemy.create_engine(loaded.url.replace("postgresql://", "postgresql+psycopg://"))
    for (name,) in named:
        with psycopg.connect(loaded.url) as plain:
            rows = plain.execute(f'SELECT * FROM "{name}"').fetchall()
        with engine.connect() as reader:
            frame = pd.read_sql(f'SELECT * FROM "{name}"', reader)
        assert len(frame) == len(rows)
        for place, column in enumerate(frame.columns):
            # An offer_payment_id of 26 digits was a float64 in pandas: tens of thousands of ids were two.
            if column.endswith(("_id", "_sk")):
                assert frame[column].nunique() == len({row[place] for row in rows} - {None}), f"{name}.{column}"
        if name == "fact_offer_payment_methods":
            assert frame.offer_payment_id.dtype == "int64"
            assert not frame.duplicated(["offer_payment_id", "batch_id"]).any()
            assert frame.offer_payment_id.nunique() == len(frame[["offer_id", "payment_method_id"]].drop_duplicates())
            assert len(rows) > 1_000
        if name == "dim_advertisers":
            assert {moment.year for moment in frame.loc[frame.is_current, "expiration_date"]} == {9999}
            assert len(rows) > 50
    engine.dispose()


def test_made_after_each_batch_or_once_at_the_end_is_the_same(
    warehouse: WarehouseServer, connection: Connection, batches: list[Batch]
) -> None:
    with connect(warehouse) as other:
        for batch in batches:
            load_batch(other, batch)
            refresh_views(other)
        refresh_views(other, is_everything=True)
        at_once = refresh_views(connection, is_everything=True)
        assert contents(other) == contents(connection)
    assert (at_once.hours, at_once.days) == (8, 1)
    assert all(contents(connection).values())


def test_a_second_call_makes_no_hour_again(connection: Connection) -> None:
    refresh_views(connection, is_everything=True)
    before = contents(connection)
    again = refresh_views(connection)
    assert (again.hours, again.days) == (0, 0)
    assert "advertiser_activity" not in again.views
    assert contents(connection) == before


def test_the_hours_and_days_are_averages_of_their_batches(connection: Connection) -> None:
    refresh_views(connection)
    for part, table in (("hour", "market_depth_hourly"), ("day", "market_depth_daily")):
        [(compared, wrong)] = connection.execute(
            f"""
            SELECT count(*), count(*) FILTER (WHERE
                abs(made.avg_offers - facts.offers) > 1e-4 OR abs(made.avg_volume / facts.volume - 1) > 1e-9
                OR abs(made.avg_best_price / facts.best - 1) > 1e-9 OR made.batches <> facts.batches
                OR made.min_price <> facts.lowest OR made.max_price <> facts.highest
            )
            FROM {table} AS made
            JOIN (
                SELECT fiat_id, crypto_id, trade_type, date_trunc('{part}', batch_start_time, 'UTC') AS {part},
                    avg(total_offers_count) AS offers, avg(total_available_volume)::double precision AS volume,
                    avg(best_price)::double precision AS best, count(*) AS batches, min(min_price) AS lowest,
                    max(max_price) AS highest
                FROM fact_market_depth JOIN ops_batch_runs USING (batch_id)
                GROUP BY 1, 2, 3, 4
                HAVING count(best_price) = count(*)
            ) AS facts USING (fiat_id, crypto_id, trade_type, {part})
            """.encode()
        ).fetchall()
        assert compared > 20
        assert wrong == 0


def test_the_best_of_a_market_is_an_open_offer_that_can_be_filled(connection: Connection) -> None:
    refresh_views(connection)
    rows = connection.execute(
        """
        SELECT best.best_price, min(price), max(price), best.trade_type
        FROM market_best AS best
        JOIN fact_offers AS offer USING (fiat_id, crypto_id, trade_type, batch_id)
        WHERE offer.max_limit > 0 AND offer.max_limit >= offer.min_limit
        GROUP BY best.fiat_id, best.crypto_id, best.trade_type, best.best_price
        """
    ).fetchall()
    assert len(rows) > 5
    assert all(best == (lowest if side == "BUY" else highest) for best, lowest, highest, side in rows)


def test_a_late_batch_has_its_hour_and_day_made_again(
    warehouse: WarehouseServer, connection: Connection, batches: list[Batch]
) -> None:
    late = batches[4]

    def replay(batch_id: int, market_sides: frozenset[Any]) -> Iterator[MarketRead]:
        [batch] = [one for one in batches if one.batch_id == batch_id]
        yield from (read for read in batch.reads if read.market_side in market_sides)

    with connect(warehouse) as other:
        for batch in batches:
            if batch is not late:
                load_batch(other, batch)
        refresh_views(other, is_everything=True)
        before = hours_of(other)
        load_batch(other, late, replay=replay)
        report = refresh_views(other, is_everything=True)
        assert report.hours >= 1
        assert report.days == 1
        assert hours_of(other) != before
        refresh_views(connection, is_everything=True)
        assert hours_of(other) == hours_of(connection)
        assert without_keys(other) == without_keys(connection)


def test_a_late_batch_has_the_next_day_made_again_too(warehouse: WarehouseServer) -> None:
    midnight = datetime(2026, 10, 22, tzinfo=UTC)
    hours = {number: midnight + timedelta(hours=number) for number in (-3, -2, -1, 1, 25)}
    market = SimulatedMarket(300, fiats=FIATS)
    made = {number: batch_of_reads(start, list(market.reads(start))) for number, start in hours.items()}
    by_id = {batch.batch_id: batch for batch in made.values()}

    def replay(batch_id: int, market_sides: frozenset[Any]) -> Iterator[MarketRead]:
        yield from (read for read in by_id[batch_id].reads if read.market_side in market_sides)

    with connect(warehouse) as connection:
        for number in (-3, -2, 1, 25):
            load_batch(connection, made[number])
        assert refresh_views(connection).days == 2
        load_batch(connection, made[-1], replay=replay)
        assert refresh_views(connection).days == 2
        assert refresh_views(connection).days == 0
        # The same as when it had come in time.
        kept = contents(connection)["market_change_days"]
        connection.execute("DELETE FROM market_depth_days_made")
        assert refresh_views(connection).days == 2
        assert contents(connection)["market_change_days"] == kept


def without_keys(connection: Connection) -> list[tuple[Any, ...]]:
    """A late batch numbers its advertisers later."""
    return connection.execute(
        "SELECT day, advertiser_id, sum(offers), sum(price_changes), max(seen_until) FROM advertiser_days "
        "JOIN dim_advertisers USING (advertiser_sk) GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()


def test_hours_stay_when_their_batches_are_dropped_with_time(connection: Connection) -> None:
    refresh_views(connection)
    before = hours_of(connection)
    connection.execute("DELETE FROM fact_market_depth WHERE extraction_timestamp < '2026-10-22'")
    connection.execute("DELETE FROM ops_batch_runs WHERE batch_start_time < '2026-10-22'")
    refresh_views(connection, is_everything=True)
    assert hours_of(connection) == before


def test_what_advertisers_did_is_kept_for_sixty_days(connection: Connection) -> None:
    for days in (59, 61):
        connection.execute(
            "INSERT INTO advertiser_days SELECT day, day, 1, 1, 1, 1 FROM (SELECT %s::timestamptz AS day) AS one",
            [datetime(2026, 10, 21, tzinfo=UTC) - timedelta(days=days)],
        )
    refresh_views(connection)
    [(oldest,)] = connection.execute("SELECT min(day) FROM advertiser_days").fetchall()
    assert oldest == datetime(2026, 8, 23, tzinfo=UTC)


def test_hours_made_while_the_running_ones_were_not_yet_refreshed_are_not_shown_twice(connection: Connection) -> None:
    connection.execute("SELECT refresh_market_view('market_depth_hour_running')")
    running = hours_of(connection)
    assert len(running) == 9

    class Stopped(Exception):
        pass

    def stop(made: int, _: int) -> None:
        if made == 5:
            raise Stopped

    with pytest.raises(Stopped):
        refresh_views(connection, progress=stop)
    [(made,)] = connection.execute("SELECT count(*) FROM market_depth_hours_made").fetchall()
    assert made == 5
    assert hours_of(connection) == running
    [(rows, keys)] = connection.execute(
        "SELECT count(*), count(DISTINCT (fiat_id, crypto_id, trade_type, hour)) FROM market_depth_hourly"
    ).fetchall()
    assert rows == keys
    assert refresh_views(connection).hours == 3


def test_the_first_batch_of_all_is_in_every_view(warehouse: WarehouseServer, batches: list[Batch]) -> None:
    with connect(warehouse) as connection:
        load_batch(connection, batches[0])
        refresh_views(connection)
        for view in VIEWS:
            assert connection.execute(f"SELECT count(*) > 0 FROM {view}".encode()).fetchone() == (True,), view


def test_a_kill_between_the_hours_and_the_views_leaves_the_views_due(connection: Connection) -> None:
    class Killed(Exception):
        pass

    def kill(made: int, of: int) -> None:
        if made == of:
            raise Killed

    with pytest.raises(Killed):
        refresh_views(connection, progress=kill)
    after = refresh_views(connection)
    assert after.hours == 0
    assert set(after.views) == set(VIEWS)
    assert connection.execute("SELECT count(*) > 0 FROM advertiser_activity").fetchone() == (True,)
    assert set(refresh_views(connection).views) == set(VIEWS) - {"market_depth_day_running", "advertiser_activity"}
    # An hour made again has to come into them again.
    connection.execute("UPDATE ops_batch_runs SET loaded_at = now() WHERE batch_start_time = %s", [FIRST])
    assert set(refresh_views(connection).views) == set(VIEWS)


def test_readers_and_the_refresh_do_not_wait_for_each_other(loaded: WarehouseServer, batches: list[Batch]) -> None:
    with connect(loaded) as loader, connect(loaded) as reader:
        refresh_views(loader, is_everything=True)
        for connection in (loader, reader):
            connection.execute("SET lock_timeout = '300ms'")
            connection.commit()
        # A reader in the middle of a transaction, with locks on all it read.
        seen = contents(reader)
        for view in VIEWS:
            reader.execute(f"SELECT count(*) FROM {view}".encode())
        loader.execute("UPDATE ops_batch_runs SET loaded_at = now()")
        report = refresh_views(loader, is_everything=True)
        assert (report.hours, set(report.views)) == (8, set(VIEWS))
        assert contents(reader) == seen
        reader.commit()
        # A refresh that is not committed yet holds up no reader.
        for view in VIEWS:
            loader.execute("SELECT refresh_market_view(%s)", [view])
        assert contents(reader) == seen
        loader.rollback()


def test_all_but_the_loaders_are_kept_from_refreshing(loaded: WarehouseServer) -> None:
    with connect(loaded) as connection:
        connection.execute("SET ROLE p2p_loader")
        connection.commit()
        report = refresh_views(connection, is_everything=True)
        assert isinstance(report, RefreshReport)
        assert report.hours == 8
        connection.execute("SET ROLE p2p_reader")
        assert connection.execute("SELECT count(*) FROM market_best").fetchone() != (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT refresh_market_view('market_best')")


def test_only_market_views_are_refreshed_with_their_owners_rights(connection: Connection) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match="none of the market views"):
        connection.execute("SELECT refresh_market_view('pg_class; DROP TABLE dim_advertisers')")


def test_everything_works_on_the_oldest_and_the_newest_postgresql_also_when_empty(
    warehouse_on_both: WarehouseServer, batches: list[Batch]
) -> None:
    with connect(warehouse_on_both) as connection:
        refresh_views(connection, is_everything=True)
        for question in all_questions():
            answer(connection, question)
        for batch in batches[-3:]:
            load_batch(connection, batch)
        refresh_views(connection, is_everything=True)
        answers = {question.name: answer(connection, question).rows for question in all_questions()}
    assert len(answers) == 20
    assert len(answers["offers_of_a_batch"]) == sum(
        len(read.offers) for read in batches[-1].reads if str(read.market_side) == "binance.USDT-RUB BUY"
    )


def test_a_batch_belongs_to_the_hour_it_began_in(connection: Connection) -> None:
    refresh_views(connection)
    expected = sorted({start.replace(minute=0) for start in STARTS})
    assert [hour for hour, _ in hours_of(connection)] == expected
    assert batch_id_of(STARTS[0]) % 1000 == 0
