"""The tables of docs/methods.md about jumps: `python -m p2p_pipeline_tests.p2p.metrics.unusual.measured calm 4 120`.

`calm SEEDS DAYS`: false alarms by kind, ours and the rivals'. `jumps SEEDS MOMENTS T T`: jumps found in calm series.
`recorded MOMENTS T T`, `recorded-sell …`: jumps put into the recorded year, and what is told of it as it is. T are
the rivals' thresholds. `--from N`: the first seed of the series; `--moments N`: that of the hours and their jumps.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.unusual.measures import kind_of, to_level
from p2p_pipeline.p2p.metrics.unusual.together import Member
from p2p_pipeline_tests.p2p.metrics.unusual.calm_kinds import OTHERS, PRICES, calm_pair
from p2p_pipeline_tests.p2p.metrics.unusual.jumps import (
    SIZES,
    WHO,
    Flags,
    Floats,
    Jump,
    Market,
    episodes,
    jumps_of,
    monthly,
    our_flags,
    pair_of,
)
from p2p_pipeline_tests.p2p.metrics.unusual.made_up import FIRST_HOUR
from p2p_pipeline_tests.p2p.metrics.unusual.recorded_year import recorded_year
from p2p_pipeline_tests.p2p.metrics.unusual.rivals import HISTORY_HOURS, USUAL_THRESHOLD, median_scores, stl_scores

Scorer = Callable[[Floats, "np.ndarray[tuple[int], np.dtype[np.int64]]", int], Floats]
MEDIAN, STL = "median of 24 h, hour offsets, MAD", "STL remainder, MAD"
RIVALS: dict[str, Scorer] = {
    MEDIAN: median_scores,
    STL: lambda levels, hours, first: stl_scores(levels, first),
}
_RIVAL_DAYS = {MEDIAN: 60, STL: 15}
"""So many days are scored: STL is fitted anew for each hour."""


def calm_markets(seeds: range, days: int, kinds: tuple[str, ...] = (*PRICES, *OTHERS)) -> Iterator[Market]:
    """Both sides of every kind and seed."""
    for kind in kinds:
        for seed in seeds:
            measure, values = calm_pair(kind, seed, 24 * days)
            levels = np.stack([to_level(kind_of(measure), values[:, side]) for side in range(2)], axis=1)
            yield pair_of(kind, [(Side.BUY, measure), (Side.SELL, measure)], FIRST_HOUR, levels)


def rival_scores(market: Market, name: str, days: int | None = None) -> Floats:
    """A rival's scores of all measures, from the first hour that counts."""
    length = min(len(market.levels), market.begin + 24 * (days or _RIVAL_DAYS[name]))
    hours = market.first_hour + np.arange(length, dtype=np.int64)
    columns = range(market.levels.shape[1])
    return np.stack([RIVALS[name](market.levels[:length, one], hours, market.begin) for one in columns], axis=1)


def rival_score(market: Market, name: str, jump: Jump) -> float:
    """How far off a rival finds what a jump moved, within its looks."""
    since = max(0, jump.at - HISTORY_HOURS - 24)
    levels = market.levels[since : jump.at + len(jump.added)].copy()
    levels[-len(jump.added) :] += jump.added
    hours = market.first_hour + since + np.arange(len(levels), dtype=np.int64)
    moved = np.flatnonzero(jump.added[-1])
    scores = [RIVALS[name](levels[:, one], hours, len(levels) - len(jump.added)) for one in moved]
    return float(np.abs(np.nan_to_num(np.array(scores))).max())


def rate(scores: list[Floats], threshold: float) -> float:
    """Episodes a series-month at a threshold."""
    told = sum(
        episodes(np.abs(np.nan_to_num(found[:, one])) >= threshold) for found in scores for one in range(found.shape[1])
    )
    return told / (sum(int(np.isfinite(found).sum()) for found in scores) / 730.5)


def threshold_at(scores: list[Floats], wanted: float) -> float:
    """The smallest threshold at which a rival tells no more a series-month."""
    return float(next((one for one in np.arange(2.0, 60.0, 0.25) if rate(scores, one) <= wanted), 60.0))


def calm(seeds: range, days: int) -> None:
    """False alarms a series-month by kind."""
    counts: dict[str, list[tuple[int, float]]] = defaultdict(list)
    scores: dict[str, list[Floats]] = defaultdict(list)
    for market in calm_markets(seeds, days):
        told, _ = our_flags(market, [])
        counts[market.name].append(monthly(market, told))
        if len(counts[market.name]) == 1:
            for name in RIVALS:
                scores[name].append(rival_scores(market, name))
    for kind, found in counts.items():
        print(f"{kind}: {_rate(found):.2f}")  # noqa: T201
    everything = [one for found in counts.values() for one in found]
    ours = _rate(everything)
    print(f"ours: {ours:.2f} a series-month, {sum(months for _, months in everything):.0f} of them")  # noqa: T201
    for name, scored in scores.items():
        usual, fair = rate(scored, USUAL_THRESHOLD), threshold_at(scored, ours)
        print(f"{name}: {usual:.2f} at {USUAL_THRESHOLD}; as many as ours at {fair}")  # noqa: T201


def _rate(found: list[tuple[int, float]]) -> float:
    return sum(count for count, _ in found) / sum(months for _, months in found)


def jumps(markets: Iterator[Market], count: int, seed: int, thresholds: dict[str, float]) -> None:
    """Shares of jumps found within two looks."""
    found: dict[tuple[str, str, float], list[bool]] = defaultdict(list)
    for market in markets:
        put = list(jumps_of(market, market.moments(count, seed), seed + 1))
        told, after = our_flags(market, put)
        tried = {name: [USUAL_THRESHOLD, one] for name, one in thresholds.items()}
        if len(market.members) > 2:
            tried[MEDIAN].append(_say_told(market, told, thresholds))
        for jump, flags in zip(put, after, strict=True):
            moved = market.movers(jump.who)
            found["ours", jump.who, jump.size].append(bool(flags[moved].any()))
            found["ours, the first measure itself", jump.who, jump.size].append(bool(flags[0]))
            for name, limits in tried.items():
                score = rival_score(market, name, jump)
                for threshold in dict.fromkeys(limits):
                    found[f"{name}, from {threshold}", jump.who, jump.size].append(score >= threshold)
    for name in dict.fromkeys(name for name, _, _ in found):
        shares = "; ".join(
            f"{who}: " + " / ".join(f"{np.mean(found[name, who, size]):.0%}" for size in SIZES) for who in WHO
        )
        print(f"{name} ({' / '.join(f'{size:.0%}' for size in SIZES)}): {shares}")  # noqa: T201


def _say_told(market: Market, told: Flags, thresholds: dict[str, float]) -> float:
    """What is told of the market as it is; from where on the median rule tells no more of it."""
    months = len(told[market.begin :]) / 730.5
    each = {_named(one): episodes(told[market.begin :, place]) / months for place, one in enumerate(market.members)}
    events = episodes(np.asarray(told[market.begin :].any(axis=1))) / months
    ours = float(np.mean(list(each.values())))
    print(f"{market.name}: episodes a month {_rounded(each)}, {ours:.2f} a series, events a month {events:.2f}")  # noqa: T201
    whole = rival_scores(market, MEDIAN, len(market.levels))
    fair = threshold_at([whole], ours)
    for name, threshold in ((MEDIAN, USUAL_THRESHOLD), (MEDIAN, thresholds[MEDIAN]), (MEDIAN, fair)):
        each = {_named(one): rate([whole[:, [place]]], threshold) for place, one in enumerate(market.members)}
        print(f"{name}, from {threshold}: {_rounded(each)}, {rate([whole], threshold):.2f} a series")  # noqa: T201
    print(f"{STL}, 15 days: {rate([rival_scores(market, STL)], USUAL_THRESHOLD):.2f} a series")  # noqa: T201
    return fair


def _named(member: Member) -> str:
    return f"{member.side} {member.measure}"


def _rounded(each: dict[str, float]) -> dict[str, float]:
    return {name: round(one, 2) for name, one in each.items()}


def main() -> None:
    """Print the asked table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("calm", "jumps", "recorded", "recorded-sell"))
    parser.add_argument("numbers", type=float, nargs="+")
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--moments", type=int, default=7)
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + int(asked.numbers[0]))
    if asked.what == "calm":
        calm(seeds, int(asked.numbers[1]))
        return
    thresholds = dict(zip(RIVALS, asked.numbers[-2:], strict=True))
    if asked.what == "jumps":
        jumps(calm_markets(seeds, 100, tuple(PRICES)), int(asked.numbers[1]), asked.moments, thresholds)
    else:
        side = Side.SELL if asked.what == "recorded-sell" else Side.BUY
        jumps(iter([recorded_year(side)]), int(asked.numbers[0]), asked.moments, thresholds)


if __name__ == "__main__":
    main()
