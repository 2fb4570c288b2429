"""How long a quote takes: `python -m p2p_pipeline_tests.benchmarks.bench_execution`."""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import product

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.pricing.book import Book
from p2p_pipeline.p2p.metrics.pricing.execution import quote
from p2p_pipeline.p2p.metrics.pricing.units import to_units
from p2p_pipeline.p2p.metrics.pricing.work import MOST_STEPS
from p2p_pipeline_tests.p2p.metrics.pricing.random_books import KINDS, amounts_for

OFFERS = 600
SPLITS = (1, 3, 5)


def _milliseconds(call: Callable[[], object], times: int = 9) -> float:
    """The median time of a call."""
    taken = []
    for _ in range(times):
        begun = time.process_time()
        call()
        taken.append((time.process_time() - begun) * 1e3)
    return statistics.median(taken)


def _print_building() -> None:
    for side in Side:
        sheet = KINDS["realistic"](random.Random(1), OFFERS, side)
        price, low, high, available = (
            to_units([getattr(advert, name) for advert in sheet.adverts])
            for name in ("price", "min_fiat", "max_fiat", "available_asset")
        )
        build = partial(
            Book.from_columns,
            side,
            offer_ids=[advert.offer_id for advert in sheet.adverts],
            price=price,
            min_fiat=low,
            max_fiat=high,
            available_asset=available,
            fiat_scale=2,
            asset_scale=2,
        )
        integers, decimals = _milliseconds(build), _milliseconds(sheet.book)
        _line(f"a {side} book of {OFFERS} offers is made in {integers:.2f} ms of integers, {decimals:.2f} of Decimals")


def main(books: int = 6, amounts: int = 10, steps: int = MOST_STEPS) -> None:
    """Print a table: each kind of book and number of splits, median and 99th percentile in milliseconds."""
    _print_building()
    _line(f"quotes over books of {OFFERS} offers, milliseconds of CPU; {books * 2} books x {amounts} amounts")
    _line(f"{'book':<16}{'k':>3}{'median':>10}{'p99':>10}{'max':>10}{'not placed':>12}{'stopped':>9}{'worst gap':>11}")
    for (kind, make), max_splits in product(KINDS.items(), SPLITS):
        times, refused, gaps = [], 0, []
        for seed, side in product(range(books), Side):
            rng = random.Random(seed)
            sheet = make(rng, OFFERS, side)
            book = sheet.book()
            for amount in amounts_for(rng, sheet, book, amounts, max_splits):
                begun = time.process_time()
                answer = quote(book, amount, max_splits, most_steps=steps)
                times.append((time.process_time() - begun) * 1e3)
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
