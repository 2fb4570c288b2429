"""What the tests ask of each route of the API: every operation of the document stands here, with real answers to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from typer.testing import CliRunner

from p2p_pipeline.cli import app as commands
from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page
from p2p_pipeline_tests.web.paper_board import SESSION
from p2p_pipeline_tests.web.serving import NOON


class Sent(NamedTuple):
    """What is sent to an address that changes something."""

    address: str
    body: dict[str, Any]


_PRICE = "market=binance.USDT-BOB&side=BUY"
_SERIES = "market=bybit.USDT-RUB&side=BUY&measure=ask"
ASKED: dict[str, tuple[str | Sent, ...]] = {
    "list_markets": ("/api/v1/markets?limit=3", "/api/v1/markets?venue=binance&asset=USDT&fiat=BOB"),
    "get_market": ("/api/v1/markets/binance.USDT-BOB", "/api/v1/markets/bybit.USDT-RUB"),
    "get_board": ("/api/v1/board",),
    "get_quote": (
        f"/api/v1/quotes?{_PRICE}&amount=2500",
        f"/api/v1/quotes?{_PRICE}&amount=100000",
        "/api/v1/quotes?market=binance.USDT-BOB&side=SELL&amount=100&profile=merchants&pay=bank_transfer",
    ),
    "get_depth": (f"/api/v1/depth?{_PRICE}",),
    "list_offers": (f"/api/v1/offers?{_PRICE}&limit=2", f"/api/v1/offers?{_PRICE}&amount=2500&pay=bank_transfer"),
    "get_standing": (f"/api/v1/standing?{_PRICE}&amount=2500", f"/api/v1/standing?{_PRICE}&amount=100000"),
    "get_combo": (
        "/api/v1/combos?from=BOB&to=VND&amount=2000",
        "/api/v1/combos?from=BOB&to=VND&amount=90000000",
        "/api/v1/combos?from=VND&to=BOB&amount=100000",
    ),
    "get_combo_history": ("/api/v1/combos/history?from=BOB&to=VND&amount=2000",),
    "get_score": (f"/api/v1/scores?{_PRICE}&amount=2500", f"/api/v1/scores?{_PRICE}&amount=100000"),
    "get_history": (f"/api/v1/history?{_SERIES}", f"/api/v1/history?{_SERIES}&period=1d&tz=Europe/Moscow"),
    "get_history_chart": (
        f"/api/v1/history/chart?{_SERIES}&with_measure=short&from=2024-01-15&to=2024-01-25",
        f"/api/v1/history/chart?{_PRICE}",
    ),
    "get_anomalies": (
        "/api/v1/anomalies?market=bybit.USDT-VND&by_event=true&from=2024-03-14&to=2024-03-15",
        "/api/v1/anomalies?market=bybit.USDT-RUB&all=true&from=2024-02-20&to=2024-02-26",
        "/api/v1/anomalies?market=binance.USDT-BOB",
    ),
    "get_windows": (f"/api/v1/windows?{_SERIES}&amount=5000", f"/api/v1/windows?{_SERIES}&to=2024-01-20"),
    "get_behaviour": ("/api/v1/behaviour?market=binance.USDT-BOB",),
    "get_slots": ("/api/v1/quality/slots",),
    "get_checks": ("/api/v1/quality/checks",),
    "get_check": ("/api/v1/quality/checks/schema_drift",),
    "get_warnings": (f"/api/v1/quality/warnings?{_PRICE}&subject=series", f"/api/v1/quality/warnings?{_PRICE}"),
    "get_quarantine": ("/api/v1/quarantine",),
    "list_questions": ("/api/v1/questions",),
    "ask_question": ("/api/v1/questions/batch_completeness?days=900&limit=1",),
    "list_batches": ("/api/v1/batches?limit=2",),
    "list_opportunities": (
        "/api/v1/opportunities?limit=2",
        "/api/v1/opportunities?buy=kucoin&symbol=sol&min_edge_pct=0.1",
    ),
    "list_kept_opportunities": ("/api/v1/opportunities/kept?limit=2",),
    "list_quarantined_opportunities": ("/api/v1/opportunities/quarantined",),
    "get_opportunity": ("/api/v1/opportunities/kucoin/okx/SOL/USDT",),
    "get_matrix": ("/api/v1/matrix",),
    "get_exchanges": ("/api/v1/exchanges",),
    "get_cycles": ("/api/v1/cycles",),
    "start_paper_session": (
        Sent("/api/v1/paper/session/start", {"config": {"entry": {"notional": "250"}, "short": None}, "seconds": 600}),
        Sent("/api/v1/paper/session/start", {"config_yaml": "rearm_seconds: 5", "source": "http://127.0.0.1:8530"}),
        Sent("/api/session/start", {}),
    ),
    "stop_paper_session": (
        Sent("/api/v1/paper/session/stop", {"session": SESSION}),
        Sent("/api/session/stop", {}),
    ),
    "get_paper_session_status": ("/api/v1/paper/session/status", "/api/session/status?symbols=true"),
    "list_paper_sessions": ("/api/v1/paper/sessions?limit=1",),
    "get_paper_session": (f"/api/v1/paper/sessions/{SESSION}?symbols=true", f"/api/v1/paper/sessions/{SESSION}"),
    "tell_paper_session": (Sent(f"/api/v1/paper/sessions/{SESSION}/commands", {"command": "close_all"}),),
    "list_paper_events": (
        f"/api/v1/paper/sessions/{SESSION}/events?type=order_filled&limit=1",
        f"/api/v1/paper/sessions/{SESSION}/events?from=3&symbol=AAAUSDT&text=armed",
    ),
    "get_paper_results": (f"/api/v1/paper/sessions/{SESSION}/results",),
    "live": ("/health/live",),
    "ready": ("/health/ready",),
    "metrics": ("/metrics",),
}
"""By the name of its function; the first of each is the example in the document."""


def stored_far_side(folder: Path, settings: str) -> None:
    """A second market on the venue of the first, so that one fiat can become another: now, and in the kept history."""
    store, market = RawStore(folder), Market("binance", "USDT", "VND")
    for number, side in enumerate(Side):
        maker = Side.SELL if side is Side.BUY else Side.BUY
        offer = ad(20 + number, "26000", "200000", "90000000", fiatUnit="VND", tradeType=maker.value)
        store.append(captures(NOON + timedelta(seconds=4 + number), page([offer]), side=side, market=market))
    (folder / "settings.yaml").write_text(settings)
    for words in (["process"], ["import-series", str(_leap_file(folder)), "--market", "bybit.USDT-VND"]):
        done = CliRunner().invoke(commands, ["--data-dir", str(folder), *words])
        assert done.exit_code == 0, done.output


def _leap_file(folder: Path) -> Path:
    """Two weeks of a price that hardly moves, but for four hours of the last day."""
    first, lines = datetime(2024, 3, 1, tzinfo=UTC), ["observed_at,side,ask"]
    for hour in range(15 * 24):
        price = 25_000 + 20 * (hour * 7 % 5) + (2_000 if 14 * 24 + 8 <= hour < 14 * 24 + 12 else 0)
        lines.append(f"{first + timedelta(hours=hour):%Y-%m-%dT%H:%MZ},BUY,{price}")
    path = folder / "leap.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
