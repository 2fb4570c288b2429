"""The README's pictures, made anew: `python -m p2p_pipeline_tests.pictures`. All of it on loopback, in a minute or two.

Writes docs/pictures/board.svg, and where there is a chromium now.png, windows.png, opportunities.png and
dagster_graph.png beside it.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright
from rich import console as rich_console

from p2p_pipeline.commands.board import show_board
from p2p_pipeline.commands.children import Children
from p2p_pipeline.exchanges.hot_store.board_file import BoardFile
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.orchestration.collection.kept_collector import collect
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline.p2p.markets import slot_of
from p2p_pipeline.p2p.settings import load_settings
from p2p_pipeline.p2p.simulator.server import SimulatorOptions, running_simulator
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.guard.access import Access
from p2p_pipeline_tests.exchanges.example_board import example_board
from p2p_pipeline_tests.shared_files import REPOSITORY
from p2p_pipeline_tests.web.browsing import CHROMIUM, launched, served

PICTURES = REPOSITORY / "docs" / "pictures"
SETTINGS = REPOSITORY / "p2p_pipeline" / "p2p" / "simulator" / "demo_settings.yaml"
MOST_BYTES = 300_000
DAYS = 3
PRICE_DAYS = 120
WIDTH = 120
READY_SECONDS = 600


def main() -> None:
    """Make all pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_simulator(SimulatorOptions()) as simulator:
        data = Path(folder) / "data"
        environment = {"P2P_DATA_DIR": str(data), "P2P_SETTINGS": str(SETTINGS), "P2P_SOURCE": simulator.url}
        first = (datetime.now(UTC) - timedelta(days=DAYS)).date()
        prices = ["simulate", "prices", "--days", str(PRICE_DAYS), "--end", f"{first}T00:00Z", "--step", "1"]
        for command in (
            ["simulate", "history", "--days", str(DAYS), "--every", "2h"],
            ["process"],
            prices,
            ["summarize"],
        ):
            program = str(Path(sys.executable).parent / "p2p")
            subprocess.run([program, *command], check=True, cwd=REPOSITORY, env={**os.environ, **environment})
        draw_board(data, simulator.url)
        draw_pages(data)
        draw_opportunities(Path(folder) / "exchanges")
        draw_graph(Path(folder), environment)
    for picture in sorted(PICTURES.iterdir()):
        size = picture.stat().st_size
        print(f"{picture.relative_to(REPOSITORY)}  {size:,} bytes")  # noqa: T201 - a script
        assert size < MOST_BYTES, f"{picture} is too large for the repository"


def draw_board(data: Path, source: str) -> None:
    """The board as it stands in a terminal, after one collected slot."""
    installation = Installation(data_dir=str(data), settings_file=str(SETTINGS), source=source)
    began = datetime.now(UTC)
    for venue in ("bybit", "binance"):
        collect(installation, venue, slot_of(datetime.now(UTC)))
    drawn: list[rich_console.Console] = []

    class RecordingConsole(rich_console.Console):
        def __init__(self, **options: object) -> None:
            super().__init__(
                record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor", force_terminal=True
            )
            drawn.append(self)

    before, rich_console.Console = rich_console.Console, RecordingConsole  # type: ignore[misc]
    try:
        show_board(CommandContext(DataPaths.choose(data), SETTINGS), once=True, since=began)
    finally:
        rich_console.Console = before  # type: ignore[misc]
    # Rich names a font on a CDN: a picture in a repository asks nobody for anything.
    picture = re.sub(r"@font-face \{.*?\}\s*", "", drawn[0].export_svg(title="p2p board"), flags=re.DOTALL)
    (PICTURES / "board.svg").write_text(picture, "utf-8")


def draw_pages(data: Path) -> None:
    """*Now* and *Best windows* of the dashboard, as a browser shows them."""
    if CHROMIUM is None:
        print("no chromium here: the pages' pictures stay as they are")  # noqa: T201
        return
    paths = DataPaths(data)
    settings = load_settings(SETTINGS)
    # The history has a look every two hours: slots of half a minute that nobody wanted are not missing.
    hourly = settings.collection.model_copy(update={"interval_seconds": 3600})
    edges = Edges(paths, settings.model_copy(update={"collection": hourly}), Access())
    with served(edges) as site, sync_playwright() as playwright:
        context = launched(playwright).new_context(viewport={"width": 1280, "height": 960}, locale="en")
        looking = context.new_page()
        for name, address in (
            ("now", "/now?market=bybit.USDT-RUB&amount=50000"),
            ("windows", "/windows?market=bybit.USDT-RUB&amount=50000"),
        ):
            looking.goto(f"{site}{address}", wait_until="networkidle")
            looking.screenshot(path=PICTURES / f"{name}.png")


def draw_opportunities(folder: Path) -> None:
    """*Opportunities* with its first row unfolded, of an example's board."""
    if CHROMIUM is None:
        print("no chromium here: docs/pictures/opportunities.png stays as it is")  # noqa: T201
        return
    paths = DataPaths(folder)
    BoardFile(paths).publish(example_board(datetime.now(UTC)))
    with served(Edges(paths, load_settings(SETTINGS), Access())) as site, sync_playwright() as playwright:
        context = launched(playwright).new_context(viewport={"width": 1280, "height": 900}, locale="en")
        looking = context.new_page()
        looking.goto(f"{site}/arb", wait_until="networkidle")
        looking.locator("tbody th a").first.click()
        looking.locator("tr.unfolded").wait_for()
        looking.screenshot(path=PICTURES / "opportunities.png")


def draw_graph(folder: Path, environment: dict[str, str]) -> None:
    """Dagster's graph of all assets, once it was told of the days that were made before it began."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("no chromium here: docs/pictures/dagster_graph.png stays as it is")  # noqa: T201
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with Children(folder / "logs") as children:
        command = [str(Path(sys.executable).parent / "dagster"), "dev", "-h", "127.0.0.1", "-p", str(port)]
        children.start("dagster", command, environment, REPOSITORY)
        _wait_until_told(url, children)
        subprocess.run(
            [
                chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                f"--user-data-dir={folder / 'chromium'}", "--window-size=1500,620", "--virtual-time-budget=30000",
                f"--screenshot={PICTURES / 'dagster_graph.png'}", f"{url}/asset-groups",
            ],
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip


def _wait_until_told(url: str, children: Children) -> None:
    query = '{assetNodes(assetKeys: [{path: ["bybit", "windows"]}]) {assetMaterializations(limit: 1) {timestamp}}}'
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        children.check()
        try:
            answer = httpx.post(f"{url}/graphql", json={"query": query}, timeout=30).json()
            if answer["data"]["assetNodes"][0]["assetMaterializations"]:
                return
        except (httpx.HTTPError, KeyError, IndexError, TypeError):
            pass
        time.sleep(3)
    raise TimeoutError(f"Dagster was not told of the history within {READY_SECONDS} s")


if __name__ == "__main__":
    main()
