"""The tables of docs/methods.md about windows: `python -m p2p_pipeline_tests.p2p.metrics.timing.measured noise 400`.

`noise RUNS` and `rhythm RUNS` simulate RUNS series a cell; `recorded` walks through the recorded year.
"""

from __future__ import annotations

import sys
from functools import partial
from multiprocessing import Pool

import numpy as np

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.walk_forward import summary, walk_forward
from p2p_pipeline_tests.p2p.metrics.timing.recorded_series import ZONE, recorded
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import NOISES, rhythm
from p2p_pipeline_tests.p2p.metrics.timing.trials import Trial, share, trial

WEEKS = (4, 6, 8, 13, 26, 52)


def main(arguments: list[str]) -> None:
    """Print the asked table."""
    if arguments[:1] == ["recorded"]:
        _recorded()
        return
    kind, runs = arguments[0], int(arguments[1])
    print("noise | weeks | wave | recommended | next week held | truth held | best hour among them | regret held")  # noqa: T201
    waves = (0.0,) if kind == "noise" else (0.001, 0.003)
    with Pool() as pool:
        for noise in NOISES if kind == "noise" else ("random walk", "autoregressive 0.5", "drift of 5 % a week"):
            for wave in waves:
                for weeks in WEEKS:
                    by_hour = rhythm(168, wave) if wave else np.zeros(168)
                    one = partial(_one, noise, weeks, by_hour)
                    print(f"{noise} | {weeks} | {wave:.1%} | {_shares(pool.map(one, range(runs)))}", flush=True)  # noqa: T201


def _one(noise: str, weeks: int, by_hour: np.ndarray, seed: int) -> Trial:
    return trial(noise, weeks, seed, by_hour)


def _shares(found: list[Trial]) -> str:
    names = ("is_recommended", "holds_next_week", "holds_truth", "contains_best", "holds_regret")
    return " | ".join(f"{100 * share([getattr(one, name) for one in found]):.1f}" for name in names)


def _recorded() -> None:
    for side in Side:
        for measure in ("low", "median", "vwap", "high"):
            print(f"{side} {measure}: {summary(walk_forward(recorded(side, measure), ZONE))}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
