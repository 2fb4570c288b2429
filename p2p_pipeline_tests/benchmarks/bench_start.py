"""How long commands take from typing to the answer: `python -m p2p_pipeline_tests.benchmarks.bench_start`.

As shares of what `import pandas` costs in the same environment, all in turn in one run: what slows one slows all.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page

ASKED = ("--market", "binance.USDT-BOB", "--side", "BUY")
COMMANDS: dict[str, tuple[Sequence[str], float]] = {
    "p2p --help": (("--help",), 0.5),
    "p2p now --help": (("now", "--help"), 0.5),
    "p2p sweep --help": (("sweep", "--help"), 0.5),
    "p2p windows --help": (("windows", "--help"), 0.5),
    "p2p now": (("now", *ASKED, "--amount", "7000"), 1.0),
    "p2p depth": (("depth", *ASKED), 1.0),
    "p2p combo": (("combo", "--from", "BOB", "--to", "USD", "--amount", "7000"), 1.0),
    "p2p score": (("score", *ASKED, "--amount", "7000"), 1.0),
    "p2p score, processed": (("--data-dir", "processed", "score", *ASKED, "--amount", "7000"), 1.1),
}
"""What is run, and the share of `import pandas` that it may cost. With a past to read, DuckDB is loaded too."""
MEASURE_ALONE = "import pandas"


def _fill(folder: Path, ads: int = 100) -> None:
    store, now = RawStore(folder / "data"), datetime.now(UTC)
    for fiat in ("BOB", "USD"):
        for side in Side:
            trade = "SELL" if side is Side.BUY else "BUY"
            book = [ad(number, f"{10 + number / 100:.2f}", fiatUnit=fiat, tradeType=trade) for number in range(ads)]
            pages = [page(book[first : first + 20], ads) for first in range(0, ads, 20)]
            store.append(captures(now, *pages, side=side, market=Market("binance", "USDT", fiat)))
    markets = "".join(f"  - market: binance.USDT-{fiat}\n" for fiat in ("BOB", "USD"))
    (folder / "settings.yaml").write_text(f"markets:\n{markets}", encoding="utf-8")


def _cpu_seconds(command: Sequence[str], folder: Path) -> float:
    before = os.times()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main(rounds: int = 7) -> None:
    """Print the table: median seconds of CPU and the share of `import pandas`, with what was promised."""
    p2p = (sys.executable, "-c", "from p2p_pipeline.cli import main; main()")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        _fill(folder)
        shutil.copytree(folder / "data", folder / "processed")
        _cpu_seconds((*p2p, "--data-dir", "processed", "process"), folder)
        taken: dict[str, list[float]] = {MEASURE_ALONE: [], **{name: [] for name in COMMANDS}}
        for _ in range(rounds):
            taken[MEASURE_ALONE].append(_cpu_seconds((sys.executable, "-c", MEASURE_ALONE), folder))
            for name, (words, _) in COMMANDS.items():
                taken[name].append(_cpu_seconds((*p2p, *words), folder))
    whole = statistics.median(taken[MEASURE_ALONE])
    _line(f"starting: CPU, median of {rounds} rounds, each of all in turn")
    _line(f"{'command':<22}{'seconds':>9}{'of pandas':>11}{'promised':>10}")
    for name, seconds in taken.items():
        share = statistics.median(seconds) / whole
        promised = f"{COMMANDS[name][1]:>10.1f}" if name in COMMANDS else ""
        _line(f"{name:<22}{statistics.median(seconds):>9.2f}{share:>11.2f}{promised}")


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
