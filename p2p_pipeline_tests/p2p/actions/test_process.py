"""From raw to tables: nothing lost, the same rows however they are made, and each refused record traceable."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.actions import process as process_module
from p2p_pipeline.p2p.actions.process import ProcessReport, process_days
from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.quality.trust import keys_and_counts
from p2p_pipeline.p2p.raw.capture import Capture
from p2p_pipeline.p2p.raw.recordings import import_recording
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import Settings, parse_settings
from p2p_pipeline.p2p.steps.compact import compact_closed_months
from p2p_pipeline.p2p.steps.quotes import build_quotes
from p2p_pipeline.p2p.tables import TABLES
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.p2p.binance_answers import BOB, ad, captures, page
from p2p_pipeline_tests.shared_files import CASES, RECORDINGS

DAY = date(2024, 10, 25)
NOW = datetime(2024, 10, 26, 12, tzinfo=UTC)
NOON = datetime(2024, 10, 25, 12, tzinfo=UTC)
BOB_KEY = "binance.USDT-BOB"
OF_A_MARKETS_DAY = ("snapshots", "offers", "quarantine", "quotes", "round_trips", "depth", "history", "rollups")
RECORDING = RECORDINGS / "binance_usdt_bob_2024-10.jsonl.gz"


def process(folder: Path, lake: Lake | None = None, *, full: bool = False) -> ProcessReport:
    """Process every stored day."""
    reader = RawStore(folder).reader
    place = lake or Lake(folder / "lake")
    return process_days(reader, place, reader.days(), Settings(), PaymentMap.load(), NOW, full)


def files_of(lake: Lake) -> dict[str, bytes]:
    """Every partition's bytes by its place."""
    return {str(path.relative_to(lake.root)): path.read_bytes() for path in sorted(lake.root.rglob("*.parquet"))}


def both_sides(at: datetime, count: int) -> list[list[Capture]]:
    """A BUY and a SELL snapshot with a few ads each."""
    asks = page([ad(n, price=f"10.{50 + n}") for n in range(count)])
    bids = page([ad(n, price=f"10.{40 - n}", tradeType="BUY") for n in range(count)])
    return [captures(at, asks), captures(at + timedelta(seconds=2), bids, side=Side.SELL)]


def test_each_offer_of_a_page_becomes_a_row_with_its_own_numbers(tmp_path: Path) -> None:
    RawStore(tmp_path).append(captures(NOON, page([ad(1, price="10.53", low="100", high="9000", available="50.00")])))
    process(tmp_path)
    (row,) = Lake(tmp_path / "lake").read(TABLES["offers"], DAY, BOB_KEY).to_pylist()
    assert row["price"] == Decimal("10.53")
    assert row["stated_max_fiat"] == Decimal(9000)
    assert row["max_fiat"] == Decimal("526.50")
    assert row["payment_methods"] == ["bank_transfer"]
    assert row["completion_rate"] == pytest.approx(0.97)
    assert row["snapshot_at"] == NOON + timedelta(milliseconds=200)


def test_received_is_accepted_plus_quarantined_plus_duplicates(tmp_path: Path) -> None:
    first = page([ad(1), ad(2), {"adv": "broken"}, ad(3, price="-1")], total=6)
    second = page([ad(2), ad(4)], total=6)
    RawStore(tmp_path).append(captures(NOON, first, second))
    report = process(tmp_path)
    (row,) = Lake(tmp_path / "lake").read(TABLES["snapshots"], DAY, BOB_KEY).to_pylist()
    assert (row["offers"], row["quarantined"], row["duplicates"]) == (3, 2, 1)
    assert (report.offers, report.quarantined) == (3, 2)


def test_a_quarantined_record_leads_back_to_its_bytes(tmp_path: Path) -> None:
    body = page([ad(1), ad(2, price="free")])
    store = RawStore(tmp_path)
    store.append(captures(NOON - timedelta(minutes=5), page([ad(9)])))
    store.append(captures(NOON, body))
    process(tmp_path)
    (row,) = Lake(tmp_path / "lake").read(TABLES["quarantine"], DAY, BOB_KEY).to_pylist()
    assert row["ordinal"] == 1
    assert "price" in row["detail"]
    found = store.reader.capture_at(row["raw_path"], row["byte_offset"])
    assert found.capture_id == row["capture_id"]
    assert found.body == body


def test_going_on_in_small_steps_gives_the_same_bytes_as_one_whole_rebuild(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    in_steps = Lake(tmp_path / "in_steps")
    for step in range(6):
        for snapshot in both_sides(NOON + timedelta(seconds=30 * step), 5 + step):
            store.append(snapshot)
            process(tmp_path, in_steps)
    whole = Lake(tmp_path / "whole")
    process(tmp_path, whole)
    again = Lake(tmp_path / "again")
    process(tmp_path, again, full=True)
    assert set(files_of(whole)) >= {f"{name}/date=2024-10-25/{BOB_KEY}.parquet" for name in OF_A_MARKETS_DAY}
    assert files_of(in_steps) == files_of(whole) == files_of(again)


def test_processing_compacted_days_again_writes_nothing_and_mends_what_is_damaged(tmp_path: Path) -> None:
    store, lake = RawStore(tmp_path), Lake(tmp_path / "lake")
    for step in range(3):
        for snapshot in both_sides(NOON + timedelta(seconds=30 * step), 4):
            store.append(snapshot)
    process(tmp_path, lake)
    compact_closed_months(lake, TABLES.values(), NOW + timedelta(days=60), 7)
    before = files_of(lake)
    assert [name for name in before if "date=" in name] == []
    for full in (False, True):
        process(tmp_path, lake, full=full)
        assert files_of(lake) == before
    damaged = lake.month_path(TABLES["offers"], DAY, BOB_KEY)
    damaged.write_bytes(damaged.read_bytes()[:-40])
    process(tmp_path, lake)
    assert set(files_of(lake)) - set(before) >= {f"offers/date=2024-10-25/{BOB_KEY}.parquet"}
    store.append(captures(NOON + timedelta(minutes=5), page([ad(1), ad(2)])))
    damaged.unlink()
    process(tmp_path, lake)
    whole = Lake(tmp_path / "whole")
    process(tmp_path, whole)
    for name in OF_A_MARKETS_DAY:
        assert lake.read(TABLES[name], DAY, BOB_KEY).equals(whole.read(TABLES[name], DAY, BOB_KEY))


def test_a_crash_between_two_tables_leaves_nothing_doubled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RawStore(tmp_path)
    lake = Lake(tmp_path / "lake")
    store.append(captures(NOON, page([ad(1), ad(2)])))
    process(tmp_path, lake)
    store.append(captures(NOON + timedelta(seconds=30), page([ad(1), ad(3)])))
    write = Lake.write

    def fail_at_snapshots(self: Lake, table: Table, *rest: object) -> Path:
        if table.name == "snapshots":
            raise OSError("power lost")
        return write(self, table, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Lake, "write", fail_at_snapshots)
    assert [failure.reason for failure in process(tmp_path, lake).failed] == ["OSError: power lost"]
    monkeypatch.undo()
    assert process(tmp_path, lake).offers == 4
    whole = Lake(tmp_path / "whole")
    process(tmp_path, whole)
    assert files_of(lake) == files_of(whole)


def test_a_snapshot_of_failures_only_is_counted_and_has_no_offers(tmp_path: Path) -> None:
    RawStore(tmp_path).append(captures(NOON, b"<html>Access Denied</html>", status=403))
    assert process(tmp_path).snapshots == 1
    (row,) = Lake(tmp_path / "lake").read(TABLES["snapshots"], DAY, BOB_KEY).to_pylist()
    assert (row["offers"], row["pages"], row["failed_captures"], row["is_complete"]) == (0, 0, 1, False)


def test_quotes_are_made_for_every_size_and_profile_and_say_why_not(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    for snapshot in both_sides(NOON, 3):
        store.append(snapshot)
    process(tmp_path)
    rows = Lake(tmp_path / "lake").read(TABLES["quotes"], DAY, BOB_KEY).to_pylist()
    assert {(row["side"], row["profile"]) for row in rows} == {
        (side, profile) for side in ("BUY", "SELL") for profile in ("wide", "strict")
    }
    buy = {row["amount_fiat"]: row for row in rows if row["side"] == "BUY" and row["profile"] == "wide"}
    assert buy[Decimal(1000)]["best_split_price"] == Decimal("10.50")
    assert buy[Decimal(20000)]["is_executable"] is False
    assert buy[Decimal(20000)]["reason"] == "above_total_capacity"
    trips = Lake(tmp_path / "lake").read(TABLES["round_trips"], DAY, BOB_KEY).to_pylist()
    (trip,) = [row for row in trips if row["profile"] == "wide" and row["amount_fiat"] == Decimal(1000)]
    assert trip["bought_asset"] == Decimal("95.23")
    assert trip["cost"] == pytest.approx(1 - 95.23 * 10.40 / 1000, abs=1e-5)


@pytest.mark.recordings
def test_the_recording_gives_14425_offers_in_134_snapshots_none_lost(tmp_path: Path) -> None:
    if not RECORDING.exists():
        pytest.skip("../shared/recordings is missing: the real recording can't be read")
    imported = import_recording(RECORDING, RawStore(tmp_path))
    report = process(tmp_path)
    assert (imported.snapshots, report.snapshots) == (134, 134)
    assert report.offers + report.quarantined == 14_425
    assert report.quarantined == 0
    lake = Lake(tmp_path / "lake")
    unknown = {
        name
        for partition in lake.partitions(TABLES["snapshots"])
        for row in lake.read(TABLES["snapshots"], partition.day, BOB_KEY).to_pylist()
        for name in row["unknown_fields"] + row["unknown_payments"]
    }
    assert unknown == set()


def test_a_snapshot_that_a_power_loss_took_after_it_was_read_does_not_shift_what_follows(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    lake = Lake(tmp_path / "lake")
    store.append(captures(NOON, page([ad(1)])))
    raw_file = tmp_path / "raw" / "2024-10-25" / f"{BOB_KEY}.jsonl.gz"
    size = raw_file.stat().st_size
    store.append(captures(NOON + timedelta(seconds=30), page([ad(2), ad(3), ad(4)])))
    process(tmp_path, lake)
    with raw_file.open("r+b") as file:
        file.truncate(size)
    RawStore(tmp_path).append(captures(NOON + timedelta(seconds=60), page([ad(5)])))
    assert process(tmp_path, lake).offers == 2


def test_processing_while_a_collector_appends_never_takes_half_a_snapshot_for_damage(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    lake = Lake(tmp_path / "lake")
    store.append(captures(NOON, page([ad(1)])))
    raw_file = tmp_path / "raw" / "2024-10-25" / f"{BOB_KEY}.jsonl.gz"
    whole = raw_file.read_bytes()
    store.append(captures(NOON + timedelta(seconds=30), page([ad(2)])))
    both = raw_file.read_bytes()
    raw_file.write_bytes(both[: len(whole) + 20])
    assert process(tmp_path, lake).quarantined == 0
    raw_file.write_bytes(both)
    assert process(tmp_path, lake).offers == 2


def test_quotes_follow_when_the_payment_map_learns_a_name(tmp_path: Path) -> None:
    with_profile = parse_settings("profiles: {mine: {payment_methods: [new_bank]}}\n")
    method = [{"payType": "NewBank", "identifier": "NewBank", "tradeMethodName": "New Bank"}]
    store = RawStore(tmp_path)
    store.append(captures(NOON, page([ad(1, tradeMethods=method)])))
    lake = Lake(tmp_path / "lake")
    before = PaymentMap.parse("methods: {other: {name: Other, category: bank}}")
    after = PaymentMap.parse("methods: {new_bank: {name: New Bank, category: bank}}")
    executable = []
    for payments in (before, after):
        process_days(store.reader, lake, [DAY], with_profile, payments, NOW)
        rows = lake.read(TABLES["quotes"], DAY, BOB_KEY).to_pylist()
        executable.append(next(row["is_executable"] for row in rows if row["profile"] == "mine"))
    assert executable == [False, True]


def test_another_raw_file_under_the_same_name_remakes_the_tables_instead_of_continuing_them(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    for first, folder in ((0, "a"), (2, "b")):
        store = RawStore(tmp_path / folder)
        for step in range(first, first + 4 + first):
            store.append(captures(NOON + timedelta(minutes=step), page([ad(n) for n in range(step + 1)])))
        process(tmp_path / folder, lake)
    whole = Lake(tmp_path / "whole")
    process(tmp_path / "b", whole)
    assert files_of(lake) == files_of(whole)


def test_two_writers_of_one_partition_take_turns_and_double_nothing(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    for step in range(12):
        store.append(captures(NOON + timedelta(seconds=30 * step), page([ad(n) for n in range(5)])))
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(process, tmp_path) for _ in range(4)]:
            assert done.result().offers == 60
    snapshots, offers = (Lake(tmp_path / "lake").read(TABLES[name], DAY, BOB_KEY) for name in ("snapshots", "offers"))
    assert keys_and_counts(snapshots, offers).passed


@given(
    moments=st.lists(st.integers(0, 40), min_size=1, max_size=14, unique=True),
    sides=st.lists(st.booleans(), min_size=14, max_size=14),
    cuts=st.sets(st.integers(1, 13)),
)
@settings(max_examples=this_many(4, 100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_whatever_order_and_steps_snapshots_come_the_tables_end_up_the_same(
    tmp_path_factory: pytest.TempPathFactory, moments: list[int], sides: list[bool], cuts: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("order")
    store, lake = RawStore(folder), Lake(folder / "lake")
    for number, (moment, is_buy) in enumerate(zip(moments, sides, strict=False)):
        at = NOON + timedelta(seconds=15 * moment)
        kind = {} if is_buy else {"tradeType": "BUY"}
        ads = [ad(n, price=f"10.{50 + n + moment % 7}", **kind) for n in range(1 + moment % 3)]
        store.append(captures(at, page(ads), side=Side.BUY if is_buy else Side.SELL))
        if number in cuts:
            process(folder, lake)
    process(folder, lake)
    whole = Lake(folder / "whole")
    process(folder, whole)
    assert files_of(lake) == files_of(whole)


def numbers_nobody_has() -> list[list[Capture]]:
    """Books whose sizes and prices lie at the ends of what a book counts and a table holds, one market each."""
    books = {
        Market("binance", "PEPE", "USD"): ad(
            1, "0.0000085", "10", "50000", "9000000000", tradeType="BUY", assetScale=8
        ),
        Market("binance", "BTC", "LBP"): ad(2, "9500000000", "0.01", "0.02", "1", tradeType="BUY", assetScale=8),
        Market("binance", "BTC", "ZWD"): ad(3, "9" * 15, "0", "9" * 20, "9" * 20, tradeType="BUY", assetScale=8),
        Market("binance", "WBTC", "BOB"): ad(
            4, "0.000000000001", "0", "9" * 20, "9" * 20, tradeType="BUY", assetScale=12, fiatScale=12
        ),
    }
    made = []
    for market, made_up in books.items():
        made_up["adv"] |= {"asset": market.asset, "fiatUnit": market.fiat}
        made.append(captures(NOON, page([made_up]), market=market, side=Side.SELL))
    fine = page([ad(5, price="85.123456789012"), ad(6, price="85.123456789013")])
    return [*made, captures(NOON, fine, market=BOB)]


def test_sizes_and_prices_at_the_ends_of_what_is_counted_get_a_quote_or_the_reason_why_not(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    for made in numbers_nobody_has():
        store.append(made)
    report = process(tmp_path)
    assert [(failure.market_key, failure.reason) for failure in report.failed] == []
    lake = Lake(tmp_path / "lake")
    for made in numbers_nobody_has():
        key = made[0].market_side.market.key  # type: ignore[union-attr]
        quotes = lake.read(TABLES["quotes"], DAY, key).to_pylist()
        assert quotes, key
        assert all(row["is_executable"] or row["reason"] for row in quotes), key
    reasons = {row["reason"] for row in lake.read(TABLES["quotes"], DAY, "binance.PEPE-USD").to_pylist()}
    assert reasons == {None, "beyond_counting"}
    (depth,) = lake.read(TABLES["depth"], DAY, BOB_KEY).to_pylist()
    assert depth["median_price"] == Decimal("85.123456789012")


def test_what_stops_one_market_stops_no_other_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RawStore(tmp_path)
    for made in numbers_nobody_has():
        store.append(made)
    build = build_quotes

    def breaking(lake: Lake, day: date, key: str, settings: Settings, full: bool) -> object:
        if key == "binance.BTC-ZWD":
            raise ZeroDivisionError("a bug")
        return build(lake, day, key, settings, full)

    monkeypatch.setattr(process_module, "build_quotes", breaking)
    report = process(tmp_path)
    assert [(one.day, one.market_key, one.reason) for one in report.failed] == [
        (DAY, "binance.BTC-ZWD", "ZeroDivisionError: a bug")
    ]
    assert "in breaking" in report.failed[0].trace
    assert report.partitions == 4
    assert Lake(tmp_path / "lake").read(TABLES["history"], DAY, BOB_KEY).num_rows


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not there")
@pytest.mark.parametrize(
    ("case", "quarantined"),
    [
        ("sizes-beyond-what-a-book-counts", 0),
        ("sizes-below-12-decimals", 0),
        ("prices-with-12-decimals", 0),
        ("price-of-17-digits", 1),
    ],
)
def test_a_case_of_numbers_that_stopped_processing_is_processed(tmp_path: Path, case: str, quarantined: int) -> None:
    import_recording(CASES / f"{case}.jsonl", RawStore(tmp_path))
    report = process(tmp_path)
    assert (report.failed, report.quarantined) == ((), quarantined)
    lake = Lake(tmp_path / "lake")
    for key in RawStore(tmp_path).reader.file_keys(DAY):
        quotes = lake.read(TABLES["quotes"], DAY, key).to_pylist()
        assert all(row["is_executable"] or row["reason"] for row in quotes)
        assert bool(quotes) is not bool(quarantined)
