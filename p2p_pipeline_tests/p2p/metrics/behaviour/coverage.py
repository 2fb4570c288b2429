"""How right the lifetimes are, on lives whose truth is known.

`python -m p2p_pipeline_tests.p2p.metrics.behaviour.coverage` prints a table: the true median, what Kaplan-Meier says on
all that was seen and on who is there in one snapshot, ours; how often each 90 % interval holds what it is for (this
market as observed: the median of the window's own lives; a market like it: the median of all such lives), in how many
repetitions a median was told at all, and how often the bounds below the gap hold the truth.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from lifelines import KaplanMeierFitter
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.behaviour.cohort import Cohort
from p2p_pipeline.p2p.metrics.behaviour.estimates import LifetimeEstimates, estimate_lifetimes
from p2p_pipeline.p2p.metrics.behaviour.lifetimes import fit_lifetimes
from p2p_pipeline.p2p.metrics.behaviour.lives import REST_SECONDS, RESTS_IN_GAPS
from p2p_pipeline.p2p.metrics.behaviour.two_intervals import TwoIntervals
from p2p_pipeline.p2p.simulator.market import SimulatedMarket
from p2p_pipeline_tests.p2p.metrics.behaviour.simulated import MARKET, START, Stay, stays, true_lives

Floats = NDArray[np.float64]

GAPS = (30, 600, 3600, 7200)
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


KINDS = ("lognormal", "weibull", "two speeds")
"""Two of a median of four hours; three fifths of some 20 minutes (a second lognormal) and two fifths of eight hours."""


def lengths_of(kind: str, random: np.random.Generator, count: int) -> Floats:
    """Lives of a kind, seconds."""
    if kind == "lognormal":
        return np.asarray(MEDIAN * np.exp(1.2 * random.standard_normal(count)))
    if kind == "weibull":
        return np.asarray(MEDIAN / np.log(2) ** (1 / 0.7) * random.weibull(0.7, count))
    is_fast = random.random(count) < 0.6
    return np.where(
        is_fast, 1200 * np.exp(0.6 * random.standard_normal(count)), 8 * 3600 * random.exponential(1, count)
    )


def made_up(kind: str, seed: int) -> list[Stay]:
    """Plain lives, born evenly over ten days, of which the last five are watched."""
    random = np.random.default_rng(seed)
    births = random.uniform(-5 * DAY, 5 * DAY, 1600)
    lengths = lengths_of(kind, random, 1600)
    return [Stay(f"{n:05}", b, b + length, False) for n, (b, length) in enumerate(zip(births, lengths, strict=True))]


@dataclass(frozen=True)
class Truth:
    """What is really so, hours and shares."""

    median: float
    """Of all lives of the kind: a market like it."""
    shorter: float
    """The share of all lives shorter than the gap."""
    unseen: float
    """The share that lies between two looks."""

    @classmethod
    def of(cls, lengths: Floats, gap: float) -> Truth:
        """Of lives with these lengths, seconds."""
        seen = float(np.minimum(lengths / gap, 1.0).mean())
        return cls(float(np.median(lengths)) / 3600, float((lengths < gap).mean()), 1.0 - seen)


@dataclass(frozen=True)
class Repetition:
    """What one repetition estimates, hours, beside the median of its own window's lives."""

    estimates: LifetimeEstimates
    ours: TwoIntervals | None
    here: float
    seen: float
    there: float

    def holds(self, truth: Truth) -> tuple[bool, bool]:
        """Whether the interval of this market as observed, and that of a market like it, holds what it is for."""
        ours = self.ours
        assert ours is not None
        here, like = 3600 * self.here, 3600 * truth.median
        return ours.here_low <= here <= ours.here_high, ours.like_low <= like <= ours.like_high

    def bounds_hold(self, truth: Truth) -> bool:
        """Whether all bounds of what lies below the gap do."""
        found = self.estimates.bounds
        return (
            found.shorter_least <= truth.shorter <= found.shorter_most
            and found.unseen_least <= truth.unseen <= found.unseen_most
            and 3600 * truth.median <= self.estimates.gone_at_most_by(0.5)
        )


def repetition(seen: Seen, looks: Floats, rest: float, here: float) -> Repetition | None:
    """Ours and the naive ways on one set of sightings; `here` is the true median of the window's lives, seconds."""
    cohort = seen.cohort(looks, rest)
    fit = fit_lifetimes(cohort)
    if fit is None:
        return None
    estimates = estimate_lifetimes(cohort, fit, CONFIDENCE)
    is_inside = seen.last >= looks[0]
    first, last = np.maximum(seen.first, looks[0])[is_inside], seen.last[is_inside]
    now = looks[len(looks) // 2]
    is_there = (first <= now) & (last >= now)
    naive = [
        float(KaplanMeierFitter().fit((last - first)[chosen], last[chosen] < looks[-1]).median_survival_time_)
        for chosen in (np.ones(len(first), dtype=bool), is_there)
    ]
    return Repetition(estimates, estimates.gone_by(0.5), here / 3600, naive[0] / 3600, naive[1] / 3600)


Row = tuple[str, int, Truth, list[Repetition]]


def simulated(seeds: range, gaps: tuple[int, ...]) -> Iterator[Row]:
    """Seven days of simulated sides: name, gap, the truth over all seeds, and the repetitions."""
    end = START + 7 * DAY
    for side in Side:
        markets = [SimulatedMarket(MARKET, seed, 60) for seed in seeds]
        found = [sorted(stays(market, side, START - 2 * DAY, end), key=lambda s: (s.offer_id, s.since))
                 for market in markets]  # fmt: skip
        whole = [stays(market, side, START, end + 9 * DAY) for market in markets]
        for gap in gaps:
            rest = max(REST_SECONDS, RESTS_IN_GAPS * gap)
            lengths = [_born_inside(entry, START + rest, end - rest, rest) for entry in whole]
            looks = np.arange(START, end + 1, gap)
            done = []
            for entry, own in zip(found, lengths, strict=True):
                owners = np.unique([stay.owner for stay in entry], return_inverse=True)[1]
                once = repetition(sightings(entry, owners, looks, rest), looks, rest, float(np.median(own)))
                done += [once] if once else []
            yield f"simulator {side}", gap, Truth.of(np.concatenate(lengths), gap), done


def _born_inside(found: list[Stay], first: float, last: float, rest: float) -> Floats:
    return np.array([life.until - life.since for life in true_lives(found, rest) if first < life.since < last])


def plain(repetitions: int, gaps: tuple[int, ...], kinds: tuple[str, ...] = KINDS) -> Iterator[Row]:
    """Lives of a known kind."""
    for kind in kinds:
        lengths = lengths_of(kind, np.random.default_rng(0), 1_000_000)
        for gap in gaps:
            done = []
            for seed in range(repetitions):
                looks = np.arange(np.random.default_rng(seed).uniform(0, gap), 5 * DAY, gap)
                lives = made_up(kind, 1000 + seed)
                own = [life.until - life.since for life in lives if looks[0] < life.since < looks[-1]]
                seen = sightings(lives, np.arange(len(lives)), looks, 0.0)
                once = repetition(seen, looks, 0.0, float(np.median(own)))
                done += [once] if once else []
            yield kind, gap, Truth.of(lengths, gap), done


def covered(truth: Truth, done: Sequence[Repetition]) -> tuple[float, float]:
    """How often each interval holds what it is for, where a median is told."""
    held = [entry.holds(truth) for entry in done if entry.ours is not None]
    here, like = np.mean(held, axis=0).tolist() if held else (float("nan"), float("nan"))
    return here, like


def main() -> None:
    """Print the table."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    head = (
        "| lives | gap | true median | naive: all seen | naive: there now | ours | told | as observed: interval, holds "
    )
    print(head + "| one like it: interval, holds | bounds hold | n |\n" + "|---" * 11 + "|", flush=True)  # noqa: T201
    for source in (plain(repetitions, GAPS), simulated(range(first, first + seeds), GAPS)):
        for name, gap, truth, done in source:
            told = [entry.ours for entry in done if entry.ours is not None]
            fields = ("value", "here_low", "here_high", "like_low", "like_high")
            middle = np.median([[getattr(entry, field) / 3600 for field in fields] for entry in told] or [[0.0] * 5], 0)
            ours, *ends = middle if told else [float("nan")] * 5
            seen, there = np.median([(entry.seen, entry.there) for entry in done], axis=0)
            here, like = covered(truth, done)
            bounds = np.mean([entry.bounds_hold(truth) for entry in done])
            print(  # noqa: T201
                f"| {name} | {gap} s | {truth.median:.2f} h | {seen:.2f} | {there:.2f} | {ours:.2f} | "
                f"{len(told) / len(done):.0%} | {ends[0]:.2f} to {ends[1]:.2f}, {here:.0%} | "
                f"{ends[2]:.2f} to {ends[3]:.2f}, {like:.0%} | {bounds:.0%} | {len(done)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
