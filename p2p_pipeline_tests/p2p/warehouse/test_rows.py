"""A batch's lines: as they were, whether they waited in memory or on the disk."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.warehouse.batch import MarketRead
from p2p_pipeline.p2p.warehouse.rows import StagedBatch
from p2p_pipeline_tests.p2p.warehouse.made_offers import offer
from p2p_pipeline_tests.p2p.warehouse.simulated_market import read_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIDES = 20
OFFERS = 250


def _reads() -> Iterator[MarketRead]:
    for number in range(SIDES):
        side = MarketSide(Market("binance", "USDT", f"F{number}"), Side.BUY)
        names = (f"{place}\tñ\ud800" + "x" * 1_500 for place in range(OFFERS))
        yield read_of(side, NOON, tuple(offer(str(n), side, advertiser_name=name) for n, name in enumerate(names)))


def test_lines_that_wait_on_the_disk_are_those_that_wait_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    some = [3, OFFERS * SIDES - 1, OFFERS, 0]
    found = []
    for memory_bytes in (1 << 30, 1_000):
        monkeypatch.setattr("p2p_pipeline.p2p.warehouse.rows.MEMORY_BYTES", memory_bytes)
        with StagedBatch() as staged:
            digests = b"".join(staged.digests(_reads()))
            found.append((digests, b"".join(staged.lines(some)), b"".join(staged.lines(range(staged.offers)))))
    assert found[0] == found[1]
    digests, lines, _ = found[0]
    shown = [line.split("\t") for line in lines.decode().splitlines()]
    assert [(line[0], line[1], line[3]) for line in shown] == [
        ("3", "0", "3"), (str(OFFERS * SIDES - 1), str(SIDES - 1), str(OFFERS - 1)), (str(OFFERS), "1", "0"),
        ("0", "0", "0"),
    ]  # fmt: skip
    assert all(f"{line[0]}\t{line[2]}" in digests.decode().splitlines() for line in shown)


def test_the_lines_of_a_large_market_are_not_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2p_pipeline.p2p.warehouse.rows.MEMORY_BYTES", 100_000)
    tracemalloc.start()
    try:
        with StagedBatch() as staged:
            written = sum(len(chunk) for chunk in staged.digests(_reads()))
            lines_bytes = sum(map(len, staged.lines(range(staged.offers))))
            _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert written > 0
    # Two chunks of 2,000 lines while they are sent, never the batch.
    assert lines_bytes > 7_000_000
    assert peak < 7_000_000
