"""What a scan costs: `python -m p2p_pipeline_tests.benchmarks.bench_arbitrage_scan [SYMBOLS] [ROUNDS]`.

14 exchanges with each symbol's book of 20 levels, and 3 notionals; the least, middle and longest time of some rounds,
and the middle of the processor's own, which says more on a machine with company.
`usual`: prices differ by less than the fees, two symbols cross at one exchange. `worst`: no two exchanges agree, so
that of each two one can be bought from and sold to the other; every walk is decided exactly, and of more than a hundred
each is calculated when it is read, which is the last line. `thin`: so, and the largest notional eats every level.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from statistics import median

import numpy as np

from p2p_pipeline.exchanges.books.view import MarketView
from p2p_pipeline.exchanges.scan.scanning import Scanner
from p2p_pipeline_tests.exchanges.scan.large_market import CONFIRMED, RULES, large_market

AT = datetime(2026, 11, 30, tzinfo=UTC)
EXCHANGES, LEVELS = 14, 20


def main(symbols: int = 1_000, rounds: int = 15) -> None:
    """Print a line for each market, with and without the table of best edges."""
    print(f"{EXCHANGES} exchanges, {symbols} symbols, {LEVELS} levels, {len(RULES.notionals)} notionals; milliseconds")  # noqa: T201
    for name, apart, level_usd in (("usual", 0.0002, 1_500), ("worst", 0.02, 1_500), ("thin", 0.02, 300)):
        view = large_market(
            symbols, apart=apart, exchanges=EXCHANGES, levels=LEVELS, crossing=0.002, level_usd=level_usd, is_kept=True
        )
        for with_best_edges in (False, True):
            _measure(name, view, rounds, with_best_edges=with_best_edges)
    found = Scanner().scan(view, RULES, CONFIRMED, cycle=0, at=AT).opportunities
    began = time.perf_counter()
    count = sum(1 for _ in found[:10_000])
    print(f"calculating one of them when it is read: {(time.perf_counter() - began) / count * 1e3:.3f}")  # noqa: T201


def _measure(name: str, view: MarketView, rounds: int, *, with_best_edges: bool) -> None:
    scanner, spent, busy = Scanner(), [], []
    for number in range(rounds + 1):
        began, cpu = time.perf_counter(), time.process_time()
        found = scanner.scan(view, RULES, CONFIRMED, cycle=number, at=AT, with_best_edges=with_best_edges)
        busy.append((time.process_time() - cpu) * 1_000)
        spent.append((time.perf_counter() - began) * 1_000)
    first, *rest = spent
    said = "with the table of best edges" if with_best_edges else "alone"
    print(  # noqa: T201
        f"{name:<7}{said:<30} least {min(rest):6.1f}  middle {median(rest):6.1f}  longest {max(rest):6.1f}  CPU "
        f"{median(busy[1:]):6.1f}  first {first:7.1f};  {len(found.opportunities):,} of {found.pairs:,} pay"
    )


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    main(*(int(argument) for argument in sys.argv[1:]))
