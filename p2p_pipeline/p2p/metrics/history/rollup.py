"""The history by periods: what was seen in each, how much it varied, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from p2p_pipeline.kernel.table import MOMENT
from p2p_pipeline.p2p.markets import SLOT_SECONDS, Source
from p2p_pipeline.p2p.metrics.history.schema import PERIODS_SECONDS, ROLLUPS, series_columns

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
MICROSECONDS = 1_000_000
_NAMING = tuple(name for name in series_columns() if name != "amount_fiat")
_ORDER = ("market_key", "side", "measure", "profile", "step")


def rollup_rows(
    history: pa.Table, interval_seconds: int | None, periods_seconds: Sequence[int] = PERIODS_SECONDS
) -> pa.Table:
    """The `rollups` of rows of `history`: the longest period first, then by series and time.

    `interval_seconds` is how often a market side should have been looked at; None where no rhythm is known, which
    leaves `coverage` empty, as it is for imported rows. A period that nobody saw has no row. The gap before the first
    look and after the last one of a period counts, also when the period isn't over yet.

    Values become float64 here. Dispersion is the median absolute deviation from the median (Hampel 1974, "The
    Influence Curve and Its Role in Robust Estimation"), not scaled to a standard deviation. The same rows in another
    order give the same rollups.
    """
    if not history.num_rows:
        return ROLLUPS.empty()
    looks = _Looks.of(history)
    periods = sorted(periods_seconds, reverse=True)
    return pa.concat_tables([_period_rows(history, looks, period, interval_seconds) for period in periods])


def slot_rows(history: pa.Table) -> pa.Table:
    """Rows of `history` with the columns of `rollups`, a slot of 30 seconds each: what is seen look by look."""
    return rollup_rows(history, None, (SLOT_SECONDS,))


def rhythm_of(history: pa.Table, interval_seconds: int) -> int | None:
    """How often a day's looks were meant to come: the configured interval once it was kept to, else unknown.

    A simulated history or a recording has a rhythm of its own, coarser than the one configured for collecting: to
    call that a coverage of 5 % would be wrong. Two looks of one side at most `interval_seconds` apart, neither of
    them imported, show that somebody was collecting.
    """
    collected = history.filter(compute.not_equal(history["origin"], str(Source.IMPORTED)))
    for side in compute.unique(collected["side"]):
        slots = np.unique(collected.filter(compute.equal(collected["side"], side))["slot"].to_numpy())
        if len(slots) > 1 and int(np.diff(slots).min()) * SLOT_SECONDS <= interval_seconds:
            return interval_seconds
    return None


@dataclass(frozen=True, slots=True)
class _Looks:
    """The rows of history by series and time, as arrays."""

    rows: Integers
    """Where each look stands in the table."""
    series: Integers
    moments: Integers
    """Microseconds since 1970."""
    cells: Integers
    """The slot; -1 of an imported row, which counts for no coverage."""
    values: Floats
    """NaN where there was none."""

    @classmethod
    def of(cls, history: pa.Table) -> _Looks:
        series = _series_numbers(history)
        moments = compute.cast(history["observed_at"], pa.int64()).to_numpy()
        # By way of text: the cast from decimal to float itself is off by a last digit, 10.53 becoming 10.529999….
        values = compute.cast(compute.cast(history["value"], pa.string()), pa.float64()).to_numpy()
        is_imported = compute.equal(history["origin"], str(Source.IMPORTED)).to_numpy()
        slots = np.where(is_imported, -1, history["slot"].to_numpy())
        # The value decides between looks of one moment, so that the order of the table never does.
        order = np.lexsort((values, moments, series))
        return cls(order, series[order], moments[order], slots[order], values[order])


def _series_numbers(history: pa.Table) -> Integers:
    """A number for each row's series, in the order that the rollups have them."""
    numbers = np.zeros(history.num_rows, dtype=np.int64)
    for name in _ORDER:
        encoded = compute.dictionary_encode(history[name].combine_chunks(), null_encoding="encode")
        words = encoded.dictionary.to_pylist()
        ranks = np.empty(len(words), dtype=np.int64)
        ranks[sorted(range(len(words)), key=lambda place: (words[place] is not None, words[place] or 0))] = np.arange(
            len(words)
        )
        numbers = numbers * len(words) + ranks[encoded.indices.to_numpy()]
    return numbers


def _period_rows(history: pa.Table, looks: _Looks, period_seconds: int, interval_seconds: int | None) -> pa.Table:
    period = period_seconds * MICROSECONDS
    starts = looks.moments // period * period
    heads = _heads(looks.series, starts)
    seen = np.diff(np.append(heads, len(starts)))
    lasts = heads + seen - 1
    gaps = np.diff(looks.moments, prepend=0)
    gaps[heads] = looks.moments[heads] - starts[heads]
    longest = np.maximum(np.maximum.reduceat(gaps, heads), starts[lasts] + period - looks.moments[lasts])
    # The newest look's row names the series and its size.
    named = history.select([*_NAMING, "amount_fiat"]).take(pa.array(looks.rows[lasts]))
    columns = {
        "period_seconds": np.full(len(heads), period_seconds),
        "period_start": pa.array(starts[heads]).cast(MOMENT),
        "seen": seen,
        **_dispersion(looks.values, np.repeat(np.arange(len(heads)), seen), len(heads)),
        "coverage": _coverage(looks.cells, heads, period_seconds, interval_seconds),
        "longest_gap_seconds": longest / MICROSECONDS,
    }
    for name, values in columns.items():
        named = named.append_column(name, values if isinstance(values, pa.Array) else pa.array(values))
    return named.select(ROLLUPS.arrow_schema.names).cast(ROLLUPS.arrow_schema)


def _heads(*keys: Integers) -> Integers:
    """Where a new group begins."""
    is_new = np.zeros(len(keys[0]), dtype=bool)
    is_new[0] = True
    for key in keys:
        is_new[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(is_new)


def _dispersion(values: Floats, groups: Integers, count: int) -> dict[str, pa.Array]:
    """What the values of each group are like; empty for a group without any. `values` stand in their time's order."""
    is_there = ~np.isnan(values)
    values, groups = values[is_there], groups[is_there]
    observations = np.bincount(groups, minlength=count)
    ends = np.cumsum(observations)
    begins = ends - observations
    has_any = observations > 0
    ordered = values[np.lexsort((values, groups))]
    medians = _middles(ordered, begins, ends, has_any)
    distances = np.abs(values - medians[groups])
    sums = np.zeros(count)
    if len(ordered):
        # In the order of the values, so that the sum does not depend on the order of the rows.
        sums[has_any] = np.add.reduceat(ordered, begins[has_any])
    found = {
        "first": _picked(values, begins, has_any),
        "last": _picked(values, ends - 1, has_any),
        "low": _picked(ordered, begins, has_any),
        "high": _picked(ordered, ends - 1, has_any),
        "mean": np.divide(sums, observations, out=np.zeros(count), where=has_any),
        "median": medians,
        "mad": _middles(distances[np.lexsort((distances, groups))], begins, ends, has_any),
    }
    return {"observations": pa.array(observations)} | {
        name: pa.array(numbers, mask=~has_any) for name, numbers in found.items()
    }


def _picked(values: Floats, places: Integers, has_any: NDArray[np.bool_]) -> Floats:
    found = np.zeros(len(places))
    found[has_any] = values[places[has_any]]
    return found


def _middles(ordered: Floats, begins: Integers, ends: Integers, has_any: NDArray[np.bool_]) -> Floats:
    """The median of each group of values that are in order within their group."""
    lower = _picked(ordered, (begins + ends - 1) // 2, has_any)
    upper = _picked(ordered, (begins + ends) // 2, has_any)
    return lower + (upper - lower) / 2


def _coverage(cells: Integers, heads: Integers, period_seconds: int, interval_seconds: int | None) -> pa.Array:
    """The share of the intervals in each period that have a look; empty without a rhythm or collected looks."""
    if interval_seconds is None:
        return pa.nulls(len(heads), pa.float64())
    steps = np.where(cells < 0, -1, cells // (interval_seconds // SLOT_SECONDS))
    is_new = np.ones(len(steps), dtype=bool)
    is_new[1:] = steps[1:] != steps[:-1]
    is_new[heads] = True
    looked = np.add.reduceat((is_new & (steps >= 0)).astype(np.int64), heads)
    shares = np.minimum(1.0, looked * interval_seconds / period_seconds)
    return pa.array(shares, mask=looked == 0)
