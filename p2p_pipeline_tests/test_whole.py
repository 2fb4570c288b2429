"""The whole product as a person starts it: real `dagster dev`, real daemon, simulated venues, a real browser."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
import pytest

from p2p_pipeline.commands.children import Children
from p2p_pipeline.p2p.markets import Market, MarketSide, Side, slot_of
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import StoredSnapshot
from p2p_pipeline.p2p.simulator.server import SimulatorOptions, running_simulator
from p2p_pipeline_tests.shared_files import REPOSITORY

RUB = Market("bybit", "USDT", "RUB")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SLOTS = 2


@dataclass(frozen=True)
class Product:
    """A running product."""

    url: str
    data: Path
    log: Path

    def slots(self, side: Side) -> list[int]:
        """The slots stored of one side of RUB, in order."""
        reader = RawReader(self.data)
        return sorted(
            found.slot
            for day in reader.days()
            if RUB.key in reader.file_keys(day)
            for found in reader.read(day, RUB.key, 0, reader.end_offset(day, RUB.key))
            if isinstance(found, StoredSnapshot) and found.market_side == MarketSide(RUB, side)
        )


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """`dagster dev` in the repository with nothing set but the data folder, the port and the simulated venues."""
    folder = tmp_path_factory.mktemp("whole")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with (
        pytest.MonkeyPatch.context() as patch,
        running_simulator(SimulatorOptions()) as simulator,
        Children(folder / "logs") as children,
    ):
        for name in ("P2P_SETTINGS", "DAGSTER_HOME"):
            patch.delenv(name, raising=False)
        environment = {"P2P_DATA_DIR": str(folder / "data"), "P2P_SOURCE": simulator.url}
        command = [str(Path(sys.executable).parent / "dagster"), "dev", "-h", "127.0.0.1", "-p", str(port)]
        child = children.start("dagster", command, environment, REPOSITORY)
        deadline = time.monotonic() + 150
        while True:
            children.check()
            try:
                httpx.get(f"{url}/server_info", timeout=2)
                break
            except httpx.HTTPError:
                assert time.monotonic() < deadline, child.log.read_text()[-3000:]
                time.sleep(0.5)
        yield Product(url, folder / "data", child.log)
        group = psutil.Process(child.process.pid).children(recursive=True)
    _, alive = psutil.wait_procs(group, timeout=10)
    assert not alive


@pytest.mark.timeout(400)
def test_plain_dagster_dev_collects_every_slot_of_both_sides(product: Product) -> None:
    deadline = time.monotonic() + 200
    while any(len(product.slots(side)) < SLOTS for side in Side):
        assert time.monotonic() < deadline, product.log.read_text()[-3000:]
        time.sleep(2)
    for side in Side:
        slots = product.slots(side)
        assert slots == list(range(slots[0], slots[0] + len(slots)))
        assert slot_of_now() - slots[-1] <= 1


def slot_of_now() -> int:
    """The running slot."""
    return slot_of(datetime.now(UTC))


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: the pages can't be looked at")
@pytest.mark.timeout(200)
def test_a_browser_shows_what_the_raw_store_is_and_when_it_was_last_filled(product: Product, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    page = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={tmp_path}", "--virtual-time-budget=30000", "--dump-dom",
            f"{product.url}/assets/bybit/raw_snapshots",
        ],
        capture_output=True, text=True, check=True, timeout=150,
    ).stdout  # fmt: skip
    assert "Every answer of Bybit, byte for byte" in page
    assert "bybit_collection" in page
