"""The tables of docs/methods.md about windows: `python -m p2p_pipeline_tests.p2p.metrics.timing.measured noise 60`.

`noise RUNS [WEEKS,…]` and `rhythm RUNS [WEEKS,…]` simulate RUNS series a cell, `changing RUNS` rhythms that change and
the trap of a rare bad day; `recorded` walks through the recorded year.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from multiprocessing import Pool

import numpy as np

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.advice import advise_and_walk
from p2p_pipeline.p2p.metrics.timing.judgement import Verdict
from p2p_pipeline.p2p.metrics.timing.walk_forward import ScoredWeek, summary
from p2p_pipeline_tests.p2p.metrics.timing.changing_series import FACTORS, changing, trap
from p2p_pipeline_tests.p2p.metrics.timing.recorded_series import ZONE, recorded
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import NOISES, rhythm
from p2p_pipeline_tests.p2p.metrics.timing.trials import Trial, share, trial

WEEKS = (4, 6, 8, 13, 26, 52)
MEASURED = ("is_recommended", "holds_next_week", "holds_truth", "contains_best", "holds_regret")
CHANGING_WEEKS, AMPLITUDE = 26, 0.005


def main(arguments: list[str]) -> None:
    """Print the asked table."""
    kind, *rest = arguments
    if kind == "recorded":
        _recorded()
    elif kind == "changing":
        _changing(int(rest[0]))
    else:
        _simulated(kind, int(rest[0]), [int(word) for word in rest[1].split(",")] if rest[1:] else WEEKS)


def _simulated(kind: str, runs: int, lengths: Sequence[int]) -> None:
    print("noise | weeks | wave | recommended | next week held | truth held | best hour among them | regret held")  # noqa: T201
    waves = (0.0,) if kind == "noise" else (0.001, 0.003)
    all_found: dict[str | int, list[Trial]] = {}
    with Pool() as pool:
        for noise in NOISES if kind == "noise" else ("random walk", "autoregressive 0.5", "drift of 5 % a week"):
            for wave in waves:
                for weeks in lengths:
                    by_hour = rhythm(168, wave) if wave else np.zeros(168)
                    found = pool.map(partial(_one, noise, weeks, by_hour), range(runs))
                    print(f"{noise} | {weeks} | {wave:.1%} | {_shares(found)}", flush=True)  # noqa: T201
                    for margin in (noise, weeks):
                        all_found.setdefault(margin, []).extend(found)
    for margin, found in all_found.items():
        print(f"{margin} | all | | {_shares(found)} | {len(found)} series", flush=True)  # noqa: T201


def _one(noise: str, weeks: int, by_hour: np.ndarray, seed: int) -> Trial:
    return trial(noise, weeks, seed, by_hour)


def _shares(found: list[Trial]) -> str:
    return " | ".join(f"{100 * share([getattr(one, name) for one in found]):.1f}" for name in MEASURED)


def _changing(runs: int) -> None:
    with Pool() as pool:
        for kind in FACTORS:
            print(f"{kind} | {_changed(kind, pool.map(partial(_walked, kind), range(runs)))}", flush=True)  # noqa: T201
        found = pool.map(_trapped, range(runs))
    print(f"trap | recommended after 26 weeks {share(found):.1%}", flush=True)  # noqa: T201


def _walked(kind: str, seed: int) -> tuple[bool, list[ScoredWeek]]:
    advice, weeks = advise_and_walk(changing(kind, CHANGING_WEEKS, AMPLITUDE, seed), "UTC")
    return advice.verdict is Verdict.RECOMMENDED, weeks


def _trapped(seed: int) -> bool:
    return advise_and_walk(trap(CHANGING_WEEKS, seed, list(Side)[seed % 2]), "UTC")[0].verdict is Verdict.RECOMMENDED


def _changed(kind: str, found: list[tuple[bool, list[ScoredWeek]]]) -> str:
    """Recommended at the end, and in each week since the change: how often anything, and how often wrongly."""
    since = CHANGING_WEEKS - 8 if kind == "only the last 8 weeks" else CHANGING_WEEKS // 2
    since -= CHANGING_WEEKS - len(found[0][1])
    good = 1.0 if kind != "turned halfway" else -1.0

    def shares(is_wrong: bool) -> str:
        ages = range(len(found[0][1]) - since)
        return " ".join(
            f"{share([_is_such(weeks[since + age], is_wrong, good) for _, weeks in found]):.0%}" for age in ages
        )

    covered = share([week.is_covered for _, weeks in found for week in weeks])
    told = [week for _, weeks in found for week in weeks if week.verdict is Verdict.RECOMMENDED]
    expected, gave = (
        float(np.mean([getattr(week, name) for week in told])) for name in ("candidate_improvement", "realised")
    )
    return (
        f"at the end {share([is_recommended for is_recommended, _ in found]):.0%} | recommended, by weeks since "
        f"{shares(is_wrong=False)} | the wrong way round {shares(is_wrong=True)} | weeks held {covered:.1%} | "
        f"expected {expected:.3%} realised {gave:.3%}"
    )


def _is_such(week: ScoredWeek, is_wrong: bool, good: float) -> bool:
    """Whether a week recommended something, or (wrong) more hours of the dear half of the day than of the cheap one."""
    if week.verdict is Verdict.NONE:
        return False
    cheap = sum(np.cos(2 * np.pi * (hour.hour - 6) / 24) for hour in week.candidates)
    return not is_wrong or good * cheap < 0


def _recorded() -> None:
    for side in Side:
        for measure in ("low", "median", "vwap", "high"):
            advice, weeks = advise_and_walk(recorded(side, measure), ZONE)
            told = [week for week in weeks if week.verdict is Verdict.RECOMMENDED]
            expected = float(np.mean([week.candidate_improvement for week in told])) if told else None
            print(f"{side} {measure}: {advice.verdict}, expected {expected}, {summary(weeks)}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
