"""The books of the recorded fortnight, as sheets."""

from __future__ import annotations

import functools
import gzip
import json
from collections import defaultdict
from decimal import Decimal

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline_tests.p2p.metrics.pricing.random_books import Advert, Sheet
from p2p_pipeline_tests.shared_files import RECORDINGS

RECORDING = RECORDINGS / "binance_usdt_bob_2024-10.jsonl.gz"


@functools.cache
def recorded_sheets() -> tuple[Sheet, ...]:
    snapshots: dict[tuple[str, str], dict[str, Advert]] = defaultdict(dict)
    with gzip.open(RECORDING, "rt") as lines:
        for line in lines:
            exchange = json.loads(line)
            adverts = snapshots[exchange["received_at"], exchange["request"]["tradeType"]]
            for item in exchange["body"]["data"] or []:
                adv = item["adv"]
                adverts[adv["advNo"]] = Advert(
                    adv["advNo"],
                    Decimal(adv["price"]),
                    Decimal(adv["minSingleTransAmount"]),
                    Decimal(adv["dynamicMaxSingleTransAmount"]),
                    Decimal(adv["tradableQuantity"]),
                )
    return tuple(Sheet(Side(side), tuple(adverts.values())) for (_, side), adverts in snapshots.items())
