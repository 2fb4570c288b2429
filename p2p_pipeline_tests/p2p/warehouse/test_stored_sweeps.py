"""From the raw store to the warehouse: what was swept is loaded, once, whatever broke, and the same again later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from p2p_pipeline.p2p.capture.sweeps.batches import batch_snapshots
from p2p_pipeline.p2p.capture.sweeps.report import MissingSide, SweepReport
from p2p_pipeline.p2p.capture.sweeps.spool import BatchSpool
from p2p_pipeline.p2p.markets import Market, MarketSide, Side, Source
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.repack import repack_day
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.simulator.faults import FaultName, FaultRule
from p2p_pipeline.p2p.simulator.server import running_simulator
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline.p2p.venues.wire import SearchPage
from p2p_pipeline.p2p.warehouse.batch import Batch
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.pending import load_pending
from p2p_pipeline.p2p.warehouse.read_batch import read_batch
from p2p_pipeline.p2p.warehouse.rebuild import rebuild
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseError, WarehouseServer
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import TENACIOUS, MovableClock, SmallBinance, Sweeper, still_market
from p2p_pipeline_tests.p2p.warehouse.naive import NaiveWarehouse, shown_offers

VENUE = BinanceVenue()
PAYMENTS = PaymentMap.load()


class Stored:
    """Two sweeps in a raw store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with running_simulator(still_market(total_offers=1_500)) as simulator:
            sweeper = Sweeper(folder, simulator.url)
            self.reports: list[SweepReport] = [sweeper.sweep(), sweeper.sweep()]
        self.reader = RawReader(folder)
        self.day = self.reports[0].started_at.date()

    def batches(self) -> list[Batch]:
        made = [read_batch(self.reader, report, VENUE, PAYMENTS) for report in self.reports]
        return [Batch(batch.report, batch.source, list(batch.reads)) for batch in made]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return Stored(tmp_path_factory.mktemp("swept"))


@pytest.fixture
def connection(warehouse: WarehouseServer) -> Iterator[psycopg.Connection[Any]]:
    with connect(warehouse) as opened:
        yield opened


def load(connection: psycopg.Connection[Any], stored: Stored, **options: Any) -> list[int]:
    return [
        report.batch_id for report in load_pending(connection, RawReader(stored.folder), VENUE, PAYMENTS, **options)
    ]


def test_every_stored_sweep_is_loaded_once_and_shown_as_it_was_read(
    connection: psycopg.Connection[Any], stored: Stored
) -> None:
    assert load(connection, stored) == [report.batch_id for report in stored.reports]
    assert load(connection, stored) == []
    naive = NaiveWarehouse.of(stored.batches())
    assert Counter(shown_offers(connection)) == Counter(naive.offers)
    ledger = connection.execute(
        "SELECT status, total_offers_extracted, markets_complete, requests, source "
        "FROM ops_batch_runs ORDER BY batch_id"
    ).fetchall()
    assert ledger == [
        (str(report.status), report.offers, report.markets_complete, report.requests, "simulated")
        for report in stored.reports
    ]


def test_only_days_that_were_asked_for_are_loaded(connection: psycopg.Connection[Any], stored: Stored) -> None:
    assert load(connection, stored, since=stored.day + timedelta(days=1)) == []
    assert load(connection, stored, until=stored.day - timedelta(days=1)) == []
    assert len(load(connection, stored, since=stored.day, until=stored.day)) == 2


def test_a_rebuild_gives_the_same_rows_also_from_a_repacked_day(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    stored = Stored(tmp_path)
    load(connection, stored)
    before = Counter(shown_offers(connection))
    again: list[int] = []
    planned: list[int] = []

    def rebuild_from(day: date) -> None:
        reports = rebuild(connection, RawReader(tmp_path), VENUE, PAYMENTS, day, day, planned=planned.append)
        again.extend(report.batch_id for report in reports)

    rebuild_from(stored.day)
    assert Counter(shown_offers(connection)) == before
    pack(tmp_path, stored.day)
    rebuild_from(stored.day)
    assert Counter(shown_offers(connection)) == before
    assert again == [report.batch_id for report in stored.reports] * 2
    assert planned == [2, 2]
    assert not list((RawReader(tmp_path).state_folder / "load-spool").iterdir())


def test_a_repacked_day_is_not_read_when_nothing_of_it_is_wanted_and_else_only_the_batches_that_are(
    connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = Stored(tmp_path)
    load(connection, stored)
    pack(tmp_path, stored.day)
    kept: Counter[int] = Counter()
    keep = BatchSpool.keep

    def counted(spool: BatchSpool, batch_id: int, *rest: Any) -> None:
        kept[batch_id] += 1
        keep(spool, batch_id, *rest)

    monkeypatch.setattr(BatchSpool, "keep", counted)
    assert load(connection, stored) == []
    assert not kept
    second = stored.reports[1].batch_id
    connection.execute("UPDATE ops_batch_runs SET content_digest = 'of less' WHERE batch_id = %s", [second])
    assert load(connection, stored) == [second]
    assert set(kept) == {second}


def test_a_batch_that_can_t_be_loaded_is_named_and_the_others_are_loaded_before_and_after_it_is_mended(
    connection: psycopg.Connection[Any], stored: Stored, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (report.batch_id for report in stored.reports)
    begun: list[str] = []

    def refuse_the_first(place: str) -> None:
        begun.append(place)
        if begun == ["staged", "merged"]:
            raise RuntimeError("one bad value")

    with pytest.raises(WarehouseError) as told:
        load(connection, stored, checkpoint=refuse_the_first)
    assert str(told.value).startswith(
        f"1 of 2 batches could not be loaded, the others are: batch {first} (RuntimeError: one bad value); "
    )
    assert f"batch {first} could not be loaded" in caplog.text
    assert connection.execute("SELECT batch_id FROM ops_batch_runs").fetchall() == [(second,)]
    assert load(connection, stored) == [first]
    assert Counter(shown_offers(connection)) == Counter(NaiveWarehouse.of(stored.batches()).offers)


def test_what_is_wrong_with_the_server_is_told_at_once(connection: psycopg.Connection[Any], stored: Stored) -> None:
    connection.execute("REVOKE ALL ON fact_market_depth FROM p2p_loader")
    connection.commit()
    connection.execute("SET ROLE p2p_loader")
    connection.commit()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        load(connection, stored)


def pack(folder: Path, day: date) -> None:
    store = RawStore(folder, min_free_bytes=0)
    repack_day(store, day)
    assert all(store.reader.is_packed(day, key) for key in store.reader.file_keys(day))


def test_a_rebuild_of_what_the_raw_store_has_lost_is_refused_and_changes_nothing(
    connection: psycopg.Connection[Any], stored: Stored, tmp_path: Path
) -> None:
    load(connection, stored)
    before = Counter(shown_offers(connection))
    with pytest.raises(WarehouseError, match=r"no longer has 2 of the batches .* choose a later --from"):
        rebuild(connection, RawReader(tmp_path), VENUE, PAYMENTS, stored.day, stored.day)
    assert Counter(shown_offers(connection)) == before


def test_a_rebuild_of_a_day_that_retention_has_dropped_is_refused_and_changes_nothing(
    connection: psycopg.Connection[Any], stored: Stored
) -> None:
    load(connection, stored)
    before = Counter(shown_offers(connection))
    oldest = stored.day + timedelta(days=1)
    with pytest.raises(WarehouseError, match=f"is before {oldest}, the first day that warehouse.keep_days keeps"):
        rebuild(connection, RawReader(stored.folder), VENUE, PAYMENTS, stored.day, oldest, oldest=oldest)
    assert Counter(shown_offers(connection)) == before


def test_later_batches_are_told_before_anything_is_taken_out(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    clock = MovableClock()
    with running_simulator(still_market(total_offers=1_500)) as simulator:
        sweeper = Sweeper(tmp_path, simulator.url, clock)
        first = sweeper.sweep()
        clock.moved += timedelta(days=1)
        last = sweeper.sweep()
    load_pending(connection, RawReader(tmp_path), VENUE, PAYMENTS)
    before = Counter(shown_offers(connection))
    told: list[tuple[int, datetime]] = []

    def stop(count: int, until: datetime) -> None:
        told.append((count, until))
        raise KeyboardInterrupt

    day = first.started_at.date()
    with pytest.raises(KeyboardInterrupt):
        rebuild(connection, RawReader(tmp_path), VENUE, PAYMENTS, day, day, later=stop)
    assert told == [(1, last.started_at)]
    assert Counter(shown_offers(connection)) == before


class Broken(BinanceVenue):
    """An adapter that a change of the venue's breaks on one market."""

    def read_search(self, body: bytes, market: Market, side: Side, page: int) -> SearchPage:
        if market.fiat == "BOB":
            raise RuntimeError("an unforeseen thing")
        return super().read_search(body, market, side, page)


def test_an_answer_that_breaks_the_adapter_costs_its_market_side_and_is_told_with_its_trace(stored: Stored) -> None:
    batch = read_batch(stored.reader, stored.reports[0], Broken(), PAYMENTS)
    read = {entry.market_side for entry in batch.reads}
    assert read
    assert not any(side.market.fiat == "BOB" for side in read)
    bugs = [error for error in batch.errors if error.error_type == "bug"]
    assert {(error.fiat, error.is_resolved) for error in bugs} == {("BOB", False)}
    assert all("an unforeseen thing" in (error.stack_trace or "") for error in bugs)


def test_failed_requests_are_errors_that_a_later_try_resolved(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    with running_simulator(still_market(total_offers=1_500)) as simulator:
        simulator.faults.replace([FaultRule(FaultName.BAD_GATEWAY, probability=0.08)])
        report = Sweeper(tmp_path, simulator.url).sweep(manners=TENACIOUS)
    assert report.failed_requests > 0
    load_pending(connection, RawReader(tmp_path), VENUE, PAYMENTS)
    found = connection.execute(
        "SELECT count(*), bool_and(is_resolved), min(retry_count), min(page_number) FROM ops_extraction_errors"
    ).fetchall()[0]
    assert found[0] > 0
    assert found[1:] == (True, 0, 1)


class Overcounting(BinanceVenue):
    """A venue that counts one ad more than it shows, as when one moved while the book was read."""

    def read_search(self, body: bytes, market: Market, side: Side, page: int) -> SearchPage:
        read = super().read_search(body, market, side, page)
        return replace(read, total=None if read.total is None else read.total + 1)


def test_an_offer_missing_from_a_book_that_shows_fewer_than_the_venue_counts_is_a_gap_and_not_closed(
    connection: psycopg.Connection[Any], stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in books of hundreds of ads, in which one that is missing is within what a sweep calls complete.
    monkeypatch.setattr("p2p_pipeline.p2p.raw.snapshot_state.SHORTFALL_SHARE", 0.5)
    first, second = stored.reports
    snapshots = list(batch_snapshots(stored.reader, "binance", second.batch_id))
    whole = [read for read in stored.batches()[0].reads if read.offers]
    short = [
        read for read in read_batch(stored.reader, second, Overcounting(), PAYMENTS, snapshots).reads if read.offers
    ]
    assert all(read.is_complete for read in whole)
    assert not any(read.is_complete for read in short)
    load_batch(connection, Batch(first, Source.SIMULATED, whole))
    without_one = [replace(read, offers=read.offers[1:]) for read in short]
    assert load_batch(connection, Batch(second, Source.SIMULATED, without_one)).offers_closed == 0
    assert connection.execute("SELECT count(*) >= %s FROM offer_gaps", [len(short)]).fetchall() == [(True,)]


def test_a_market_side_that_was_not_asked_for_is_an_error_of_the_batch(stored: Stored) -> None:
    report = replace(
        stored.reports[0],
        missing=(MissingSide("USDT", "EUR", "BUY", "The budget was used up."), MissingSide("USDT", "RUB", "SELL", "…")),
    )
    batch = read_batch(stored.reader, report, VENUE, PAYMENTS)
    sides = {entry.market_side for entry in batch.reads}
    assert MarketSide(Market("binance", "USDT", "RUB"), Side.SELL) in sides
    told = {(error.fiat, error.error_type, error.message) for error in batch.errors if not error.is_resolved}
    assert told == {("EUR", "not_asked", "The budget was used up."), ("RUB", "incomplete", "…")}


def test_why_a_whole_sweep_failed_is_an_error_of_its_batch_also_where_it_is_loaded_again(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    with running_simulator(still_market(total_offers=1_500)) as simulator:
        report = Sweeper(tmp_path, simulator.url).sweep(venue=SmallBinance(simulator.url, without_fiats=True))
    reader = RawReader(tmp_path)
    told = []
    for _ in range(2):
        load_pending(connection, reader, VENUE, PAYMENTS)
        told.append(
            connection.execute(
                "SELECT batch_id, error_type, error_message, fiat_code, crypto_symbol, trade_type, is_resolved, "
                "total_errors, status FROM ops_extraction_errors JOIN ops_batch_runs USING (batch_id)"
            ).fetchall()
        )
        # As by a load of more: what the batch consists of is not what the ledger knows.
        connection.execute("UPDATE ops_batch_runs SET content_digest = 'of less'")
    assert report.trouble is not None
    row = (report.batch_id, "sweep_failed", report.trouble, None, None, None, False, 1, "failed")
    assert told == [[row], [row]]


def test_a_missing_fiat_is_an_error_without_asset_and_side_and_a_bug_keeps_its_trace(stored: Stored) -> None:
    missing = (MissingSide("", "VND", "", "no list"), MissingSide("BTC", "RUB", "BUY", "a bug", "Traceback …"))
    batch = read_batch(stored.reader, replace(stored.reports[0], missing=missing), VENUE, PAYMENTS)
    assert sum(read.is_complete for read in batch.reads) == 24
    told = [(error.fiat, error.asset, error.side, error.error_type, error.stack_trace) for error in batch.errors]
    assert told == [("VND", None, None, "not_asked", None), ("RUB", "BTC", "BUY", "bug", "Traceback …")]
