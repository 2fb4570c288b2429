"""The quick way to the table of offers gives what reading record by record gives, whatever a venue sends."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.p2p.markets import Market, Offer, Side
from p2p_pipeline.p2p.raw.capture import Outcome
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.recordings import import_recording
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import Damage, StoredSnapshot
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.history import HistoryPlan, generate_history
from p2p_pipeline.p2p.venues.binance_ordinary import BINANCE_ADS
from p2p_pipeline.p2p.venues.bybit_ordinary import BYBIT_ADS
from p2p_pipeline.p2p.venues.ordinary_pages import OrdinaryAds
from p2p_pipeline_tests.p2p.binance_answers import captures
from p2p_pipeline_tests.p2p.mutations import mutate
from p2p_pipeline_tests.p2p.offers.both_ways import BothWays, stored
from p2p_pipeline_tests.p2p.venues.answers import binance_ad, bybit_ad, recorded
from p2p_pipeline_tests.shared_files import RECORDINGS

START = datetime(2024, 10, 25, tzinfo=UTC)
MARKETS = {"binance": Market("binance", "USDT", "BOB"), "bybit": Market("bybit", "USDT", "RUB")}
ADS: dict[str, OrdinaryAds] = {"binance": BINANCE_ADS, "bybit": BYBIT_ADS}
VALUES: tuple[Any, ...] = (
    None, "", "0", "1", "-1", 0, -1, 1, 1.0, True, False, -0.0, 0.0, 10, 10.0, "10", 12, 13, 2**53, 2**64, 10**400,
    0.5, "0.97", "97%", "97", 97, 96.5, 1e22, "85.50", "8550", "0.000000000001", "0.0000000000001", "1,000.00", "1e3",
    "9" * 20, "9" * 21, "1" + "0" * 16, "USDT", "BTC", "RUB", "BOB", "BUY", "SELL", "VA", "ORG", "merchant",
    "MASS_MERCHANT", "Promoted", "x" * 201, "a\u0000b", "💰", "только Сбер, кроме Альфы", "\u202e", [], {}, ["VA"],
    ["14", "40"], [None], ["14", 15], {"currency": {"scale": 3}, "token": {"scale": 5}},
    {"currency": {"scale": 2}, "token": {}}, {"currency": None}, {"currency": {"scale": True}, "token": {"scale": 2.0}},
    {"hasUnPostAd": 1}, {"new": 1}, {"paymentType": "14"}, [{"identifier": "BANK"}],
    [{"payType": "BANK", "tradeMethodName": "Zinli"}], [{"identifier": None}], [{"new": 1}], [[[[[1]]]]],
)  # fmt: skip
"""What a field may hold: as it should be, as it was in other years, and as it must not be."""
UNREAD: tuple[Any, ...] = (None, "x" * 201, 96.5, 10**400, [{"new": 1}], ...)


@pytest.fixture
def both_ways(monkeypatch: pytest.MonkeyPatch) -> BothWays:
    return BothWays(monkeypatch)


def whole_ad(venue: str, number: int) -> dict[str, Any]:
    """An ad with every usual field."""
    if venue == "binance":
        return binance_ad(advNo=str(10**19 + number), remarks=None)
    symbol = {"currency": {"scale": 2}, "token": {"scale": 4}, "buyAd": {"paymentPeriods": [15]}, "sellAd": None}
    names = {"id": str(10**18 + number), "userMaskId": f"s{number}"}
    return bybit_ad(**names, symbolInfo=symbol, tradingPreferenceSet={"isKyc": 1})


def places(venue: str) -> list[str]:
    """The paths of all fields an ad may have, read or not."""
    levels = ADS[venue].shape.ad.items()
    return ["new", *sorted(f"{path}.{name}".lstrip(".") for path, level in levels for name in level.known)]


def put(ad: dict[str, Any], path: str, value: Any) -> None:
    """Set a field by its path; `...` removes it."""
    *way, name = path.split(".")
    inside: Any = ad
    for level in way:
        inside = inside.get(level)
    if not isinstance(inside, dict):
        return
    if value is ...:
        inside.pop(name, None)
    else:
        inside[name] = value


def answer(venue: str, ads: list[Any], total: Any = 1) -> bytes:
    """A success answer; not by orjson, for a number may be longer than 64 bits."""
    if venue == "binance":
        said: dict[str, Any] = {"code": "000000", "message": None, "data": ads, "total": total, "success": True}
    else:
        said = {
            "ret_code": 0,
            "ret_msg": "SUCCESS",
            "result": {"count": total, "items": ads},
            "time_now": "1741761340.01",
        }
    return json.dumps(said, ensure_ascii=False).encode()


@st.composite
def changed_pages(draw: st.DrawFn, venue: str) -> list[bytes]:
    """Pages of ads that have a few of their fields changed, and now and then broken bytes."""
    changes = st.tuples(st.sampled_from(places(venue)), st.sampled_from((*VALUES, ...)))
    pages = []
    for _ in range(draw(st.integers(1, 2))):
        ads = []
        for number in draw(st.lists(st.integers(0, 5), max_size=4)):
            ads.append(whole_ad(venue, number))
            for path, value in draw(st.one_of(st.just([]), st.just([]), st.lists(changes, max_size=2))):
                put(ads[-1], path, value)
        body = answer(venue, ads, draw(st.sampled_from((None, 0, 1, 1, 2, 3, 40, 40, "3"))))
        if draw(st.integers(0, 11)) == 11:
            body = mutate(body, random.Random(draw(st.integers(0, 2**32))))
        pages.append(body)
    return pages


def snapshot(number: int, bodies: list[bytes], market: Market, **changed: Any) -> StoredSnapshot:
    side = changed.pop("side", Side.BUY)
    return stored(captures(START + timedelta(seconds=30 * number), *bodies, side=side, market=market, **changed))


@pytest.mark.parametrize("venue", MARKETS)
def test_both_ways_agree_whatever_fields_are_changed(venue: str, both_ways: BothWays) -> None:
    seen = {"quick": 0, "left over": 0}

    @settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(changed_pages(venue), min_size=1, max_size=4))
    def check(sweeps: list[list[bytes]]) -> None:
        snapshots = [snapshot(number, bodies, MARKETS[venue]) for number, bodies in enumerate(sweeps)]
        both_ways.compare(snapshots, MARKETS[venue])
        seen["left over"] += both_ways.left_over
        seen["quick"] += len(snapshots) - both_ways.left_over

    check()
    # Both must have had much to do, or agreeing says nothing.
    assert min(seen.values()) > 25


@pytest.mark.parametrize("venue", MARKETS)
def test_each_field_alone_decides_nothing_that_the_quick_way_does_not_see(venue: str, both_ways: BothWays) -> None:
    # Beside a whole ad whose parts are all known by then: only a difference that is seen counts.
    bodies = [answer(venue, [whole_ad(venue, 1)])]
    for path in places(venue):
        for value in (*VALUES, ...) if path in ADS[venue].shape.ad_fields else UNREAD:
            ad = whole_ad(venue, 1)
            put(ad, path, value)
            bodies.append(answer(venue, [ad]))
    snapshots = [snapshot(number, [body], MARKETS[venue]) for number, body in enumerate(bodies)]
    both_ways.compare(snapshots, MARKETS[venue])
    assert len(bodies) / 20 < both_ways.left_over < len(bodies) * 19 / 20


@pytest.mark.parametrize("venue", MARKETS)
def test_every_property_of_an_offer_is_decided_by_one_part_of_its_ad(venue: str) -> None:
    of_market = {"asset", "fiat", "side"}
    decided = [name for part in ADS[venue].parts for name in part.properties]
    assert sorted(decided) == sorted({field.name for field in fields(Offer)} - of_market)
    assert set(ADS[venue].shape.ad_fields) == {path for part in ADS[venue].parts for path in part.fields}


@pytest.mark.parametrize("venue", MARKETS)
def test_a_simulated_day_is_read_the_quick_way_and_agrees(venue: str, tmp_path: Path, both_ways: BothWays) -> None:
    plan = HistoryPlan((MARKETS[venue],), 0.02, timedelta(minutes=1), datetime(2026, 9, 2, tzinfo=UTC))
    generate_history(RawStore(tmp_path), plan, CatalogueOptions())
    reader = RawReader(tmp_path)
    (day,) = reader.days()
    rows = both_ways.compare(list(reader.read(day, MARKETS[venue].key)), MARKETS[venue])
    assert rows.offers.num_rows > 500
    assert both_ways.left_over == 0


@recorded
@pytest.mark.parametrize(("name", "day"), [("binance_usdt_bob_2024-10", 3), ("binance_usdt_bob_usd_2026-08", 0)])
def test_recorded_days_agree(name: str, day: int, tmp_path: Path, both_ways: BothWays) -> None:
    import_recording(RECORDINGS / f"{name}.jsonl.gz", RawStore(tmp_path))
    reader = RawReader(tmp_path)
    chosen = reader.days()[day]
    for key in reader.file_keys(chosen):
        assert both_ways.compare(list(reader.read(chosen, key)), Market.parse(key)).offers.num_rows > 100


def test_ads_shown_twice_failed_pages_damage_and_empty_books_count_as_record_by_record(both_ways: BothWays) -> None:
    market = MARKETS["bybit"]
    first, second = ([whole_ad("bybit", number) for number in numbers] for numbers in ((1, 2, 3), (3, 4, 1)))
    failed = snapshot(3, [b""], market, outcome=Outcome.TIMEOUT, status=None)
    listed = snapshot(5, [answer("bybit", first)], market, asset=None)
    snapshots: list[StoredSnapshot | Damage] = [
        snapshot(0, [answer("bybit", first, 6), answer("bybit", second, 6)], market),
        Damage("2024-10-25/bybit.USDT-RUB.jsonl", 7, 3, "torn"),
        snapshot(1, [answer("bybit", [*first, {**first[0], "price": "86.00"}, 7])], market),
        snapshot(2, [answer("bybit", [])], market),
        failed,
        snapshot(4, [answer("bybit", second)], market, status=429),
        listed,
        snapshot(6, [answer("bybit", [{**first[1], "side": "0"}])], market, side=Side.SELL),
    ]
    rows = both_ways.compare(snapshots, market)
    assert rows.snapshots["duplicates"].to_pylist()[:2] == [2, 1]
    assert both_ways.left_over == 3


def test_the_names_of_payment_methods_are_those_of_each_snapshots_time(both_ways: BothWays) -> None:
    market = MARKETS["bybit"]
    bodies = [answer("bybit", [whole_ad("bybit", 1), whole_ad("bybit", 2)])]
    snapshots = [snapshot(number, bodies, market) for number in range(4)]

    def names_at(moment: datetime) -> Mapping[str, str]:
        return {"14": "Tinkoff" if moment.second == 0 else "Sberbank"}

    rows = both_ways.compare(snapshots, market, names_at)
    assert len({tuple(codes) for codes in rows.offers["payment_methods"].to_pylist()}) == 2
    assert both_ways.left_over == 0


def test_offers_that_the_table_refuses_are_quarantined_the_same(
    both_ways: BothWays, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failures(self: Table, rows: pa.Table) -> dict[int, list[str]]:
        ids = rows["offer_id"].to_pylist() if self.name == "offers" else []
        return {place: ["price: must be above 0"] for place, name in enumerate(ids) if name.endswith("3")}

    monkeypatch.setattr(Table, "failures", failures)
    market = MARKETS["binance"]
    bodies = [answer("binance", [whole_ad("binance", number) for number in range(5)])]
    rows = both_ways.compare([snapshot(number, bodies, market) for number in range(3)], market)
    assert rows.quarantine.num_rows == 3
    assert rows.snapshots["offers"].to_pylist() == [4, 4, 4]


def test_fields_in_another_order_or_an_answer_without_any_first_are_read_the_quick_way(both_ways: BothWays) -> None:
    market = MARKETS["binance"]
    turned = [
        {"advertiser": ad["advertiser"], "adv": dict(reversed(ad["adv"].items()))} for ad in [whole_ad("binance", 1)]
    ]
    bodies = [[], [whole_ad("binance", 2)], turned]
    both_ways.compare([snapshot(n, [answer("binance", ads)], market) for n, ads in enumerate(bodies)], market)
    assert both_ways.left_over == 1


def test_an_answer_that_is_nested_too_deep_for_one_reader_is_so_for_both(both_ways: BothWays) -> None:
    market = MARKETS["binance"]
    ad = whole_ad("binance", 1)
    body = answer("binance", [ad]).replace(b'"classify": "mass"', b'"classify": ' + b"[" * 900 + b"]" * 900)
    rows = both_ways.compare([snapshot(0, [answer("binance", [ad])], market), snapshot(1, [body], market)], market)
    assert rows.offers.num_rows == 2
