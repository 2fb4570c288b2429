"""A session's own process against the simulated exchanges over real sockets, through everything that goes wrong."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from p2p_pipeline.exchanges.simulator.faults import LINEAR, FaultName
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.server import running_exchanges
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.actions.sessions import start, status, stop
from p2p_pipeline.paper.replay.replaying import replay
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.settings import PaperSettings, read_paper_settings
from p2p_pipeline_tests.effort import only_long

FAULTS: tuple[tuple[FaultName, dict[str, Any]], ...] = (
    (FaultName.DROP, {"probability": 0.05}),
    (FaultName.DOUBLE, {"probability": 0.5}),
    (FaultName.STALL, {"symbol": "BTCUSDT"}),
    (FaultName.SLOW, {"amount": 3_000.0}),
    (FaultName.LOST_CONFIRM, {}),
    (FaultName.CONFLICTING_CONFIRM, {}),
    (FaultName.DISCONNECT, {"amount": 5.0}),
    (FaultName.REFUSE_CONNECTION, {}),
    (FaultName.MAINTENANCE, {}),
    (FaultName.RATE_LIMIT, {}),
)
SECONDS_EACH = 20.0
SECONDS_OF_CONFIRMS = 62.0
"""A minute ends in it."""


@only_long
@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_a_session_lives_through_every_fault_and_its_frames_give_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = DataPaths(tmp_path)
    options = ExchangesOptions(exchanges=("bybit",), symbols=("BTC/USDT",), linear_symbols=60)
    with running_exchanges(options) as running:
        begun = start(paths, _settings(), running.url)
        time.sleep(15)
        for name, conditions in FAULTS:
            running.hall.faults.replace((), running.clock())
            running.add_fault(name, exchange=LINEAR, **conditions)
            time.sleep(SECONDS_OF_CONFIRMS if name.endswith("_confirm") else SECONDS_EACH)
        running.end_faults()
        time.sleep(20)
        is_back = status(paths, begun.session)
        ended = stop(paths, begun.session)
    assert is_back.state == "RUNNING"
    assert ended.summary is not None
    folder = SessionFolder(paths, begun.session)
    again = replay(folder.frames, read_paper_settings(folder.config), tmp_path / "again", lambda *_: None)
    assert again.sha256 == ended.summary.sha256
    types = Counter(orjson.loads(line)["type"] for line in folder.log.read_bytes().splitlines())
    assert types["connection"] >= 6
    assert types["position_closed"] > 0
    assert types["candle_conflict"] > 0
    assert types["symbol_stale"] > 0
    with capsys.disabled():
        print(f"\n{ended.summary.trades} trades, {dict(types)}")  # noqa: T201 - the long form tells its figures


def _settings() -> PaperSettings:
    import p2p_pipeline

    return read_paper_settings(Path(p2p_pipeline.__file__).parent / "paper" / "presets" / "demo.yaml")
