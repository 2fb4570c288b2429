"""What a venue says goes into Dagster's metadata as text: no cell, link or picture comes of it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from markdown_it import MarkdownIt

from p2p_pipeline.orchestration.collection.reports import lists_metadata, sides_table, told
from p2p_pipeline.orchestration.results import outcome_metadata
from p2p_pipeline.orchestration.tables.summary_view import windows_view
from p2p_pipeline.p2p.capture.reference_lists import ListsReport, WantedList
from p2p_pipeline.p2p.capture.slot_results import CollectionReport, SlotResult, SlotStatus
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity
from p2p_pipeline.p2p.raw.capture import Purpose

NASTY = "a | ![i](http://evil.example/i.png) <img src=x> [l](http://evil.example) \x1b[2J \u202e"
SIDE = MarketSide(Market("bybit", "USDT", "RUB"), Side.BUY)
REPORT = CollectionReport(
    "bybit", 7, (SlotResult(SIDE, 7, "s", SlotStatus.FAILED, message=NASTY),), 1.0, f"bybit: {NASTY}"
)


def pages() -> dict[str, Any]:
    outcome = QualityOutcome("one", False, Severity.WARN, "none", NASTY, ({"name": NASTY, NASTY: 1},))
    failed = ListsReport(failed=((WantedList("bybit", Purpose.PAYMENT_LIST, None), NASTY),))
    return {
        "a tick's market sides": sides_table(REPORT).value,
        "a list that failed": lists_metadata(failed)["problems"].value,
        "a check's sample": outcome_metadata(outcome)["sample"].value,
    }


@pytest.mark.parametrize("name", pages())
def test_a_page_of_dagster_fetches_nothing_and_keeps_its_columns(name: str) -> None:
    page = pages()[name]
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    cells = [token for token in tokens if token.type == "inline"]
    assert {child.type for cell in cells for child in cell.children or []} <= {"text"}
    assert "a | ![i](http:" in "".join(cell.content for cell in cells).replace("\\", "").replace("&#124;", "|").replace(
        "\u2060", ""
    )
    rows = sum(token.type == "tr_open" for token in tokens)
    assert len(cells) % rows == 0
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_what_a_tick_tells_and_a_check_observed_command_no_terminal() -> None:
    outcome = outcome_metadata(QualityOutcome("one", True, Severity.WARN, NASTY, NASTY))
    for text in (told(REPORT), outcome["expected"].value):
        assert "\x1b" not in str(text)
        assert r"\x1b[2J" in str(text)


def test_a_summary_shows_names_as_they_are() -> None:
    row = {
        "market_key": NASTY, "side": "BUY", "measure": "best", "profile": "wide", "amount_fiat": 1, "step": 0,
        "verdict": "none", "weekday": None, "hour": 1, "is_recommended": False, "expected_improvement": None,
        "is_of_weekdays": False, "week_low": None, "week_high": None, "reason": NASTY,
    }  # fmt: skip
    schema = pa.schema([
        *[pa.field(name, pa.string()) for name in ("market_key", "side", "measure", "profile", "verdict", "reason")],
        *[pa.field(name, pa.int32()) for name in ("amount_fiat", "step", "weekday", "hour")],
        *[pa.field(name, pa.float64()) for name in ("expected_improvement", "week_low", "week_high")],
        pa.field("is_recommended", pa.bool_()),
        pa.field("is_of_weekdays", pa.bool_()),
    ])  # fmt: skip
    tokens = MarkdownIt("commonmark").enable("table").parse(windows_view(pa.Table.from_pylist([row], schema)))
    cells = [token for token in tokens if token.type == "inline"]
    assert {child.type for cell in cells for child in cell.children or []} <= {"text"}
    assert len(cells) == 2 * 10
