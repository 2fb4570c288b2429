"""Behind the real loader: whoever applies the changes of each batch in order has what the warehouse shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from psycopg import Connection

from p2p_pipeline.p2p.capture.sweeps.report import batch_id_of
from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.warehouse.batch import MarketRead
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.subworkers.interface import Change, OfferRow, Receives, Subworker
from p2p_pipeline.p2p.warehouse.subworkers.run import run_subworkers
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.warehouse.simulated_market import FIRST_SWEEP, SimulatedMarket, batch_of_reads

Row = tuple[object, ...]
MOMENTS = [FIRST_SWEEP + timedelta(minutes=40 * number) for number in range(4)]
LOG = "CREATE TABLE IF NOT EXISTS change_log (batch_id bigint, change text, offer_id integer, price numeric)"


def keep_changes(connection: Connection[Row], batch_id: int, rows: Iterator[OfferRow]) -> int:
    connection.execute("DELETE FROM change_log WHERE batch_id = %s", [batch_id])
    with connection.cursor() as cursor, cursor.copy("COPY change_log FROM STDIN") as copy:
        count = 0
        for row in rows:
            copy.write_row((batch_id, row.change, row.offer_id, row.price))
            count += 1
    return count


FOLLOWING = Subworker("following", "Every change", ("change_log",), Receives.CHANGES, keep_changes, LOG)


def test_changes_applied_in_order_give_every_batch_also_behind_a_late_one(warehouse_on_both: WarehouseServer) -> None:
    market = SimulatedMarket(20_000, seed=3, fiats=("BOB", "KES"))
    reads = {batch_id_of(moment): (moment, tuple(market.reads(moment))) for moment in MOMENTS}
    ids = list(reads)

    def replay(batch_id: int, market_sides: frozenset[MarketSide], /) -> Iterable[MarketRead]:
        return [read for read in reads[batch_id][1] if read.market_side in market_sides]

    def load(number: int) -> None:
        moment, read = reads[ids[number]]
        with connect(warehouse_on_both) as connection:
            assert load_batch(connection, batch_of_reads(moment, read), replay=replay).is_new

    def follow() -> list[int]:
        reports = run_subworkers(warehouse_on_both, subworkers=[FOLLOWING])
        assert [report.error for report in reports] == [None] * len(reports)
        return [ids.index(report.batch_id) for report in reports]

    load(0)
    load(2)
    load(3)
    assert follow() == [0, 2, 3]
    load(1)
    assert follow() == [1, 2, 3], "what those behind the late one change is another than before"
    assert follow() == []
    with connect(warehouse_on_both) as connection:
        shown: dict[int, set[Row]] = {batch_id: set() for batch_id in ids}
        for batch_id, *offer in connection.execute("SELECT batch_id, offer_id, price FROM fact_offers"):
            shown[int(str(batch_id))].add(tuple(offer))
        assert list(followed(connection, ids)) == [shown[batch_id] for batch_id in ids]
    assert len(shown[ids[0]]) > 100
    assert len({frozenset(offers) for offers in shown.values()}) == len(ids), "each batch changed something"


def followed(connection: Connection[Row], ids: list[int]) -> Iterator[set[Row]]:
    """The open offers after each batch, from the changes alone."""
    offers: set[Row] = set()
    for batch_id in ids:
        log = connection.execute("SELECT change, offer_id, price FROM change_log WHERE batch_id = %s", [batch_id])
        changes = log.fetchall()
        offers -= {change[1:] for change in changes if change[0] == Change.ENDED}
        offers |= {change[1:] for change in changes if change[0] == Change.BEGAN}
        yield set(offers)
