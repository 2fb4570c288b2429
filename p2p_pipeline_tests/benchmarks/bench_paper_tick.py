# ruff: noqa: T201
"""How long a tick of a live session takes: `python -m p2p_pipeline_tests.benchmarks.bench_paper_tick [SYMBOLS]`.

Every symbol has changed since the tick before, in the usual case none of them asks for a position; in the worst all do,
and all places are free. Beside it the same decisions one symbol after the other.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal, localcontext

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.paper.events import Event, Instrument, Rank, Tick
from p2p_pipeline.paper.machine.candles import Reference
from p2p_pipeline.paper.machine.market import Market, Past
from p2p_pipeline.paper.machine.session import advance
from p2p_pipeline.paper.machine.state import Session, new_session
from p2p_pipeline.paper.machine.strategy import evaluate
from p2p_pipeline.paper.machine.trading import Traded
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import SessionState

AT = 1_700_000_001_000
VALUES = {
    "markPrice": "100.0213", "lastPrice": "100.02", "bid1Price": "100.01", "ask1Price": "100.03",
    "openInterest": "123456.7", "openInterestValue": "12348299.46",
}  # fmt: skip
_MANY = Decimal(10**6)


def main(symbols: int = 600, rounds: int = 200) -> None:
    """Print the table."""
    settings = PaperSettings.model_validate({"account": {"max_positions": symbols}})
    print(f"a tick of {symbols} symbols that all have changed, milliseconds of processor time, {rounds} ticks")
    for name, pct in (("nobody asks", "0.1"), ("all ask and are placed", "0.9")):
        taken = [
            _milliseconds(_tick_of(_session(symbols, settings, pct))) for _ in range(rounds if pct == "0.1" else 20)
        ]
        print(f"{name}: median {statistics.median(taken):.2f}, worst {max(taken):.2f}")
    session = _session(symbols, settings, "0.1")
    taken = [_milliseconds(lambda: _one_by_one(session)) for _ in range(rounds)]
    print(f"one symbol after the other, decisions alone: median {statistics.median(taken):.2f}, worst {max(taken):.2f}")


def _session(symbols: int, settings: PaperSettings, pct: str) -> Session:
    """Armed symbols whose moves since the reference are a per cent of it."""
    session = new_session("tick", settings)
    session.is_frozen, session.state = True, SessionState.RUNNING
    values = {name: Decimal(text) for name, text in VALUES.items()}
    factor = 1 + Decimal(pct) / 100
    reference = Reference(
        0, round(values["markPrice"] / factor, 4), round(values["openInterestValue"] / factor, 2), None, AT - 60_000
    )
    for place in range(symbols):
        name = f"S{place:03d}USDT"
        instrument = Instrument(name, Decimal("0.0001"), Decimal("0.01"), Decimal("0.01"), _MANY, Decimal(5))
        market = Market(Past(300_000), dict(values), has_snapshot=True, last_frame_at=AT - 1)
        session.markets[name] = market
        session.traded[name] = Traded(instrument, market, reference)
        session.changed.add(name)
    return session


def _tick_of(session: Session) -> Callable[[], object]:
    return lambda: advance(session, Event(AT, Rank.TICK, "", 0, Tick()))


def _one_by_one(session: Session) -> None:
    with localcontext(EXACT):
        for traded in session.traded.values():
            mark, oiv, reference = traded.market.mark, traded.market.oiv, traded.reference
            if mark is not None and oiv is not None and reference is not None:
                evaluate(mark, oiv, reference, session.settings)


def _milliseconds(call: Callable[[], object]) -> float:
    begun = time.process_time()
    call()
    return (time.process_time() - begun) * 1e3


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
