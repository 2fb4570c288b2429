"""Each property of a day of order books holds for a good day and shows what breaks it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from p2p_pipeline.exchanges.tables.schema import EXCHANGE_TABLES
from p2p_pipeline.orchestration.exchanges.judges import JUDGES
from p2p_pipeline.orchestration.exchanges.properties import EXCHANGE_PROPERTIES
from p2p_pipeline.p2p.quality.outcome import QualityOutcome

HOUR = datetime(2026, 11, 30, 7, tzinfo=UTC)
GOOD: dict[str, dict[str, Any]] = {
    "exchange_frames": {"connection": "ws0", "source": "live", "bytes": 9, "frames": 50_000, "lost": 0, "damage": ""},
    "exchange_books": {
        "symbol": "BTCUSDT", "state": "live", "frames": 50_000, "events": 50_000, "unreadable": 0, "gaps": 1,
        "resyncs": 1, "checksums_ok": 20_000, "checksums_failed": 0, "best_bid": Decimal(1), "best_ask": Decimal(2),
        "digest": "00",
    },
    "exchange_hours": {
        "frames": 50_000, "unreadable": 0, "reconnects": 0, "books_live": 1, "books": 1, "clock_offset_ms": -80.0,
        "lag_ms": 2.0,
    },
    "exchange_replays": {
        "scans": 720, "outcome": "same", "detail": "", "skipped": 0, "stored_sha256": "a", "replayed_sha256": "a",
    },
    "exchange_scans": {
        "scanned_at": HOUR, "cycle": 1, "service": "a", "is_simulated": False, "books_live": 2, "pairs": 6,
        "opportunities": 2, "quarantined": 1, "cycles": 0, "rejected": "{}", "best_edges": "{}",
    },
}  # fmt: skip


def judged(name: str, table: str = "", **changes: Any) -> QualityOutcome:
    def read(wanted: str) -> pa.Table:
        known = EXCHANGE_TABLES[wanted]
        if wanted not in GOOD:
            return known.empty()
        row = {"hour": HOUR, "exchange": "binance"} | GOOD[wanted] | (changes if wanted == table else {})
        return known.table_of([row])

    return JUDGES[name](read)


def test_what_dagster_lists_and_what_judges_it_are_the_same() -> None:
    assert set(JUDGES) == {entry.name for entry in EXCHANGE_PROPERTIES}


@pytest.mark.parametrize("name", sorted(JUDGES))
def test_a_good_day_holds(name: str) -> None:
    outcome = judged(name)
    assert outcome.passed
    assert outcome.expected
    assert outcome.observed


@pytest.mark.parametrize(
    ("name", "table", "changes"),
    [
        ("chain_verified", "exchange_frames", {"damage": "at byte 9: there is no header"}),
        ("none_lost", "exchange_frames", {"lost": 3}),
        ("gaps", "exchange_books", {"gaps": 6}),
        ("staleness", "exchange_scans", {"rejected": '{"book_stale":1}'}),
        ("checksum_failures", "exchange_books", {"checksums_failed": 3}),
        ("clock_offset", "exchange_hours", {"clock_offset_ms": 2_500.0}),
        ("skipped_cycles", "exchange_replays", {"skipped": 1}),
        ("replay_equal", "exchange_replays", {"outcome": "differs", "detail": "exchange_scans: row 3"}),
        ("share_quarantined", "exchange_scans", {"quarantined": 3}),
    ],
)
def test_a_bad_day_does_not_and_says_where(name: str, table: str, changes: dict[str, Any]) -> None:
    outcome = judged(name, table, **changes)
    assert not outcome.passed
    assert outcome.bad
    if name != "share_quarantined":
        assert HOUR in outcome.sample[0].values()


@pytest.mark.parametrize("name", sorted(JUDGES))
def test_a_day_without_anything_holds(name: str) -> None:
    assert JUDGES[name](lambda table: EXCHANGE_TABLES[table].empty()).passed
