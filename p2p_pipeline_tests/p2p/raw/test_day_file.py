from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest

from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.raw import day_file, day_index
from p2p_pipeline.p2p.raw.day_index import DamagedPart, DayIndex, Entry, Place, Tail
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.raw.example_snapshots import DAY, KEY, example_snapshot


def test_an_append_looks_only_at_what_is_new_however_many_markets_take_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    markets = [Market("bybit", f"A{number:02}", "RUB") for number in range(40)]
    store = RawStore(tmp_path, min_free_bytes=0)
    for number in range(3):
        for market in markets:
            store.append(example_snapshot(number, market=market))
    looked_at: list[int] = []
    scan = day_index.scan

    def watched(file: BinaryIO, start: int, size: int) -> Iterator[Entry | DamagedPart | Tail]:
        looked_at.append(start)
        return scan(file, start, size)

    monkeypatch.setattr(day_index, "scan", watched)
    for market in markets:
        store.append(example_snapshot(3, market=market))
    assert len(looked_at) == 40
    assert min(looked_at) > 0, "no file is read from its beginning again"


def test_the_indexes_of_days_gone_by_and_of_too_many_snapshots_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = day_file.IndexMemory()

    def use(day: date, key: str, entries: int = 0) -> DayIndex:
        with memory.borrow(day, key) as index:
            index.entries.extend([DamagedPart(Place.FRAMED, 0, 1, "an entry")] * entries)
            return index

    days = [DAY + timedelta(days=after) for after in range(4)]
    first = use(days[0], KEY)
    second = use(days[1], KEY)
    use(days[2], KEY)
    assert use(days[0], KEY) is first
    use(days[3], KEY)
    assert use(days[0], KEY) is first
    assert use(days[1], KEY) is not second, "it was used longest ago"
    monkeypatch.setattr(day_file, "_REMEMBERED_ENTRIES", 10)
    large = use(days[3], "bybit.USDT-EUR", entries=11)
    assert use(days[3], "bybit.USDT-EUR") is large, "the one in use stays, whatever its size"
    use(days[3], KEY)
    assert use(days[3], "bybit.USDT-EUR") is not large
