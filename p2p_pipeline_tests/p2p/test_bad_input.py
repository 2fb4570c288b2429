"""Broken recordings through import, processing and the newest book: nothing raises, and good lines always answer."""

from __future__ import annotations

import json
import random
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.actions.process import process_days
from p2p_pipeline.p2p.answers.now import AnswerDesk, answer
from p2p_pipeline.p2p.markets import WIDE, Market, MarketSide, Side
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.recordings import import_recording
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.tables import TABLES
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.p2p.binance_answers import URL, ad, page

NOW = datetime(2024, 10, 26, tzinfo=UTC)
BOB = Market("binance", "USDT", "BOB")
ROUNDS = this_many(1, 200)
LINES = 25
_NUMBERS = (
    "NaN", "Infinity", "-1", "1e400", "9" * 5_000, "0." + "0" * 30 + "1", "1e20", "1e-12", '"' + "9" * 20 + '"', "null",
    '"1e15"', '"0.000000000001"', '"99999999999999999999.999999999999"', '"1,000.00"', "[" * 3_000 + "]" * 3_000,
)  # fmt: skip


def exchange(number: int, market: Market = BOB, price: str = "10.50") -> dict[str, Any]:
    ads = [ad(n, price=price, asset=market.asset, fiatUnit=market.fiat) for n in range(3)]
    return {
        "received_at": f"2024-10-25T12:{number % 60:02}:00Z",
        "method": "POST",
        "url": URL,
        "request": {"asset": market.asset, "fiat": market.fiat, "tradeType": "BUY", "page": 1},
        "status": 200,
        "body": json.loads(page(ads)),
    }


def broken(number: int, source: random.Random) -> bytes:
    """A line of another market with something wrong with it: in the envelope, in a number, or in its bytes."""
    said = exchange(number, Market("binance", source.choice(("BTC", "USDT", "PEPE")), "VES"))
    way = source.randrange(4)
    odd = source.choice(_NUMBERS)
    if way == 0:
        said[source.choice(sorted(said))] = "ODD"
    elif way == 1:
        said["request"][source.choice(sorted(said["request"]))] = "ODD"
    else:
        adv = source.choice(said["body"]["data"])["adv"]
        for _ in range(source.randint(1, 4)):
            adv[source.choice(sorted(adv))] = "ODD"
    line = bytearray(json.dumps(said).replace('"ODD"', odd).encode())
    if way == 3:
        for _ in range(source.randint(1, 3)):
            line[source.randrange(len(line))] = source.randrange(256)
    return bytes(line).replace(b"\n", b" ").replace(b"BOB", b"VES")


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_broken_lines_beside_good_ones_cost_the_good_ones_nothing(seed: int) -> None:
    source = random.Random(seed)
    good = [json.dumps(exchange(number)).encode() for number in range(5)]
    lines = good + [broken(number, source) for number in range(LINES)]
    source.shuffle(lines)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "recording.jsonl").write_bytes(b"\n".join(lines))
        store = RawStore(folder)
        report = import_recording(folder / "recording.jsonl", store, now=NOW)
        assert report.captures + report.skipped >= LINES + 5
        lake = Lake(folder / "lake")
        done = process_days(store.reader, lake, store.reader.days(), Settings(), PaymentMap.load(), NOW)
        assert [(each.market_key, each.trace) for each in done.failed] == []
        view = AnswerDesk(store.reader, PaymentMap.load()).newest(MarketSide(BOB, Side.BUY))
        best = answer(view, WIDE, Decimal(1000), 3).quote.best_split
        assert best is not None
        assert best.price == Decimal("10.50")
        rows = lake.read(TABLES["quotes"], NOW.date().replace(day=25), BOB.key).to_pylist()
        assert len({row["snapshot_id"] for row in rows}) == 5
        for key in store.reader.file_keys(NOW.date().replace(day=25)):
            for row in lake.read(TABLES["quotes"], NOW.date().replace(day=25), key).to_pylist():
                assert row["is_executable"] or row["reason"]
