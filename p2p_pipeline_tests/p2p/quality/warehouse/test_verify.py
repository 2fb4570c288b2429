"""Days of the warehouse held against the raw store: real sweeps over HTTP, stored, loaded, then one thing broken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from p2p_pipeline.p2p.capture.sweeps.report import batch_moment
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.quality.warehouse.index_checks import check_indexes
from p2p_pipeline.p2p.quality.warehouse.judging import judged_batch
from p2p_pipeline.p2p.quality.warehouse.raw import raw_checksum, stored_batch
from p2p_pipeline.p2p.quality.warehouse.verify import VerifyReport, verify_batches
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.repack import repack_closed_days
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.server import SimulatorOptions, running_simulator
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline.p2p.warehouse.pending import load_pending
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.conftest import created_database
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import NOON, SmallBinance, Sweeper

STEP = timedelta(minutes=10)
SWEEPS = 3


@dataclass
class Held:
    """A raw store and a warehouse of the test's own, both with the same sweeps."""

    folder: Path
    server: WarehouseServer
    batches: list[int]

    @property
    def day(self) -> date:
        """The day of all sweeps."""
        return batch_moment(self.batches[0]).date()

    @property
    def raw_file(self) -> Path:
        """What the sweeps read of one fiat."""
        return self.folder / "raw" / self.day.isoformat() / "binance.sweep-RUB.jsonl.gz"

    def execute(self, statement: str, *values: Any) -> None:
        """Change the warehouse."""
        with connect(self.server) as connection:
            connection.execute(statement.encode(), values)

    def verify(self, **given: Any) -> VerifyReport:
        """All of the day."""
        with connect(self.server) as connection:
            return verify_batches(
                connection, RawReader(self.folder), BinanceVenue(), PaymentMap.load(), self.day, self.day,
                spool_folder=self.folder / "state" / "spool",
                **{"settings": WarehouseSettings(), "now": batch_moment(self.batches[-1]) + STEP, **given},
            )  # fmt: skip


@pytest.fixture(scope="module")
def swept(
    embedded_postgres: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str, list[int]]:
    """Three sweeps of a market that moves, stored and loaded."""
    folder, moment = tmp_path_factory.mktemp("swept"), [NOON]
    options = SimulatorOptions(CatalogueOptions(seed=5, total_offers=3_000), clock=lambda: moment[0])
    batches = []
    with running_simulator(options) as simulator:
        sweeper = Sweeper(folder, simulator.url)
        for _ in range(SWEEPS):
            moment[0] += STEP.total_seconds()
            batches.append(sweeper.sweep(venue=SmallBinance(simulator.url, fiats=("BOB", "RUB"))).batch_id)
    template = "swept_template"
    server = WarehouseServer(created_database(embedded_postgres, template, migrated_template), is_embedded=False)
    with connect(server) as connection:
        load_pending(connection, RawReader(folder), BinanceVenue(), PaymentMap.load())
    return folder, template, batches


@pytest.fixture
def held(embedded_postgres: str, swept: tuple[Path, str, list[int]], tmp_path: Path) -> Iterator[Held]:
    folder, template, batches = swept
    shutil.copytree(folder, tmp_path / "data")
    name = f"held_{uuid4().hex}"
    server = WarehouseServer(created_database(embedded_postgres, name, template), is_embedded=False)
    yield Held(tmp_path / "data", server, batches)
    with psycopg.connect(embedded_postgres, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def failures(report: VerifyReport) -> set[tuple[int, str]]:
    return {(batch.batch_id, outcome.name) for batch in report.batches for outcome in batch.failed}


def test_what_was_swept_stored_and_loaded_holds_and_is_written_down(held: Held) -> None:
    told: list[tuple[int, int]] = []
    report = held.verify(progress=lambda done, of: told.append((done, of)))
    assert failures(report) == set()
    assert report.passed
    assert [batch.batch_id for batch in report.batches] == held.batches
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert json.loads(json.dumps(report.to_json()))["batches"] == 3
    assert list(report.lines())[-1] == "everything holds"
    with connect(held.server) as connection:
        rows = connection.execute(
            "SELECT batch_id, count(*), bool_and(passed) FROM ops_data_quality GROUP BY batch_id ORDER BY batch_id"
        ).fetchall()
    assert rows == [(batch_id, 9, True) for batch_id in held.batches]


def test_verifying_twice_leaves_one_row_a_rule(held: Held) -> None:
    held.verify()
    held.verify()
    with connect(held.server) as connection:
        assert connection.execute("SELECT count(*) FROM ops_data_quality").fetchone() == (9 * SWEEPS,)


def test_it_can_be_looked_at_without_writing_anything(held: Held) -> None:
    held.execute("ALTER DATABASE " + str(held.server.name.database) + " SET default_transaction_read_only = on")
    assert held.verify(is_recorded=False).passed


def test_a_flipped_byte_of_raw_is_told_with_its_place_and_what_it_cost(held: Held) -> None:
    content = bytearray(held.raw_file.read_bytes())
    content[len(content) // 2] ^= 1
    held.raw_file.write_bytes(content)
    report = held.verify()
    assert not report.passed
    ((_, rule),) = failures(report)
    assert rule == "raw_checksum"
    (outcome,) = [outcome for batch in report.batches for outcome in batch.failed]
    assert "market side that raw does not have" in outcome.observed
    assert "1 damaged places" in outcome.observed
    assert outcome.sample[0]["file"].endswith("binance.sweep-RUB.jsonl.gz")


def test_a_price_changed_in_the_warehouse_is_found_in_every_batch_that_shows_it(held: Held) -> None:
    held.execute(
        "UPDATE offer_versions_open SET price = price * 1.0000001 WHERE offer_id = "
        "(SELECT offer_id FROM offer_versions_open WHERE valid_from = (SELECT min(batch_start_time) FROM "
        "ops_batch_runs) ORDER BY offer_id LIMIT 1)"
    )
    report = held.verify()
    assert not report.passed
    assert {(batch_id, "raw_checksum") for batch_id in held.batches} <= failures(report)


def test_a_repacked_day_gives_the_same_verdict(held: Held) -> None:
    held.execute("DELETE FROM offer_versions WHERE offer_id = (SELECT min(offer_id) FROM offer_versions_open)")
    before = failures(held.verify())
    assert before
    repack_closed_days(RawStore(held.folder, min_free_bytes=0), held.day + timedelta(days=1))
    assert not held.raw_file.exists()
    assert failures(held.verify()) == before
    assert not list((held.folder / "state").glob("spool/*"))


def test_a_stored_batch_that_is_not_loaded_is_named(held: Held) -> None:
    held.execute("DELETE FROM fact_market_depth WHERE batch_id = %s", held.batches[1])
    held.execute("DELETE FROM ops_batch_runs WHERE batch_id = %s", held.batches[1])
    report = held.verify()
    assert report.not_loaded == [held.batches[1]]
    assert [step.minute for step in report.missing_steps] == [batch_moment(held.batches[1]).minute]
    assert not report.passed
    assert any("p2p warehouse rebuild" in line for line in report.lines())


def test_a_stored_batch_of_a_day_that_is_no_longer_kept_is_left_out_and_no_sweep_promised(held: Held) -> None:
    for table in ("fact_market_depth", "ops_batch_runs"):
        held.execute(f"DELETE FROM {table} WHERE batch_id = %s", held.batches[0])
    report = held.verify(settings=WarehouseSettings(keep_days=3), now=batch_moment(held.batches[0]) + timedelta(days=9))
    assert (report.expired, report.not_loaded) == ([held.batches[0]], [])
    assert "1 stored batch is older than warehouse.keep_days in the settings and left out" in list(report.lines())


def test_batches_whose_raw_is_gone_are_judged_by_the_other_rules_and_said_to_be_so(held: Held) -> None:
    shutil.rmtree(held.folder / "raw" / held.day.isoformat())
    report = held.verify()
    assert report.passed
    assert report.to_json()["batches_without_raw"] == held.batches
    assert "3 of them without their raw responses" in next(report.lines())
    held.execute("DELETE FROM dim_payment_methods")
    assert failures(held.verify()) == {(batch_id, "referential_integrity") for batch_id in held.batches}


def test_what_the_venue_did_is_a_warning_not_a_fault_of_the_warehouse(held: Held) -> None:
    held.execute("UPDATE ops_batch_runs SET failed_requests = requests")
    report = held.verify()
    assert {rule for _, rule in failures(report)} == {"error_rate"}
    assert report.passed
    assert "with 3 warnings" in list(report.lines())[-1]


def test_one_batch_is_read_again_by_its_id_and_none_where_raw_has_nothing(held: Held) -> None:
    reader, venue, payments = RawReader(held.folder), BinanceVenue(), PaymentMap.load()
    raw = stored_batch(reader, venue, payments, held.batches[1])
    assert raw is not None
    with connect(held.server) as connection:
        batch = judged_batch(
            connection, held.batches[1], WarehouseSettings(), batch_moment(held.batches[1]), raw=raw
        )  # fmt: skip
        assert raw_checksum(batch).passed
        assert raw_checksum(batch).passed, "it can be read as often as asked"
    assert stored_batch(reader, venue, payments, held.batches[1] + 1) is None


def test_without_amcheck_one_sentence_says_so(held: Held) -> None:
    report = held.verify()
    assert report.indexes is not None
    if report.indexes.note is None:
        pytest.skip("this embedded PostgreSQL comes with amcheck")
    assert "amcheck" in report.indexes.note
    assert report.indexes.note in list(report.lines())


def test_an_index_that_lost_a_row_is_found_and_the_extension_leaves_no_trace(warehouse_15: WarehouseServer) -> None:
    with connect(warehouse_15, autocommit=True) as connection:
        assert check_indexes(connection).damaged == ()
        connection.execute("UPDATE pg_index SET indisready = false WHERE indexrelid = 'offer_terms_pkey'::regclass")
    with connect(warehouse_15, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO offer_terms (terms_key, terms, first_seen_at) VALUES (%s, 'x', now())", [uuid4()]
        )
        connection.execute("UPDATE pg_index SET indisready = true WHERE indexrelid = 'offer_terms_pkey'::regclass")
    with connect(warehouse_15) as connection:
        report = check_indexes(connection)
        assert report.note is None
        assert report.checked > 20
        ((name, problem),) = report.damaged
        assert name == "offer_terms_pkey"
        assert "lacks matching index tuple" in problem
        assert connection.execute("SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'").fetchone() == (0,)


def test_whoever_may_not_use_amcheck_is_told_in_one_sentence(warehouse_15: WarehouseServer) -> None:
    with connect(warehouse_15) as connection:
        connection.execute("CREATE ROLE plain")
        connection.execute("SET ROLE plain")
        report = check_indexes(connection)
        assert report.checked == 0
        assert report.note is not None
        assert "superuser" in report.note
        assert connection.execute("SELECT 1").fetchone() == (1,), "the connection can still be used"
        connection.rollback()
