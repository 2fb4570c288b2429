"""Every question's answer is what counting the shown offers by hand gives."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import mean, median_low, pvariance
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from p2p_pipeline.p2p.capture.sweeps.report import batch_id_of
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.warehouse.questions.catalogue import answer, question_named
from p2p_pipeline_tests.p2p.warehouse.questions.conftest import FIATS, FIRST
from p2p_pipeline_tests.p2p.warehouse.questions.shown import Shown, better, can_be_filled, side_of

Connection = psycopg.Connection[Any]
RUB_ASKS = side_of("RUB")


def near(expected: Any) -> Any:
    """Equal but for rounding."""
    return pytest.approx(expected, rel=1e-9, abs=1e-12)


def ask(connection: Connection, name: str, **given: Any) -> list[dict[str, Any]]:
    found = answer(connection, question_named(name), **given)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_the_best_price_for_an_amount_by_payment_method(asking: Connection, shown: Shown, side: str) -> None:
    takes = [o for o in shown.book(side_of("RUB", side=side)) if o.min_fiat <= 5000 <= o.max_fiat]
    expected = {
        method: (len(mine), better(Side(side), [offer.price for offer in mine]))
        for method in {payment.native_id for offer in takes for payment in offer.payments}
        if (mine := [offer for offer in takes if method in {payment.native_id for payment in offer.payments}])
    }
    rows = ask(asking, "best_price_by_payment_method", side=side, amount=5000)
    assert len(expected) > 3
    assert {row["method_code"]: (row["offers"], row["best_price"]) for row in rows} == expected
    prices = {offer.offer_id: offer.price for offer in takes}
    assert all(prices[row["best_offer"]] == row["best_price"] for row in rows)
    assert rows[0]["best_price"] == better(Side(side), [row["best_price"] for row in rows])


def test_the_history_of_a_market_by_hour(asking: Connection, shown: Shown) -> None:
    rows = {row["hour"]: row for row in ask(asking, "market_history", days=2)}
    buy, sell = (shown.hourly_best(side_of("RUB", side=side), 2) for side in ("BUY", "SELL"))
    medians = shown.hourly_median(RUB_ASKS, 2)
    assert rows.keys() == buy.keys() == sell.keys()
    assert len(rows) == 16
    for hour, row in rows.items():
        assert row["best_buy_price"] == near(buy[hour])
        assert row["median_buy_price"] == near(medians[hour])
        assert row["spread_share"] == near(1 - sell[hour] / buy[hour])


@pytest.mark.parametrize("zone", ["UTC", "America/La_Paz"])
def test_the_cheapest_hours_are_held_against_their_own_day(asking: Connection, shown: Shown, zone: str) -> None:
    local = {hour.astimezone(ZoneInfo(zone)): price for hour, price in shown.hourly_best(RUB_ASKS, 30).items()}
    days: dict[Any, list[float]] = defaultdict(list)
    for hour, price in local.items():
        days[hour.date()].append(price)
    deviations: dict[tuple[int, int], list[float]] = defaultdict(list)
    for hour, price in local.items():
        deviations[hour.isoweekday(), hour.hour].append(price / mean(days[hour.date()]) - 1)
    rows = ask(asking, "cheapest_hours", time_zone=zone)
    found = {(row["weekday"], row["hour_of_day"]): row["deviation"] for row in rows}
    assert found == near({key: mean(values) for key, values in deviations.items()})
    assert [row["deviation"] for row in rows] == sorted(row["deviation"] for row in rows)


def _middle(shown: Shown, fiat: str, asset: str) -> Decimal | None:
    medians = [shown.median(side_of(fiat, asset, side), shown.newest) for side in ("BUY", "SELL")]
    return None if None in medians else mean(medians)  # type: ignore[type-var]


def test_the_premium_is_held_against_the_rate_people_filled_in_and_else_against_another_asset(
    asking: Connection, shown: Shown
) -> None:
    asking.execute(
        "INSERT INTO reference_rates VALUES ('RUB', '2026-10-20', 79, 'old'), ('RUB', '2026-10-23', 80, 'bank')"
    )
    asking.execute("SELECT refresh_market_view('fiat_premium')")
    rows = {row["currency_code"]: row for row in ask(asking, "premium_ranking", minimum_offers=1)}
    rate = _middle(shown, "RUB", "USDT")
    assert rate is not None
    assert rows["RUB"]["p2p_units_per_usdt"] == rate
    assert (rows["RUB"]["reference"], rows["RUB"]["premium"]) == ("bank", pytest.approx(float(rate / 80 - 1)))
    asset = rows["VND"]["reference"].removeprefix("implied by ")
    there, dollars, dong = (_middle(shown, *market) for market in (("VND", asset), ("USD", asset), ("VND", "USDT")))
    assert there
    assert dollars
    assert dong
    assert rows["VND"]["premium"] == pytest.approx(float(dong / (there / dollars) - 1))
    premiums = [row["premium"] for row in ask(asking, "premium_ranking", minimum_offers=1)]
    assert premiums == sorted(premiums, reverse=True)


def test_volatility_is_that_of_hourly_returns_within_each_day(asking: Connection, shown: Shown) -> None:
    days: dict[Any, list[float]] = defaultdict(list)
    for hour, price in shown.hourly_median(RUB_ASKS, 30).items():
        days[hour.date()].append(price)
    returns = [[math.log(b / a) for a, b in pairwise(prices)] for prices in days.values()]
    assert {len(day) for day in returns} == {7, 1}  # the last day just began
    variance = sum(pvariance(day) * len(day) for day in returns) / sum(map(len, returns))
    rows = ask(asking, "most_volatile_markets", days=30, markets=99)
    [mine] = [row for row in rows if (row["currency_code"], row["symbol"]) == ("RUB", "USDT")]
    assert mine["daily_volatility"] == near(math.sqrt(24 * variance))
    assert [row["daily_volatility"] for row in rows] == sorted((r["daily_volatility"] for r in rows), reverse=True)


def test_the_biggest_advertisers_and_how_concentrated_they_are(asking: Connection, shown: Shown) -> None:
    volumes: Counter[str | None] = Counter()
    for offer in shown.fiat_offers("RUB", "BUY"):
        volumes[offer.advertiser_id] += offer.available_asset * offer.price  # type: ignore[assignment]
    total = sum(volumes.values())
    rows = ask(asking, "biggest_advertisers", advertisers=5)
    assert [(row["advertiser_id"], row["volume"]) for row in rows] == volumes.most_common(5)
    assert rows[0]["share"] == near(float(volumes.most_common(1)[0][1] / total))
    hhi = sum(float(volume / total) ** 2 for volume in volumes.values())
    assert [row["hhi"] for row in rows] == near([hhi] * 5)


LAST_MIDNIGHT = FIRST + timedelta(days=3)


def test_how_long_offers_stay_unchanged(asking: Connection, shown: Shown) -> None:
    lengths = [
        (span.ends - span.begins).total_seconds() / 60
        for spans in shown.spans[RUB_ASKS]
        for span in spans
        if span.ends is not None and span.ends < LAST_MIDNIGHT
    ]
    rows = ask(asking, "unchanged_times")
    assert len(lengths) > 50
    assert [row["up_to_minutes"] for row in rows] == [10, 20, 30, 60, 120, 240, 480, 1440, 2880, None]
    for row in rows:
        share = sum(length <= (row["up_to_minutes"] or math.inf) for length in lengths) / len(lengths)
        assert row["share_up_to"] == pytest.approx(share)


def test_the_turnover_of_offers_a_day(asking: Connection, shown: Shown) -> None:
    rows = ask(asking, "offer_turnover")
    assert [row["day"] for row in rows] == [FIRST + timedelta(days=number) for number in range(3)]
    for row in rows:

        def is_today(moment: datetime | None, day: datetime = row["day"]) -> bool:
            return moment is not None and day <= moment < day + timedelta(days=1)

        spans = [span for offer in shown.spans[RUB_ASKS] for span in offer]
        changes = [(a, b) for a, b in shown.changes(RUB_ASKS) if is_today(b.begins)]
        price_changes = sum(before.offer.price != after.offer.price for before, after in changes)
        assert row["price_changes"] == price_changes > 0
        assert row["other_changes"] == len(changes) - price_changes
        # What the first sweep of all showed was there before.
        found = len(shown.book(RUB_ASKS, FIRST)) if row["day"] == FIRST else 0
        assert row["offers_appeared"] == sum(is_today(span.begins) for span in spans) - len(changes) - found
        assert row["offers_gone"] == sum(is_today(span.ends) for span in spans) - len(changes)
        average = mean(len(shown.book(RUB_ASKS, start)) for start in shown.sweeps if is_today(start))
        assert row["avg_offers"] == pytest.approx(average, rel=1e-5)
        assert row["turnover"] == pytest.approx((row["offers_appeared"] + row["offers_gone"]) / 2 / average, rel=1e-5)


def test_the_price_changes_of_an_advertiser(asking: Connection, shown: Shown) -> None:
    changes = [
        (after.begins, after.offer.offer_id, before.offer.price, after.offer.price, after.offer.advertiser_id)
        for market_side in shown.sides
        for before, after in shown.changes(market_side)
        if before.offer.price != after.offer.price
    ]
    busiest = Counter(change[4] for change in changes if change[0] > shown.newest - timedelta(days=2)).most_common(1)
    [(advertiser, count)] = busiest
    rows = ask(asking, "advertiser_price_changes", advertiser_id=advertiser, days=2, changes=10_000)
    found = {(row["changed_at"], row["offer_external_id"], row["price_before"], row["price"]) for row in rows}
    expected = {c[:4] for c in changes if c[4] == advertiser and c[0] > shown.newest - timedelta(days=2)}
    assert count > 10
    assert found == expected
    assert ask(asking, "advertiser_price_changes", changes=5)


def test_the_offers_of_a_batch_are_those_that_were_shown(asking: Connection, shown: Shown) -> None:
    for at in list(shown.sweeps)[::9]:
        rows = ask(asking, "offers_of_a_batch", batch_id=batch_id_of(at))
        expected = {
            offer.offer_id: (offer.price, offer.available_asset, offer.min_fiat, offer.max_fiat, offer.advertiser_name,
                             offer.orders_30d, offer.completion_rate)
            for offer in shown.book(RUB_ASKS, at)
        }  # fmt: skip
        columns = ("price", "available_amount", "min_limit", "max_limit", "nickname", "orders_30d", "completion_rate")
        assert {row["offer_external_id"]: tuple(row[name] for name in columns) for row in rows} == expected
        assert [row["price"] for row in rows] == sorted(row["price"] for row in rows)


def test_the_offers_of_a_batch_leave_out_what_a_partial_reading_did_not_show(asking: Connection, shown: Shown) -> None:
    [(gone, offer_id)] = asking.execute(
        "SELECT offer_external_id, offer_id FROM fact_offers JOIN dim_fiat_currencies USING (fiat_id) WHERE batch_id = "
        "(SELECT max(batch_id) FROM ops_batch_runs) AND currency_code = 'RUB' AND trade_type = 'BUY' AND crypto_id = "
        "(SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = 'USDT') LIMIT 1"
    ).fetchall()
    asking.execute("INSERT INTO offer_gaps VALUES (%s, %s)", [shown.newest, offer_id])
    found = {row["offer_external_id"] for row in ask(asking, "offers_of_a_batch")}
    assert found == {offer.offer_id for offer in shown.book(RUB_ASKS)} - {gone}


def test_a_batch_that_did_not_read_the_market_has_no_offers_of_it(asking: Connection, shown: Shown) -> None:
    asking.execute("DELETE FROM fact_market_depth WHERE extraction_timestamp >= %s", [shown.newest])
    assert ask(asking, "offers_of_a_batch", batch_id=batch_id_of(shown.newest)) == []


def test_which_payment_methods_carry_how_much(asking: Connection, shown: Shown) -> None:
    offers = shown.fiat_offers("VND", "SELL")
    total = sum(offer.available_asset * offer.price for offer in offers)
    volumes: dict[str, Decimal] = defaultdict(Decimal)
    for offer in offers:
        for payment in offer.payments:
            volumes[payment.native_id] += offer.available_asset * offer.price
    rows = ask(asking, "payment_method_volumes", fiat="VND", side="SELL")
    assert {row["method_code"]: row["volume"] for row in rows} == volumes
    assert rows[0]["share"] == pytest.approx(float(max(volumes.values()) / total))


def test_how_much_there_is_near_the_best_price(asking: Connection, shown: Shown) -> None:
    offers = [offer for offer in shown.book(RUB_ASKS) if can_be_filled(offer)]
    best = min(offer.price for offer in offers)
    rows = ask(asking, "depth_near_best", percents=[Decimal("0.5"), Decimal(3), Decimal(30)])
    for row in rows:
        near = [offer for offer in offers if offer.price <= best * (1 + row["percent"] / 100)]
        assert row["best_price"] == best
        assert (row["offers"], row["available_amount"]) == (len(near), sum(offer.available_asset for offer in near))
        assert row["most_fiat_at_once"] == sum(offer.max_fiat for offer in near)
        assert row["highest_price"] == max(offer.price for offer in near)
    assert [row["percent"] for row in rows] == [Decimal("0.5"), 3, 30]


def test_what_buying_one_asset_and_selling_another_brings(asking: Connection, shown: Shown) -> None:
    rows = {(row["buy"], row["sell"]): row for row in ask(asking, "asset_arbitrage", amount=3000)}
    prices = {}
    for asset in ("USDT", "BTC"):
        for side in ("BUY", "SELL"):
            market_side = side_of("RUB", asset, side)
            takes = [o.price for o in shown.book(market_side) if o.min_fiat <= 3000 <= o.max_fiat]
            prices[asset, side] = better(market_side.side, takes)
    buy, sell = prices["USDT", "BUY"], prices["BTC", "SELL"]
    worths = [_middle(shown, "USD", asset) for asset in ("USDT", "BTC")]
    assert buy
    assert sell
    assert worths[0]
    assert worths[1]
    gain = (sell / worths[1]) / (buy / worths[0]) - 1
    assert rows["USDT", "BTC"]["gain"] == near(float(gain))
    assert rows["USDT", "USDT"]["sell_price"] == prices["USDT", "SELL"]


def test_the_cross_rate_of_two_fiats(asking: Connection, shown: Shown) -> None:
    rows = {row["hour"]: row["rate"] for row in ask(asking, "cross_rate", days=3)}
    bought, sold = shown.hourly_best(RUB_ASKS, 3), shown.hourly_best(side_of("VND", side="SELL"), 3)
    assert rows == near({hour: sold[hour] / bought[hour] for hour in bought.keys() & sold.keys()})


def test_markets_that_appeared_and_disappeared(asking: Connection, shown: Shown) -> None:
    until = FIRST + timedelta(days=3)
    expected = set()
    for market_side in shown.sides:
        days = [
            any(shown.book(market_side, start) for start in shown.sweeps if start.date() == (until - one).date())
            for one in (timedelta(days=1), timedelta())
        ]
        if days[0] != days[1]:
            what = "appeared" if days[1] else "disappeared"
            expected.add((market_side.market.fiat, market_side.market.asset, market_side.side.value, what))
    # The day at `until` itself against the one before it.
    rows = ask(asking, "new_and_lost_markets", days=1, until=until)
    assert expected
    assert {(r["currency_code"], r["symbol"], r["trade_type"], r["what"]) for r in rows} == expected


def test_teasers_are_far_better_than_the_weighted_price(asking: Connection, shown: Shown) -> None:
    expected = {}
    for side in ("BUY", "SELL"):
        for asset in ("USDT", "BTC", "ETH"):
            offers = shown.book(side_of("RUB", asset, side))
            volume = sum(offer.available_asset for offer in offers)
            if volume:
                weighted = sum(offer.price * offer.available_asset for offer in offers) / volume
                for offer in offers:
                    gain = (weighted - offer.price if side == "BUY" else offer.price - weighted) / weighted
                    if gain >= Decimal("0.03"):
                        expected[offer.offer_id] = can_be_filled(offer)
    rows = [row for row in ask(asking, "teasers") if row["symbol"] in ("USDT", "BTC", "ETH")]
    assert {row["offer_external_id"]: row["can_be_filled"] for row in rows} == expected
    assert expected


def test_the_completeness_of_batches_a_day(asking: Connection, shown: Shown) -> None:
    asking.execute(
        "UPDATE ops_batch_runs SET status = 'partial', markets_complete = markets / 2 WHERE batch_start_time = %s",
        [FIRST],
    )
    first, *others = ask(asking, "batch_completeness")
    assert (first["batches"], first["complete_batches"]) == (16, 15)
    assert first["complete_share"] == pytest.approx(1 - 0.5 / 16)
    assert all(row["complete_share"] == 1 for row in others)
    assert first["longest_gap"] == timedelta(hours=2, minutes=30)
    offers = sum(len(book) for start, books in shown.sweeps.items() if start.date() == FIRST.date()
                 for book in books.values())  # fmt: skip
    assert first["offers"] == offers


def test_the_error_rate_by_fiat(asking: Connection, shown: Shown) -> None:
    for number, (fiat, is_resolved) in enumerate([("RUB", True), ("RUB", False), ("VND", True)]):
        asking.execute(
            "INSERT INTO ops_extraction_errors (batch_id, error_timestamp, fiat_code, error_type, error_message, "
            "retry_count, is_resolved) VALUES (%s, %s, %s, 'timeout', 'late', 0, %s)",
            [batch_id_of(list(shown.sweeps)[number]), FIRST, fiat, is_resolved],
        )
    rows = ask(asking, "error_rates", days=30)
    readings = len(shown.sweeps) * sum(side.market.fiat == "RUB" for side in shown.sides)
    assert [(row["fiat_code"], row["errors"], row["unresolved"]) for row in rows] == [("RUB", 2, 1), ("VND", 1, 0)]
    assert rows[0]["errors_a_reading"] == pytest.approx(2 / readings)


def test_merchants_against_others(asking: Connection, shown: Shown) -> None:
    rows = {row["is_merchant"]: row for row in ask(asking, "merchant_difference")}
    for is_merchant, row in rows.items():
        mine = [o for o in shown.book(RUB_ASKS) if o.is_merchant == is_merchant and can_be_filled(o)]
        assert row["offers"] == len(mine)
        assert row["advertisers"] == len({offer.advertiser_id for offer in mine})
        assert row["median_price"] == median_low([offer.price for offer in mine])
        assert row["best_price"] == min(offer.price for offer in mine)
    assert len(rows) == 2


def test_the_names_of_an_advertiser(asking: Connection, shown: Shown) -> None:
    names: dict[str | None, list[tuple[str | None, datetime]]] = defaultdict(list)
    for start, books in shown.sweeps.items():
        for offers in books.values():
            for read in offers:
                mine = names[read.offer.advertiser_id]
                if not mine or mine[-1][0] != read.offer.advertiser_name:
                    mine.append((read.offer.advertiser_name, start))
    advertiser = max(names, key=lambda one: len(names[one]))
    rows = ask(asking, "nickname_history", advertiser_id=advertiser)
    assert len(rows) > 1
    assert [(row["nickname"], row["effective_date"]) for row in rows] == names[advertiser]
    assert [row["is_current"] for row in rows] == [False] * (len(rows) - 1) + [True]
    assert len(ask(asking, "nickname_history")) > 1


def test_all_fiats_were_looked_at(shown: Shown) -> None:
    assert {side.market.fiat for side in shown.sides} == set(FIATS)
    assert shown.newest == datetime(2026, 10, 24, 3, 30, tzinfo=UTC)
