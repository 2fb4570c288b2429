"""Hourly price series whose rhythm ends, turns or begins late, and one whose good hour is a trap."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from datetime import datetime
from functools import cache
from io import TextIOWrapper
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.history.series import Series, SeriesKey
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import MARKET, NOISES, WEEK, hourly, rhythm
from p2p_pipeline_tests.shared_files import CASES

TRAP_FILE = CASES / "windows_rare_bad_night_true_gain_zero.csv"
CHANGING_FILE = CASES / "windows_changing_rhythms.csv.gz"
FACTORS: dict[str, Callable[[NDArray[np.int64], int], NDArray[np.float64]]] = {
    "gone halfway": lambda week, weeks: np.where(week < weeks // 2, 1.0, 0.0),
    "turned halfway": lambda week, weeks: np.where(week < weeks // 2, 1.0, -1.0),
    "only the last 8 weeks": lambda week, weeks: np.where(week >= weeks - 8, 1.0, 0.0),
    "steady": lambda week, _: np.ones(len(week)),
}
"""What the wave is multiplied by in each week."""


def changing(kind: str, weeks: int, amplitude: float, seed: int, noise: str = "random walk") -> Series:
    """A wave that changes; in `gone` and `turned` it does at the middle of the weeks."""
    count = weeks * WEEK
    logs = NOISES[noise](count, np.random.default_rng([seed, weeks]))
    return hourly(logs + FACTORS[kind](np.arange(count) // WEEK, weeks) * rhythm(count, amplitude))


def trap(weeks: int, seed: int, side: Side = Side.BUY) -> Series:
    """Hour 3 is 0.5 % better on 19 of 20 days and 9.5 % worse on the other: its mean gain is 0."""
    random = np.random.default_rng([seed, weeks, 5])
    at = np.arange(weeks * WEEK)
    is_bad = np.repeat(random.random(weeks * 7) < 1 / 20, 24)
    gain = np.where(at % 24 == 3, np.where(is_bad, -0.095, 0.005), 0.0)
    logs = 0.001 * np.cumsum(random.normal(size=len(at)))
    return hourly(logs - gain if side is Side.BUY else logs + gain, side)


@cache
def case(file: Path) -> dict[str, Series]:
    """The series of a file of cases, by column."""
    with TextIOWrapper(gzip.open(file), encoding="utf-8") if file.suffix == ".gz" else file.open() as text:
        rows = list(csv.DictReader(text))
    starts = np.array(
        [int(datetime.fromisoformat(row["observed_at"]).timestamp()) // 3600 * 3600 for row in rows], dtype=np.int64
    )
    return {
        name: Series(
            SeriesKey(MarketSide(MARKET, Side(rows[0]["side"])), name),
            None,
            3600,
            starts,
            np.array([float(row[name]) for row in rows]),
            np.ones(len(starts), dtype=np.int64),
        )
        for name in rows[0]
        if name not in {"observed_at", "side"}
    }
