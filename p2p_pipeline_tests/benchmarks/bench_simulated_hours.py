# ruff: noqa: T201
"""Found, missed and false over a simulated hour at each fault, all fourteen exchanges: python -m … [SECONDS [FAULT…]].

`--feed top` watches the feeds of whole first levels instead of changes. A day, to see whether memory stays flat:
`86400 drop --exchanges okx,kraken,gate --rate 0.2 --watch`.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from p2p_pipeline.exchanges.simulator.listing import EXCHANGES
from p2p_pipeline.exchanges.words import Feed
from p2p_pipeline_tests.exchanges.simulator.hours import FAULTS, SYMBOLS, started
from p2p_pipeline_tests.exchanges.simulator.judge import Judge
from p2p_pipeline_tests.exchanges.simulator.world import World


def main() -> None:
    """A line for each fault; with `--watch` one for each simulated half hour as well."""
    asked = argparse.ArgumentParser()
    asked.add_argument("seconds", type=float, nargs="?", default=3_600.0)
    asked.add_argument("names", nargs="*", default=list(FAULTS))
    asked.add_argument("--feed", type=Feed, default=Feed.DELTA)
    asked.add_argument("--exchanges", type=lambda text: tuple(text.split(",")), default=EXCHANGES)
    asked.add_argument("--symbols", type=int, default=10, help="how many; with few, plants live shortly")
    asked.add_argument("--rate", type=float, default=0.25, help="changes a second of each book")
    asked.add_argument("--watch", action="store_true")
    options = asked.parse_args()
    for name in options.names:
        world = started(
            FAULTS[name],
            exchanges=options.exchanges,
            feed=options.feed,
            symbols=SYMBOLS[:2] + SYMBOLS[2 - options.symbols :],
            changes_per_second=options.rate,
        )
        measure(name, world, options.seconds, is_watched=options.watch)


def measure(name: str, world: World, seconds: float, *, is_watched: bool) -> None:
    """Run one fault and say what came of it."""
    began = time.monotonic()
    judge = Judge(world.hall, world.settings.max_age_seconds)
    for scan in world.scan_every(seconds):
        judge.look(scan, world.now)
        if is_watched and scan.cycle % 360 == 0:
            print(f"  {scan.cycle / 720:.1f} h: {_memory_mib():.0f} MiB; {judge.verdict.text()}", flush=True)
    each = [client.books.counters for client in world.clients.values()]
    gaps, resyncs = sum(one.gaps for one in each), sum(one.resyncs for one in each)
    frames, again = sum(one.frames for one in each), sum(one.reconnects for one in each)
    took = time.monotonic() - began
    print(
        f"{name}: {judge.verdict.text()}; {frames} frames, {gaps} gaps, {resyncs} re-syncs, {again} reconnects; "
        f"{took:.0f} s, {_memory_mib():.0f} MiB",
        flush=True,
    )
    for text in judge.verdict.false[:5]:
        print(f"  false: {text}")


def _memory_mib() -> float:
    """What is resident now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
