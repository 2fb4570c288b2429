"""Tables of docs/methods.md on weekdays, sparse looks and waits: `python -m …timing.measured_weeks weekdays 20`.

`weekdays RUNS` and `sparse RUNS` simulate RUNS series a cell, `shuffled RUNS` shuffles the recorded year within each
day, `waits` foretells each day's wait of the recorded year from the days before it, `soon SEEDS` holds what the few
best hours and the best of the next 24 are told to bring against the simulator's own rhythm.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime
from itertools import product

import numpy as np

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.timing.few_hours import best_of_next_day, few_best, within_a_day
from p2p_pipeline.p2p.metrics.timing.gains import GainHistory
from p2p_pipeline.p2p.metrics.timing.hours import LocalHour, hours_of
from p2p_pipeline.p2p.metrics.timing.judgement import Judgement, Verdict, judge
from p2p_pipeline.p2p.metrics.timing.local_hours import local_hours
from p2p_pipeline.p2p.metrics.timing.waiting import MOST_DAYS, wait_gains, week_mask
from p2p_pipeline.p2p.simulator.model import MarketModel
from p2p_pipeline.p2p.simulator.price_series import executable_prices, known_rhythm, seen
from p2p_pipeline.p2p.trading_hours import ALL_DAY
from p2p_pipeline_tests.p2p.metrics.timing.advising import advise
from p2p_pipeline_tests.p2p.metrics.timing.recorded_series import ZONE, recorded
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import MONDAY, hourly
from p2p_pipeline_tests.p2p.metrics.timing.test_recorded_series import changed
from p2p_pipeline_tests.p2p.metrics.timing.test_sparse_looks import WAYS, looked_at
from p2p_pipeline_tests.p2p.metrics.timing.test_weekdays import judged, mondays, shuffled_days

NOISES = ("random walk", "autoregressive 0.95", "walk and autoregressive 0.9")


def main(arguments: list[str]) -> None:
    """Print the asked table."""
    kind, runs = arguments[0], int(arguments[1]) if len(arguments) > 1 else 20
    {"weekdays": _weekdays, "sparse": _sparse, "shuffled": _shuffled, "waits": _waits, "soon": _soon}[kind](runs)


def kind_of(found: Judgement) -> str:
    """What is recommended."""
    if found.verdict is not Verdict.RECOMMENDED or found.choice is None:
        return "nothing"
    if found.choice.is_of_weekdays:
        return "weekdays"
    return "hours of the week" if found.choice.by_weekday else "hours of the day"


def _weekdays(runs: int) -> None:
    for noise in NOISES:
        cheap = Counter(kind_of(judged(mondays(seed, 0.01, noise), seed)) for seed in range(runs))
        none = Counter(kind_of(judged(mondays(seed, 0.0, noise), seed)) for seed in range(runs))
        mixed = Counter(
            kind_of(judged(shuffled_days(mondays(seed, 0.01, noise), np.random.default_rng(seed)), seed))
            for seed in range(runs)
        )
        print(f"{noise} | {dict(cheap)} | none: {dict(none)} | days shuffled: {dict(mixed)}", flush=True)  # noqa: T201


def _sparse(runs: int) -> None:
    for way in WAYS:
        for noise in ("random walk", "autoregressive 0.5", "drift of 5 % a week"):
            for wave in (0.0, 0.003):
                found = Counter(kind_of(judged(looked_at(way, seed, wave, noise), seed)) for seed in range(runs))
                print(f"{way} | {noise} | wave {wave:.1%} | {dict(found)}", flush=True)  # noqa: T201


def _shuffled(runs: int) -> None:
    for side, measure in ((Side.BUY, "vwap"), (Side.BUY, "median"), (Side.SELL, "vwap"), (Side.SELL, "median")):
        hours, found = local_hours(recorded(side, measure), ZONE), Counter[str]()
        for seed in range(runs):
            kept = changed(hours, "shuffled within each day", np.random.default_rng(seed))
            found[kind_of(judge(GainHistory.of(kept, side).all(), 0.9, 4, seed))] += 1
        print(f"{side} {measure} shuffled within each day | {dict(found)}", flush=True)  # noqa: T201


def _waits(least_days: int) -> None:
    """The share of waits between the 10 % and 90 % of those before them, and what the chance of better was worth."""
    for side, measure in ((Side.BUY, "vwap"), (Side.BUY, "low"), (Side.SELL, "vwap"), (Side.SELL, "median")):
        hours = local_hours(recorded(side, measure), ZONE)
        choice = judge(GainHistory.of(hours, side).all(), 0.9, 4).choice
        if choice is None:
            continue
        wanted = week_mask(hours_of(choice.chosen))
        held, better, forecast = [], [], []
        for hour in range(24):
            if wanted.reshape(7, 24)[:, hour].any():
                continue
            gains = wait_gains(hours, wanted, LocalHour(None, hour), side)
            for day in range(least_days, len(gains)):
                before = gains[max(0, day - MOST_DAYS) : day]
                low, high = np.quantile(before, (0.1, 0.9))
                held.append(low <= gains[day] <= high)
                better.append(gains[day] > 0)
                forecast.append(np.mean(before > 0))
        brier = np.mean((np.array(forecast) - better) ** 2)
        usual = np.mean((np.mean(better) - better) ** 2)
        print(  # noqa: T201
            f"{side} {measure} | {len(held)} waits | between 10 and 90 %: {np.mean(held):.1%} | better "
            f"{np.mean(better):.1%}, told {np.mean(forecast):.1%}, Brier {brier:.3f} (always the mean: {usual:.3f})",
            flush=True,
        )


def _soon(seeds: int) -> None:
    """200 simulated days; what the hours that would be taken truly give, and the most that a day of waiting could."""
    model, at = MarketModel(), MONDAY + 300.0 * np.arange(200 * 288)
    for side, seed in product(Side, range(seeds)):
        market_side = MarketSide(Market("bybit", "USDT", "RUB"), side)
        prices = executable_prices(market_side, seed, model, at)
        prices[~seen(market_side, seed, at)] = np.nan
        advice = advise(hourly(np.log([_middle(hour) for hour in prices.reshape(-1, 12)]), side), "UTC")
        rhythm = known_rhythm(side, model, MONDAY + 1800 + 3600.0 * np.arange(168)) * (-1 if side is Side.BUY else 1)
        truth, few = rhythm - rhythm.mean(), few_best(advice, ALL_DAY)
        soon, taken = within_a_day(advice, ALL_DAY), []
        for hour in range(168):
            best = best_of_next_day(advice, ALL_DAY, datetime.fromtimestamp(MONDAY + 3600 * hour, UTC))
            taken += [truth[week_mask((best.at,))].mean()] if best else []
        if soon is None or not few:
            print(f"{side} {seed} | hours of every day")  # noqa: T201
            continue
        most = np.mean([truth[(hour + np.arange(24)) % 168].max() for hour in range(168)])
        print(  # noqa: T201
            f"{side} {seed} | few: told {few[-1].improvement:.2%}, true {truth[week_mask(few[-1].hours)].mean():.2%}, "
            f"{few[-1].wait_hours:.0f} h | within a day: told {soon.improvement:.2%}, true {np.mean(taken):.2%}, "
            f"{soon.wait_hours:.0f} h, possible {most:.2%}",
            flush=True,
        )


def _middle(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else np.nan


if __name__ == "__main__":
    main(sys.argv[1:])
