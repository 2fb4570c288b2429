"""Every rule of the warehouse passes what is sound, and each way to break it is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from p2p_pipeline.p2p.quality.outcome import QualityOutcome
from p2p_pipeline.p2p.quality.warehouse.batch import sql_text
from p2p_pipeline.p2p.quality.warehouse.judging import WAREHOUSE_JUDGES, judged_batch
from p2p_pipeline.p2p.quality.warehouse.rules import WAREHOUSE_RULES
from p2p_pipeline.p2p.raw.stored import Damage
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.p2p.warehouse.batch import MarketRead
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import id_of, load_sound, moment_of, sound_batch, sound_reads

SETTINGS = WarehouseSettings(minimum_complete_share=0.6)
Connection = psycopg.Connection[Any]
Reads = list[MarketRead | Damage]

CHEAP = [rule.name for rule in WAREHOUSE_RULES if not rule.is_costly]


def judge(connection: Connection, rule: str, step: int = 2, reads: Reads | None = None, **given: Any) -> QualityOutcome:
    told = {"now": moment_of(2) + timedelta(minutes=4), **given}
    batch = judged_batch(connection, id_of(step), SETTINGS, raw=lambda: reads or list(sound_reads(step)), **told)
    return WAREHOUSE_JUDGES[rule](batch)


@pytest.mark.parametrize("step", [0, 1, 2])
@pytest.mark.parametrize("rule", [*CHEAP, "raw_checksum"])
def test_a_sound_batch_passes_every_rule_while_it_is_the_newest_and_after(
    breakable: Connection, rule: str, step: int
) -> None:
    outcome = judge(breakable, rule, step)
    assert outcome.passed, (outcome.observed, outcome.sample)
    assert outcome.name == rule
    assert not outcome.sample or rule in ("error_rate", "extraction_completeness")


def test_a_market_with_one_side_is_whole_when_the_other_was_not_due(warehouse: WarehouseServer) -> None:
    with connect(warehouse, autocommit=True) as connection:
        load_sound(connection)
        load_batch(connection, sound_batch(3, sound_reads(3)[:-1], sides=5, sides_complete=5))
        for rule in CHEAP:
            outcome = judge(connection, rule, 3, now=moment_of(3) + timedelta(minutes=4))
            assert outcome.passed, (outcome.name, outcome.observed, outcome.sample)


OPEN_OFFER = "(SELECT offer_id FROM offer_versions_open ORDER BY offer_id LIMIT 1)"


@dataclass(frozen=True)
class Break:
    """A way to break a rule, as in breaks.sql."""

    rule: str
    way: str
    word: str
    statements: str


def breaks() -> Iterator[Break]:
    text = Path(__file__).with_name("breaks.sql").read_text(encoding="utf-8")
    for block in text.split("\n\n")[1:]:
        head, _, statements = block.partition("\n")
        rule, way, word = head.removeprefix("-- ").split(" | ")
        yield Break(rule, way, word, statements)


@pytest.mark.parametrize("broken", list(breaks()), ids=lambda broken: f"{broken.rule}: {broken.way}")
def test_each_way_to_break_a_rule_is_found(breakable: Connection, broken: Break) -> None:
    statements = broken.statements.replace(":moment", f"'{moment_of(2)}'::timestamptz")
    breakable.execute(statements.replace(":batch", str(id_of(2))).replace(":offer", OPEN_OFFER).encode())
    # A batch that is deleted leaves the one before as the newest.
    outcome = judge(breakable, broken.rule, 1 if "DELETE FROM ops_batch_runs" in statements else 2)
    assert not outcome.passed
    assert broken.word in outcome.observed
    assert outcome.value is not None


@pytest.mark.parametrize("step", [0, 1, 2])
def test_the_offers_that_rules_look_at_are_those_that_the_view_gives(breakable: Connection, step: int) -> None:
    columns = (
        "offer_id, offer_external_id, extraction_timestamp, crypto_id, fiat_id, advertiser_sk, trade_type, price, "
        "available_amount, min_limit, max_limit, stated_max_limit, payment_minutes, is_promoted, completion_rate, "
        "orders_30d, terms_id, payment_set_id"
    )
    batch = judged_batch(breakable, id_of(step), SETTINGS, moment_of(2))
    shown = f"WITH {sql_text('warehouse_shown').decode()} SELECT {columns} FROM shown ORDER BY offer_id"
    view = f"SELECT {columns} FROM fact_offers WHERE batch_id = %(batch_id)s ORDER BY offer_id"
    found = breakable.execute(shown.encode(), batch.parameters).fetchall()
    assert found == breakable.execute(view.encode(), batch.parameters).fetchall()
    assert len(found) == batch.run["total_offers_extracted"]


def test_every_rule_in_sql_is_broken_in_at_least_two_ways() -> None:
    ways = Counter(broken.rule for broken in breaks())
    # The others are broken in tests of their own, below and in the files beside this one.
    apart = {"price_anomalies", "batch_gaps", "raw_checksum", "table_expectations"}
    assert {rule.name for rule in WAREHOUSE_RULES} == ways.keys() | apart
    assert min(ways.values()) >= 2
