"""What is asked of now is answered with what is there now, also on a young warehouse and after batches that failed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from p2p_pipeline.p2p.capture.sweeps.report import SweepStatus
from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.questions.catalogue import answer, question_named
from p2p_pipeline.p2p.warehouse.views import refresh_views
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import (
    SIDES,
    id_of,
    made_offer,
    made_read,
    moment_of,
    sound_batch,
)

Connection = psycopg.Connection[Any]
RUB = tuple(side for side in SIDES if side.market.fiat == "RUB")
BOB = tuple(side for side in SIDES if side.market.fiat == "BOB")
RUB_ASKS = RUB[0]


@pytest.fixture
def connection(warehouse: WarehouseServer) -> Iterator[Connection]:
    with connect(warehouse) as found:
        yield found


def load(
    connection: Connection,
    step: int,
    sides: Collection[MarketSide],
    *,
    hidden: Collection[tuple[MarketSide, int]] = (),
    advertiser: tuple[str, str] | None = None,
    **given: Any,
) -> None:
    """A batch; a market side with hidden offers was not read to its end. `advertiser` has the first offer of each."""
    told = {} if advertiser is None else {"advertiser_id": advertiser[0], "advertiser_name": advertiser[1]}
    reads = []
    for side in sides:
        numbers = [number for number in range(10) if (side, number) not in hidden]
        offers = [made_offer(side, number, **({} if number else told)) for number in numbers]
        reads.append(made_read(side, moment_of(step), offers, is_complete=len(numbers) == 10))
    load_batch(connection, sound_batch(step, reads, **given))
    connection.commit()


def ask(connection: Connection, name: str, **given: Any) -> list[dict[str, Any]]:
    found = answer(connection, question_named(name), **given)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


NOW_OF_A_MARKET = ("best_price_by_payment_method", "depth_near_best", "merchant_difference")
NOW_OF_A_FIAT = ("biggest_advertisers", "payment_method_volumes", "asset_arbitrage", "teasers")


def test_an_offer_that_a_partial_reading_did_not_show_is_not_offered_now(connection: Connection) -> None:
    load(connection, 0, SIDES)
    load(connection, 1, SIDES, hidden={(RUB_ASKS, 0), (RUB_ASKS, 1), (RUB_ASKS, 2)})
    refresh_views(connection)
    expected = made_offer(RUB_ASKS, 3).offer.price
    for name in NOW_OF_A_MARKET:
        rows = ask(connection, name)
        best = min(row["best_price"] for row in rows)
        assert (name, best) == (name, expected)
    assert ask(connection, "depth_near_best", percents=[99])[0]["offers"] == 7
    assert sum(row["offers"] for row in ask(connection, "biggest_advertisers")) == 17
    assert max(row["offers"] for row in ask(connection, "payment_method_volumes")) == 17
    bought = {row["buy_price"] for row in ask(connection, "asset_arbitrage", reference_fiat="BOB", amount=5000)}
    assert expected in bought
    [best] = connection.execute(
        "SELECT best_price, offer_external_id FROM market_best WHERE currency_code = 'RUB' AND symbol = 'USDT' "
        "AND trade_type = 'BUY'"
    ).fetchall()
    assert best == (expected, made_offer(RUB_ASKS, 3).offer.offer_id)
    # A later reading that shows them again.
    load(connection, 2, SIDES)
    assert ask(connection, "depth_near_best", percents=[99])[0]["offers"] == 10


def test_a_fiat_that_is_not_read_any_more_has_no_offers_now_after_a_day(connection: Connection) -> None:
    day = 24 * 6
    load(connection, 0, SIDES)
    load(connection, day, RUB)
    refresh_views(connection)
    assert ask(connection, "depth_near_best", fiat="BOB")
    load(connection, day + 1, RUB)
    refresh_views(connection, is_everything=True)
    for name in (*NOW_OF_A_MARKET, *NOW_OF_A_FIAT):
        assert (name, ask(connection, name, fiat="BOB")) == (name, [])
    assert ask(connection, "depth_near_best")
    sides = connection.execute("SELECT DISTINCT currency_code FROM market_best").fetchall()
    assert sides == [("RUB",)]


def test_an_advertiser_was_last_seen_when_his_market_side_was_last_read(connection: Connection) -> None:
    load(connection, 0, BOB, advertiser=("bob", "only here"))
    load(connection, 3, RUB)
    refresh_views(connection, is_everything=True)
    seen = dict(connection.execute("SELECT nickname, last_seen FROM advertiser_activity").fetchall())
    assert seen["only here"] == moment_of(0)
    assert seen["trader 1"] == moment_of(3)
    # Days later, with the day that is over made: a side that nobody reads shows nobody.
    for days in (1, 2):
        load(connection, 144 * days, RUB)
    refresh_views(connection, is_everything=True)
    seen = dict(connection.execute("SELECT nickname, last_seen FROM advertiser_activity").fetchall())
    assert seen["trader 1"] == moment_of(288)
    assert seen["only here"] < moment_of(0) + timedelta(days=1)


def test_the_newest_batch_of_a_market_side_is_the_newest_that_read_it(connection: Connection) -> None:
    load(connection, 0, RUB)
    load(connection, 1, BOB)
    load(connection, 2, (), status=SweepStatus.FAILED, markets_complete=0)
    for fiat, step in (("RUB", 0), ("BOB", 1)):
        rows = ask(connection, "offers_of_a_batch", fiat=fiat)
        assert len(rows) == 10
        assert rows == ask(connection, "offers_of_a_batch", fiat=fiat, batch_id=id_of(step))
    assert ask(connection, "offers_of_a_batch", batch_id=id_of(1)) == []


def test_a_young_warehouse_does_not_call_everything_new(connection: Connection) -> None:
    day = 144
    load(connection, 0, RUB)
    refresh_views(connection, is_everything=True)
    assert ask(connection, "new_and_lost_markets") == []
    load(connection, day, SIDES)
    load(connection, 2 * day, SIDES)
    refresh_views(connection, is_everything=True)
    assert ask(connection, "new_and_lost_markets") == []
    # With something to hold against, the first day against the two after it.
    rows = ask(connection, "new_and_lost_markets", days=2)
    assert {(row["currency_code"], row["what"]) for row in rows} == {("BOB", "appeared")}


def test_what_the_first_batch_of_a_fiat_finds_did_not_appear_then(connection: Connection) -> None:
    day = 144
    load(connection, 0, RUB[1:])
    load(connection, 1, RUB)
    load(connection, 2, BOB)
    load(connection, day, SIDES[:-1])
    load(connection, 2 * day, SIDES)
    refresh_views(connection, is_everything=True)
    appeared = dict(
        connection.execute(
            "SELECT currency_code || ' ' || symbol || ' ' || trade_type, offers_appeared FROM market_change_days "
            "JOIN dim_fiat_currencies USING (fiat_id) JOIN dim_cryptocurrencies USING (crypto_id) WHERE day = %s",
            [moment_of(0).replace(hour=0)],
        ).fetchall()
    )
    # A market side that came after the fiat was read before is new.
    assert appeared == {
        "RUB USDT BUY": 10, "RUB USDT SELL": 0, "RUB BTC BUY": 0, "RUB BTC SELL": 0, "BOB USDT BUY": 0,
        "BOB USDT SELL": 0,
    }  # fmt: skip
    assert [row["offers_appeared"] for row in ask(connection, "offer_turnover")] == [10, 0]


def test_errors_and_readings_are_of_the_same_days(connection: Connection) -> None:
    # 23:40 and 23:50 of the first day, midnight and 00:10 of the second; each batch has one error in RUB.
    for step in (70, 71, 72, 73):
        load(connection, step, RUB)
    refresh_views(connection, is_everything=True)
    for days, batches in ((1, 2), (2, 4)):
        [row] = ask(connection, "error_rates", days=days)
        assert (row["errors"], row["readings"]) == (batches, batches * len(RUB))
    [row] = ask(connection, "error_rates", days=1, until=moment_of(70))
    assert (row["errors"], row["readings"]) == (2, 2 * len(RUB))


def test_volatility_is_of_whole_days_up_to_the_one_asked_for(connection: Connection) -> None:
    for step in (0, 6, 12, 144, 150, 156):
        load(connection, step, RUB)
    refresh_views(connection, is_everything=True)
    for days, until, expected in ((1, 150, 1), (2, 150, 2), (1, 6, 1), (2, 6, 1), (1, 72, 1), (2, 72, 2)):
        rows = ask(connection, "most_volatile_markets", days=days, until=moment_of(until))
        assert {row["days"] for row in rows} == {expected}


def test_a_round_trip_needs_no_market_elsewhere_and_two_assets_need_both_sides_there(connection: Connection) -> None:
    load(connection, 0, SIDES)
    refresh_views(connection)
    pairs = {(row["buy"], row["sell"]): row for row in ask(connection, "asset_arbitrage", reference_fiat="BOB")}
    # Nobody trades BTC for BOB.
    assert pairs.keys() == {("USDT", "USDT"), ("BTC", "BTC")}
    trip = pairs["BTC", "BTC"]
    assert trip["gain"] == pytest.approx(float(trip["sell_price"] / trip["buy_price"] - 1))
    assert len(ask(connection, "asset_arbitrage", reference_fiat="RUB")) == 4
    # A market of which only one side has offers says not what the asset is worth.
    load(connection, 144, RUB)
    load(connection, 289, RUB[:3])
    refresh_views(connection)
    pairs = {(row["buy"], row["sell"]): row for row in ask(connection, "asset_arbitrage", reference_fiat="RUB")}
    assert pairs.keys() == {("USDT", "USDT")}


def test_an_advertiser_who_took_a_new_name_is_one_of_the_biggest_once(connection: Connection) -> None:
    load(connection, 0, RUB, advertiser=("a", "old name"))
    load(connection, 1, RUB[:2], advertiser=("a", "new name"))
    rows = [row for row in ask(connection, "biggest_advertisers") if row["advertiser_id"] == "a"]
    assert [(row["nickname"], row["offers"]) for row in rows] == [("new name", 2)]
