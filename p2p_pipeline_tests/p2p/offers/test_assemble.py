"""What a snapshot's captures become: each record once, as an offer or in the quarantine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from p2p_pipeline.p2p.markets import Side, Source
from p2p_pipeline.p2p.offers.assemble import assemble
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose
from p2p_pipeline.p2p.raw.stored import StoredSnapshot
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline_tests.p2p.binance_answers import ad, page

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_record_that_is_shown_twice_is_quarantined_once() -> None:
    body = page([ad(1), ad(2, price="x"), ad(3, tradeType="BUY")])
    capture = Capture(
        "binance.USDT-BOB:BUY:2026-03-01T00:00:00Z", 0, Purpose.SWEEP, Source.SIMULATED, Outcome.OK, None, "binance",
        "USDT", "BOB", Side.BUY, 1, 1, NOW, NOW, 1.0, "POST", "http://x", {}, 200, {}, body,
    )  # fmt: skip
    again = ((capture, 0), (replace(capture, ordinal=1), 9))
    stored = StoredSnapshot(capture.snapshot_id, again, "2026-03-01/binance.sweep-BOB.jsonl", 0, 18)
    found = assemble(stored, BinanceVenue(), PaymentMap.load(), lambda _: {})
    assert found is not None
    assert [(row["ordinal"], row["reason"]) for row in found.quarantine] == [(1, "bad_number"), (2, "wrong_market")]
    assert (found.row["quarantined"], found.row["offers"], found.is_whole) == (2, 1, True)
