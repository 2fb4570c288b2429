"""What the tests ask of each route of the API: every operation of the document stands here, with real answers to it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page
from p2p_pipeline_tests.web.serving import NOON

_PRICE = "market=binance.USDT-BOB&side=BUY"
_SERIES = "market=bybit.USDT-RUB&side=BUY&measure=ask"
ASKED = {
    "list_markets": ("/api/v1/markets",),
    "get_board": ("/api/v1/board",),
    "get_quote": (
        f"/api/v1/quotes?{_PRICE}&amount=2500",
        f"/api/v1/quotes?{_PRICE}&amount=100000",
        "/api/v1/quotes?market=binance.USDT-BOB&side=SELL&amount=100&profile=merchants&pay=bank_transfer",
    ),
    "get_depth": (f"/api/v1/depth?{_PRICE}",),
    "get_combo": (
        "/api/v1/combos?from=BOB&to=VND&amount=2000",
        "/api/v1/combos?from=BOB&to=VND&amount=90000000",
        "/api/v1/combos?from=VND&to=BOB&amount=100000",
    ),
    "get_score": (f"/api/v1/scores?{_PRICE}&amount=2500", f"/api/v1/scores?{_PRICE}&amount=100000"),
    "get_history": (f"/api/v1/history?{_SERIES}", f"/api/v1/history?{_SERIES}&period=1d&tz=Europe/Moscow"),
    "get_windows": (f"/api/v1/windows?{_SERIES}&amount=5000", f"/api/v1/windows?{_SERIES}&to=2024-01-20"),
    "get_behaviour": ("/api/v1/behaviour?market=binance.USDT-BOB",),
    "get_slots": ("/api/v1/quality/slots",),
    "get_quarantine": ("/api/v1/quarantine",),
    "list_questions": ("/api/v1/questions",),
    "ask_question": ("/api/v1/questions/batch_completeness?days=3",),
    "live": ("/health/live",),
    "ready": ("/health/ready",),
    "metrics": ("/metrics",),
}
"""By the name of its function; the first of each is the example in the document."""


def stored_far_side(folder: Path) -> None:
    """A second market on the venue of the first, so that one fiat can become another."""
    store, market = RawStore(folder), Market("binance", "USDT", "VND")
    for number, side in enumerate(Side):
        maker = Side.SELL if side is Side.BUY else Side.BUY
        offer = ad(20 + number, "26000", "200000", "90000000", fiatUnit="VND", tradeType=maker.value)
        store.append(captures(NOON + timedelta(seconds=4 + number), page([offer]), side=side, market=market))
