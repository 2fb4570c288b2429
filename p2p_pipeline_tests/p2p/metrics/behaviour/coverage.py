"""How right the lifetimes are, on lives whose truth is known.

`python -m p2p_pipeline_tests.p2p.metrics.behaviour.coverage` prints a table: the true median, what Kaplan-Meier says on
all that was seen and on who is there in one snapshot, ours with the middle interval, and how often the 90 % interval
holds the truth.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from lifelines import KaplanMeierFitter
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.behaviour.cohort import Cohort
from p2p_pipeline.p2p.metrics.behaviour.lifetimes import fit_lifetimes
from p2p_pipeline.p2p.metrics.behaviour.lives import REST_SECONDS, RESTS_IN_GAPS
from p2p_pipeline.p2p.simulator.market import SimulatedMarket
from p2p_pipeline_tests.p2p.metrics.behaviour.simulated import MARKET, START, Stay, stays, true_lives

Floats = NDArray[np.float64]

GAPS = (30, 600, 7200)
DAY = 86_400.0
CONFIDENCE = 0.9
MEDIAN = 4 * 3600.0


@dataclass(frozen=True)
class Seen:
    """First and last sightings of lives, seconds, and whose they are."""

    first: Floats
    last: Floats
    owner: NDArray[np.int64]

    def cohort(self, looks: Floats, rest: float) -> Cohort:
        """As `Lives.cohort`, worked out here a second time and from plain numbers."""
        verdict = looks[looks <= looks[-1] - rest][-1]
        is_born = (self.first > looks[0] + rest) & (self.first < verdict)
        first, last = self.first[is_born], self.last[is_born]
        is_ended = last < verdict
        after = looks[np.minimum(np.searchsorted(looks, last, side="right"), len(looks) - 1)]
        return Cohort(
            first - looks[np.searchsorted(looks, first) - 1],
            np.where(is_ended, last, verdict) - first,
            np.where(is_ended, after - first, np.inf),
            self.owner[is_born],
        )


def sightings(found: list[Stay], owners: NDArray[np.int64], looks: Floats, rest: float) -> Seen:
    """What looks show of true stays (by advertisement and time), joined over rests."""
    lives: list[tuple[float, float, int]] = []
    last_name = ""
    for stay, owner in zip(found, owners.tolist(), strict=True):
        low, high = np.searchsorted(looks, [stay.since, stay.until])
        if low == high:
            continue
        if stay.offer_id == last_name and (looks[low] - lives[-1][1] <= rest or looks[low - 1] == lives[-1][1]):
            lives[-1] = (lives[-1][0], float(looks[high - 1]), owner)
        else:
            lives.append((float(looks[low]), float(looks[high - 1]), owner))
        last_name = stay.offer_id
    first, last, owner_of = zip(*lives, strict=True)
    return Seen(np.array(first), np.array(last), np.array(owner_of, dtype=np.int64))


def made_up(kind: str, seed: int) -> list[Stay]:
    """Plain lives with a median of four hours, born evenly over ten days, of which the last five are watched."""
    random = np.random.default_rng(seed)
    births = random.uniform(-5 * DAY, 5 * DAY, 1600)
    if kind == "lognormal":
        lengths = MEDIAN * np.exp(1.2 * random.standard_normal(1600))
    else:
        lengths = MEDIAN / np.log(2) ** (1 / 0.7) * random.weibull(0.7, 1600)
    return [Stay(f"{n:05}", b, b + length, False) for n, (b, length) in enumerate(zip(births, lengths, strict=True))]


@dataclass(frozen=True)
class Repetition:
    """What one repetition estimates, hours."""

    ours: float
    low: float
    high: float
    seen: float
    there: float


def repetition(seen: Seen, looks: Floats, rest: float) -> Repetition | None:
    """Ours and the naive ways on one set of sightings."""
    fit = fit_lifetimes(seen.cohort(looks, rest))
    if fit is None:
        return None
    estimate = fit.quantile(0.5, CONFIDENCE)
    is_inside = seen.last >= looks[0]
    first, last = np.maximum(seen.first, looks[0])[is_inside], seen.last[is_inside]
    now = looks[len(looks) // 2]
    is_there = (first <= now) & (last >= now)
    naive = [
        float(KaplanMeierFitter().fit((last - first)[chosen], last[chosen] < looks[-1]).median_survival_time_)
        for chosen in (np.ones(len(first), dtype=bool), is_there)
    ]
    return Repetition(*(value / 3600 for value in (estimate.value, estimate.low, estimate.high, *naive)))


def simulated(seeds: range, gaps: tuple[int, ...]) -> Iterator[tuple[str, int, float, list[Repetition]]]:
    """Seven days of simulated sides: name, gap, true median in hours over all seeds, and the repetitions."""
    end = START + 7 * DAY
    for side in Side:
        markets = [SimulatedMarket(MARKET, seed, 60) for seed in seeds]
        found = [sorted(stays(market, side, START - 2 * DAY, end), key=lambda s: (s.offer_id, s.since))
                 for market in markets]  # fmt: skip
        whole = [stays(market, side, START, end + 9 * DAY) for market in markets]
        for gap in gaps:
            rest = max(REST_SECONDS, RESTS_IN_GAPS * gap)
            lengths = [
                life.until - life.since
                for entry in whole
                for life in true_lives(entry, rest)
                if START + rest < life.since < end - rest
            ]
            looks = np.arange(START, end + 1, gap)
            done = []
            for entry in found:
                owners = np.unique([stay.owner for stay in entry], return_inverse=True)[1]
                once = repetition(sightings(entry, owners, looks, rest), looks, rest)
                done += [once] if once else []
            yield f"simulator {side}", gap, float(np.median(lengths)) / 3600, done


def plain(repetitions: int, gaps: tuple[int, ...]) -> Iterator[tuple[str, int, float, list[Repetition]]]:
    """Lives of a known family."""
    for kind in ("lognormal", "weibull"):
        for gap in gaps:
            done = []
            for seed in range(repetitions):
                looks = np.arange(np.random.default_rng(seed).uniform(0, gap), 5 * DAY, gap)
                lives = made_up(kind, 1000 + seed)
                once = repetition(sightings(lives, np.arange(len(lives)), looks, 0.0), looks, 0.0)
                done += [once] if once else []
            yield kind, gap, MEDIAN / 3600, done


def covered(truth: float, done: list[Repetition]) -> float:
    """How often the interval holds the truth."""
    return float(np.mean([entry.low <= truth <= entry.high for entry in done]))


def main() -> None:
    """Print the table."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    head = "| lives | gap | true median | naive: all seen | naive: there now | ours | mean interval | covers | n |"
    print(head + "\n|---|---|---|---|---|---|---|---|---|", flush=True)  # noqa: T201
    for source in (plain(repetitions, GAPS), simulated(range(seeds), GAPS)):
        for name, gap, truth, done in source:
            rows = np.array([(d.seen, d.there, d.ours, d.low, d.high) for d in done])
            seen, there, ours, low, high = np.median(rows, axis=0)
            print(  # noqa: T201
                f"| {name} | {gap} s | {truth:.2f} h | {seen:.2f} | {there:.2f} | {ours:.2f} | "
                f"{low:.2f} to {high:.2f} | {covered(truth, done):.1%} | {len(done)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
