"""A service over a small data folder, asked in this process, under a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

from fastapi.testclient import TestClient
from typer.testing import CliRunner

from p2p_pipeline.cli import app as commands
from p2p_pipeline.exchanges.hot_store.board_file import BoardFile
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import parse_settings
from p2p_pipeline.web.app import create_app
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.guard.access import Access
from p2p_pipeline_tests.exchanges.example_board import example_board
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page
from p2p_pipeline_tests.p2p.steps.rhythm_file import series_file
from p2p_pipeline_tests.web.paper_board import left_log, session_board

NOON = datetime(2024, 10, 25, 12, tzinfo=UTC)
NASTY = '<img src=x onerror="alert(1)">\u202e=cmd'
"""A nickname that would be markup, turn a price around, and be a formula."""
SETTINGS = """
markets:
  - market: binance.USDT-BOB
    amounts_fiat: [700, 1500, 3000]
    amounts_asset: [100, 200, 300]
  - market: bybit.USDT-RUB
profiles:
  merchants: {merchants_only: true}
"""
QUESTION = {"market": "binance.USDT-BOB", "side": "BUY", "amount": "2500"}


def stored_book(folder: Path) -> None:
    """A BUY book at noon, a SELL book two seconds later, and a series of a year ago."""
    store = RawStore(folder)
    nasty = ad(2, "10.60", "100", "3000")
    nasty["advertiser"]["nickName"] = NASTY
    asks = [
        ad(1, "10.50", "100", "2000"),
        nasty,
        ad(3, "10.20", "50", "60"),
        ad(4, "10.40", "5000", "9000", "900"),
        ad(6, "<b>no price</b>"),
    ]
    store.append(captures(NOON, page(asks)))
    store.append(
        captures(NOON + timedelta(seconds=2), page([ad(5, "10.30", "100", "9000", tradeType="BUY")]), side=Side.SELL)
    )
    BoardFile(DataPaths(folder)).publish(example_board(NOON + timedelta(seconds=8)))
    left_log(folder, session_board(NOON + timedelta(seconds=9), state="STOPPED"))
    (folder / "settings.yaml").write_text(SETTINGS)
    done = CliRunner().invoke(commands, ["--data-dir", str(folder), "process"])
    assert done.exit_code == 0, done.output
    imported = ["import-series", str(series_file(folder)), "--market", "bybit.USDT-RUB"]
    done = CliRunner().invoke(commands, ["--data-dir", str(folder), *imported])
    assert done.exit_code == 0, done.output


def edges_over(folder: Path, now: datetime = NOON + timedelta(seconds=12), token: str | None = None) -> Edges:
    """The service's edges over a folder."""
    found = Edges(DataPaths(folder), parse_settings(SETTINGS), Access(token), now=lambda: now)
    # However slow the machine is: what a page says while it waits has a test of its own.
    found.page_patience_seconds = 30.0
    return found


def client_of(edges: Edges, *, raises: bool = True) -> TestClient:
    """Asks a service; follows no redirect; what goes wrong inside is raised here unless `raises` is False."""
    app = create_app(edges)
    return TestClient(app, "http://127.0.0.1:8000", raise_server_exceptions=raises, follow_redirects=False)


@dataclass
class Element:
    """A tag with its attributes and all text inside."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """A page as its elements, in order."""

    html: str
    elements: list[Element] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[Element] = []
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in ("meta", "link", "input", "br", "img", "option"):
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.text += data
        for element in self._open:
            element.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements of a tag that have these attributes; a trailing `_` is cut from their names."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [one for one in self.elements if one.tag == tag and wanted.items() <= one.attributes.items()]

    def first(self, tag: str, **attributes: str) -> Element:
        """The first of them."""
        return self.all(tag, **attributes)[0]
