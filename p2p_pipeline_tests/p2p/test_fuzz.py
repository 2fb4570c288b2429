"""Whatever a venue sends, nothing crashes, and every record is accepted, a counted duplicate, or quarantined."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.steps.offers import build_offers
from p2p_pipeline.p2p.tables import TABLES
from p2p_pipeline.p2p.venues.directory import venue_directory
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.p2p.binance_answers import captures
from p2p_pipeline_tests.p2p.mutations import mutate
from p2p_pipeline_tests.p2p.venues.answers import binance_ad, binance_answer, bybit_ad, bybit_answer

START = datetime(2024, 10, 25, tzinfo=UTC)
RESPONSES = 2_000
MARKETS = {"binance": Market("binance", "USDT", "BOB"), "bybit": Market("bybit", "USDT", "RUB")}


def good_answer(venue: str, source: random.Random) -> bytes:
    """A success answer with a few ads."""
    count = source.randint(1, 5)
    if venue == "binance":
        ads = [binance_ad(advNo=str(10**19 + n)) for n in range(count)]
        return binance_answer(*ads)
    return bybit_answer(*(bybit_ad(id=str(10**18 + n)) for n in range(count)))


def records_in(venue: str, body: bytes) -> int:
    """How many records a body holds, counted without the adapter; 0 where there is no list."""
    try:
        text = body.decode("utf-8", "replace")
        # `bool` of NaN and Infinity: such a value costs one record, which counts.
        answer: Any = json.loads(text, parse_constant=bool, strict=False)
    except ValueError:
        return 0
    found = answer.get("data") if venue == "binance" else (answer.get("result") or {}).get("items")
    return len(found) if isinstance(found, list) else 0


def check_round(folder: Path, venue: str, seed: int) -> Counter[str]:
    """Store mutated answers, process them, and compare what came out with what went in."""
    source = random.Random(seed)
    store = RawStore(folder)
    market = MARKETS[venue]
    sent: dict[str, bytes] = {}
    for number in range(RESPONSES // 2):
        body = mutate(good_answer(venue, source), source)
        (capture,) = made = captures(START + timedelta(seconds=30 * number), body, market=market)
        store.append(made)
        sent[capture.snapshot_id] = body
    lake = Lake(folder / "lake")
    build_offers(store.reader, lake, date(2024, 10, 25), market.key, PaymentMap.load())
    rows = lake.read(TABLES["snapshots"], date(2024, 10, 25), market.key).to_pylist()
    assert {row["snapshot_id"] for row in rows} == set(sent)
    adapter, seen = venue_directory()[venue], Counter[str]()
    for row in rows:
        body = sent[row["snapshot_id"]]
        is_refused = adapter.refusal(200, body) is not None
        expected = 1 if is_refused else records_in(venue, body)
        assert row["offers"] + row["quarantined"] + row["duplicates"] == expected, body
        seen.update({"refused": is_refused, "accepted": row["offers"], "quarantined": row["quarantined"]})
    return seen


@pytest.mark.parametrize("venue", MARKETS)
def test_every_record_of_a_thousand_mutated_answers_is_accounted_for(tmp_path: Path, venue: str) -> None:
    seen = check_round(tmp_path, venue, seed=1)
    # The mutations must be of every kind, or the sum above says nothing.
    assert seen["refused"] > 50
    assert seen["accepted"] > 500
    assert seen["quarantined"] > seen["refused"] + 50


@pytest.mark.long
@only_long
@pytest.mark.timeout(3600)
def test_every_record_of_a_hundred_thousand_mutated_answers_is_accounted_for(tmp_path: Path) -> None:
    seen = Counter[str]()
    for seed in range(50):
        for venue in MARKETS:
            seen.update(check_round(tmp_path / f"{venue}-{seed}", venue, seed + 100))
    assert seen["accepted"] > 50_000
