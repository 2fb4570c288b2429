"""Rules that look at more than one batch: prices against the last day, steps without a batch, failures in a row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from p2p_pipeline.p2p.capture.sweeps.report import batch_id_of
from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity
from p2p_pipeline.p2p.quality.warehouse.batch import batches_to_judge
from p2p_pipeline.p2p.quality.warehouse.judging import WAREHOUSE_JUDGES, judge_batch, judged_batch
from p2p_pipeline.p2p.quality.warehouse.rules import rule_names
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseError, WarehouseServer
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import (
    SIDES,
    START,
    STEP,
    id_of,
    made_offer,
    made_read,
    moment_of,
    sound_batch,
)

Connection = psycopg.Connection[Any]


@pytest.fixture
def empty(warehouse: WarehouseServer) -> Iterator[Connection]:
    """An empty warehouse of the test's own."""
    with connect(warehouse) as connection:
        yield connection


def load_prices(connection: Connection, prices: list[Decimal], offers: int = 5) -> int:
    """A batch a price, all of one market side whose offers all have it; gives the newest step."""
    for step, price in enumerate(prices):
        made = [made_offer(SIDES[0], number, price=price, max_fiat=Decimal(1)) for number in range(offers)]
        load_batch(connection, sound_batch(step, [made_read(SIDES[0], START + step * STEP, made)]))
    return len(prices) - 1


def judge(connection: Connection, rule: str, step: int, worker: int = 0, **given: Any) -> QualityOutcome:
    told = {"now": moment_of(step) + timedelta(minutes=4), **given}
    return WAREHOUSE_JUDGES[rule](judged_batch(connection, id_of(step) + worker, WarehouseSettings(), **told))


def load_worker(connection: Connection, step: int, worker: int, workers: int = 2, **given: Any) -> int:
    """The batch of one of several workers, each of a market side of its own; its id."""
    moment = START + step * STEP + timedelta(milliseconds=worker)
    told = {"batch_id": batch_id_of(moment), "started_at": moment, "worker": worker, "workers": workers, **given}
    return load_batch(connection, sound_batch(step, [made_read(SIDES[worker], moment, [])], **told)).batch_id


def steady(count: int, price: str = "80") -> list[Decimal]:
    return [Decimal(price) + Decimal(step % 3) / 10 for step in range(count)]


@pytest.mark.parametrize("jump", ["160", "8", "8000"])
def test_a_price_that_jumps_away_from_its_last_day_is_told_with_its_market(empty: Connection, jump: str) -> None:
    step = load_prices(empty, [*steady(8), Decimal(jump)])
    outcome = judge(empty, "price_anomalies", step)
    assert not outcome.passed
    assert "USDT-RUB BUY" in outcome.observed
    assert outcome.value is not None
    assert outcome.value > 0.5
    assert outcome.sample[0]["readings"] == 8


def test_one_wild_reading_the_day_before_does_not_move_what_is_usual(empty: Connection) -> None:
    step = load_prices(empty, [*steady(4), Decimal(1_000_000), *steady(4)])
    assert judge(empty, "price_anomalies", step).passed


def test_a_price_that_always_jumps_is_no_news(empty: Connection) -> None:
    wild = [Decimal(price) for price in ("10", "90", "30", "170", "60", "140", "20", "110", "190")]
    outcome = judge(empty, "price_anomalies", load_prices(empty, wild))
    assert outcome.passed
    assert outcome.value is not None
    assert outcome.value > 0.5, "it does lie far off, and is passed for its deviations only"


def test_a_tiny_book_is_not_judged(empty: Connection) -> None:
    outcome = judge(empty, "price_anomalies", load_prices(empty, [*steady(8), Decimal(160)], offers=4))
    assert outcome.passed
    assert "no market side" in outcome.observed


def test_a_market_without_an_hour_of_readings_is_not_judged(empty: Connection) -> None:
    assert judge(empty, "price_anomalies", load_prices(empty, [*steady(5), Decimal(160)])).passed


def test_readings_of_later_batches_are_not_held_against_an_earlier_one(empty: Connection) -> None:
    load_prices(empty, [*steady(8), *steady(8, "160")])
    assert judge(empty, "price_anomalies", 7).passed
    assert not judge(empty, "price_anomalies", 8).passed


def test_steps_of_the_schedule_without_a_batch_are_told_but_not_the_ones_still_on_their_way(empty: Connection) -> None:
    for step in (0, 1, 4, 5):
        load_batch(empty, sound_batch(step, []))
        load_batch(empty, sound_batch(step, [made_read(SIDES[0], START + step * STEP, [])], requests=401))
    late = moment_of(6) + timedelta(minutes=9)
    outcome = judge(empty, "batch_gaps", 5, now=late)
    assert not outcome.passed
    assert outcome.value == 2
    assert [row["begins"] for row in outcome.sample] == [moment_of(2), moment_of(3)]
    assert judge(empty, "batch_gaps", 5, now=moment_of(9) + timedelta(minutes=1)).value == 4
    assert judge(empty, "batch_gaps", 5, now=moment_of(1) + timedelta(minutes=1)).passed


def test_one_missed_step_needs_nothing_and_two_are_told_for_two_hours(empty: Connection) -> None:
    for step in (0, *range(2, 18), *range(20, 40)):
        load_batch(empty, sound_batch(step, [made_read(SIDES[0], START + step * STEP, [])]))
    one, two = (judge(empty, "batch_gaps", step, now=moment_of(step) + timedelta(minutes=4)) for step in (10, 22))
    assert (one.passed, one.value, one.limit) == (True, 1, 1)
    assert (two.passed, two.value, two.severity) == (False, 2, Severity.WARN)
    assert judge(empty, "batch_gaps", 34, now=moment_of(34) + timedelta(minutes=4)).value == 0


def test_a_batch_that_read_nothing_fills_no_step(empty: Connection) -> None:
    load_batch(empty, sound_batch(0, [made_read(SIDES[0], START, [])]))
    load_batch(empty, sound_batch(1, []))
    assert judge(empty, "batch_gaps", 1, now=moment_of(3) + timedelta(minutes=1)).value == 1


def test_no_steps_are_missing_before_the_first_batch(empty: Connection) -> None:
    load_batch(empty, sound_batch(0, [made_read(SIDES[0], START, [])]))
    assert judge(empty, "batch_gaps", 0, now=moment_of(1) + timedelta(minutes=5)).passed


def test_failures_count_from_the_newest_batch_back_to_the_first_whole_one(empty: Connection) -> None:
    for step, complete in enumerate([0, 3, 0, 0]):
        load_batch(empty, sound_batch(step, [made_read(SIDES[0], START + step * STEP, [])], markets_complete=complete))
    outcome = judge(empty, "consecutive_failures", 3)
    assert outcome.value == 2
    assert outcome.passed
    load_batch(empty, sound_batch(4, [made_read(SIDES[0], START + 4 * STEP, [])], markets_complete=0))
    assert not judge(empty, "consecutive_failures", 4).passed


def test_a_worker_that_always_fails_is_told_beside_one_that_never_does(empty: Connection) -> None:
    for step in range(4):
        for worker, complete in ((1, 0), (2, 3)):
            load_worker(empty, step, worker, markets_complete=complete)
    assert not judge(empty, "consecutive_failures", 3, worker=1).passed
    assert judge(empty, "consecutive_failures", 3, worker=2).passed


def test_every_batch_is_to_be_judged_once_the_oldest_first_and_the_newest_of_each_worker_again(
    empty: Connection,
) -> None:
    assert batches_to_judge(empty) == []
    ids = [load_worker(empty, step, worker) for step in range(4) for worker in (1, 2)]
    assert batches_to_judge(empty) == ids
    assert batches_to_judge(empty, most=3) == [*ids[:3], *ids[-2:]]
    empty.commit()
    for batch_id in ids[:3]:
        judge_batch(
            judged_batch(empty, batch_id, WarehouseSettings(), datetime.now(UTC)),
            rule_names(costly=False, of_now=False),
        )
    assert batches_to_judge(empty) == ids[3:]
    judge_batch(judged_batch(empty, ids[4], WarehouseSettings(), datetime.now(UTC)), ["error_rate"])
    assert ids[4] in batches_to_judge(empty), "one rule of several is not all"
    empty.execute("UPDATE ops_batch_runs SET loaded_at = now() + interval '1 hour' WHERE batch_id = %s", [ids[0]])
    assert batches_to_judge(empty)[0] == ids[0], "it was loaded again: what was judged is gone"


def test_an_empty_warehouse_is_a_sentence_not_a_crash(empty: Connection) -> None:
    with pytest.raises(WarehouseError, match="no batch is loaded yet"):
        judged_batch(empty, None, WarehouseSettings(), START)
    with pytest.raises(WarehouseError, match="batch 7 is not in the warehouse"):
        judged_batch(empty, 7, WarehouseSettings(), START)
