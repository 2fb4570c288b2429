"""What the service holds after hundreds of scans is what it held after some."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from decimal import Decimal
from pathlib import Path

from p2p_pipeline.exchanges.actions.stream import stream
from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.settings import ExchangesSettings
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.plant import PlantKind
from p2p_pipeline.exchanges.simulator.plant_file import PlantLine
from p2p_pipeline.exchanges.simulator.server import running_exchanges
from p2p_pipeline.kernel.paths import DataPaths

EXCHANGES, SYMBOLS = ("binance", "bybit"), ("SOL/USDT", "XRP/USDT")
PLANT = PlantLine(
    kind=PlantKind.SPATIAL, symbol="SOL/USDT", buy="binance", sell="bybit", after_seconds=0, life_seconds=3600
)
FIRST_LOOK, LAST_LOOK = 50, 170
ROOM = 40
"""Of one kind: boards that wait for their threads, frames that wait for the disk's second."""


def held() -> Counter[str]:
    gc.collect()
    kinds = (type(one) for one in gc.get_objects())
    return Counter(kind.__name__ for kind in kinds if str(kind.__module__).startswith("p2p_pipeline.exchanges."))


def test_hundreds_of_scans_leave_nothing_behind(tmp_path: Path) -> None:
    looks: dict[int, Counter[str]] = {}
    simulated = ExchangesOptions(exchanges=EXCHANGES, symbols=SYMBOLS, plants=(PLANT,), has_extra=False)
    settings = ExchangesSettings(
        watch=EXCHANGES, symbols=SYMBOLS, wanted_edge_pct=Decimal(-1), leave_edge_pct=Decimal(-2)
    )

    async def run(url: str) -> None:
        stop, with_one = asyncio.Event(), 0

        def told(board: Board) -> None:
            nonlocal with_one
            with_one += bool(board.opportunities)
            if with_one in (FIRST_LOOK, LAST_LOOK) and with_one not in looks:
                looks[with_one] = held()
            if with_one == LAST_LOOK:
                stop.set()

        # Faster than settings allow: hours are not to be waited for.
        hurried = settings.model_copy(update={"source": url, "scan_seconds": 0.01})
        await stream(DataPaths(tmp_path), hurried, stop, 60, told, {})

    with running_exchanges(simulated) as exchanges:
        asyncio.run(run(exchanges.url))
    assert looks.keys() == {FIRST_LOOK, LAST_LOOK}
    more = looks[LAST_LOOK] - looks[FIRST_LOOK]
    # Without a database lives and boards wait for none, the scans' rows are in the minute's, and the newest board alone
    # is kept.
    assert {name: count for name, count in more.items() if count > ROOM} == {}
