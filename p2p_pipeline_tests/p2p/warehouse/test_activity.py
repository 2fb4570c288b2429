"""What is no longer traded is marked, and is active again as soon as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.warehouse.activity import mark_active
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import (
    PAYMENTS,
    SIDES,
    made_offer,
    made_read,
    moment_of,
    sound_batch,
)

USDT_RUB = SIDES[:2]
A_DAY = 144
INACTIVE = {
    "fiats": "SELECT currency_code FROM dim_fiat_currencies WHERE NOT is_active",
    "assets": "SELECT symbol FROM dim_cryptocurrencies WHERE NOT is_active",
    "methods": "SELECT method_code FROM dim_payment_methods WHERE NOT is_active",
}


def _inactive(connection: Connection[Any]) -> dict[str, list[str]]:
    return {what: sorted(code for (code,) in connection.execute(query)) for what, query in INACTIVE.items()}


def _load(connection: Connection[Any], step: int, sides: Sequence[MarketSide], numbers: Sequence[int]) -> None:
    reads = [made_read(side, moment_of(step), [made_offer(side, number) for number in numbers]) for side in sides]
    load_batch(connection, sound_batch(step, reads))


def test_what_was_not_read_for_a_week_is_inactive_and_active_again_when_it_is_read(
    warehouse: WarehouseServer,
) -> None:
    everything: dict[str, list[str]] = {"fiats": [], "assets": [], "methods": []}
    with connect(warehouse, autocommit=True) as connection:
        assert mark_active(connection) == 0, "an empty warehouse"
        load_batch(connection, sound_batch(0))
        assert mark_active(connection) == 0
        _load(connection, 6 * A_DAY, USDT_RUB, (0, 3))
        mark_active(connection)
        assert _inactive(connection) == everything, "six days are no week, and the offers of BOB are open"
        _load(connection, 8 * A_DAY, USDT_RUB, (0, 3))
        assert mark_active(connection) == 4
        # Those numbers pay by the first method; what else is open is of markets that nobody reads any more.
        gone = sorted(payment.native_id for payment in PAYMENTS[1:])
        assert _inactive(connection) == {"fiats": ["BOB"], "assets": ["BTC"], "methods": gone}
        _load(connection, 8 * A_DAY + 1, SIDES, range(10))
        mark_active(connection)
        assert _inactive(connection) == everything
