"""How long a quote takes: `python -m p2p_pipeline_tests.benchmarks.bench_execution`."""

from __future__ import annotations

import random
import statistics
import sys
import time
from itertools import product

from p2p_pipeline.markets import Side
from p2p_pipeline.metrics.execution import quote
from p2p_pipeline_tests.metrics.random_books import KINDS, amounts_for

OFFERS = 600
SPLITS = (1, 3, 5)


def main(books: int = 6, amounts: int = 10, seconds: float = 2.0) -> None:
    """Print a table: each kind of book and number of splits, median and 99th percentile in milliseconds."""
    _line(f"quotes over books of {OFFERS} offers, milliseconds of wall time; {books * 2} books x {amounts} amounts")
    _line(f"{'book':<16}{'k':>3}{'median':>10}{'p99':>10}{'max':>10}{'not placed':>12}{'stopped':>9}{'worst gap':>11}")
    for (kind, make), max_splits in product(KINDS.items(), SPLITS):
        times, refused, gaps = [], 0, []
        for seed, side in product(range(books), Side):
            rng = random.Random(seed)
            sheet = make(rng, OFFERS, side)
            book = sheet.book()
            for amount in amounts_for(rng, sheet, book, amounts, max_splits):
                begun = time.perf_counter()
                answer = quote(book, amount, max_splits, time_budget_seconds=seconds)
                times.append((time.perf_counter() - begun) * 1e3)
                refused += not answer.is_executable
                gaps.append(answer.proven_gap)
        times.sort()
        _line(
            f"{kind:<16}{max_splits:>3}{statistics.median(times):>10.3f}{times[int(len(times) * 0.99) - 1]:>10.2f}"
            f"{times[-1]:>10.2f}{refused:>12}{sum(gap > 0 for gap in gaps):>9}{max(gaps):>11.2g}"
        )


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
