"""Resampling of rows (days or weeks) that lean on their neighbours, for whoever asks how sure a mean of them is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def block_length(rows: Floats) -> float:
    """The mean length of the stationary bootstrap's blocks, averaged over the columns; rows, at least 1.

    Politis and White (2004), Automatic Block-Length Selection for the Dependent Bootstrap, with the correction of
    Patton, Politis and White (2009). Equal to `arch.bootstrap.optimal_block_length`, here for all columns at once.
    Missing values count as the column's mean.
    """
    count = len(rows)
    if count < 8:
        return 1.0
    centred = np.nan_to_num(rows - _column_means(rows))
    quiet_lags = max(5, int(np.log10(count)))
    highest = min(int(np.ceil(np.sqrt(count))) + quiet_lags, count - 2)
    products = np.stack([(centred[lag:] * centred[: count - lag]).sum(axis=0) for lag in range(highest + 1)])
    is_moving = products[0] > 0
    if not is_moving.any():
        return 1.0
    covariances = products[:, is_moving] / count
    bandwidth = _bandwidths(centred[:, is_moving], products[:, is_moving], quiet_lags)
    lags = np.arange(1, highest + 1)[:, None]
    taper = np.clip(2 * (1 - lags / bandwidth), 0, 1) * (lags <= bandwidth)
    long_run = covariances[0] + 2 * (taper * covariances[1:]).sum(axis=0)
    slope = 2 * (taper * lags * covariances[1:]).sum(axis=0)
    # A series that swings around its mean has a long-run variance near 0, and then only the upper limit is left.
    ratio = np.abs(slope) / np.maximum(np.abs(long_run), 1e-9 * covariances[0])
    lengths = np.cbrt(ratio**2 * count)
    most = np.ceil(min(3 * np.sqrt(count), count / 3))
    return float(max(1.0, np.minimum(lengths, most).mean()))


def block_length_around(rows: Floats, weights: Floats) -> float:
    """The same for weighted rows: of what is left when each column's slow changes are taken away.

    What changes more slowly than the weights forget is not noise that blocks must keep together.
    """
    if np.ptp(weights) == 0:
        return block_length(rows)
    logs = np.log(weights)
    return block_length(rows - masked_means(np.exp(-np.abs(logs[:, None] - logs[None, :])), rows))


def _bandwidths(centred: Floats, products: Floats, quiet_lags: int) -> Floats:
    """Twice the lag after which `quiet_lags` lags in a row tell nothing."""
    count, highest = len(centred), len(products) - 1
    squares = centred**2
    from_start = np.cumsum(squares, axis=0)
    total = from_start[-1]
    is_quiet = np.zeros(products.shape, dtype=bool)
    limit = 2 * np.sqrt(np.log10(count) / count)
    for lag in range(1, highest + 1):
        scale = np.sqrt((total - from_start[lag]) * from_start[count - lag - 2])
        is_quiet[lag] = np.abs(products[lag]) < limit * scale
    found = np.full(centred.shape[1], float(highest))
    for lag in range(highest - quiet_lags, 0, -1):
        found[is_quiet[lag : lag + quiet_lags].all(axis=0)] = 2 * lag
    return np.asarray(np.minimum(found, highest), dtype=np.float64)


def block_places(rows: int, length: float, resamples: int, random: np.random.Generator) -> NDArray[np.bool_]:
    """Where a new block begins: blocks of random length, `length` on average, as (resamples x rows)."""
    is_new = random.random((resamples, rows)) < 1 / length
    is_new[:, 0] = True
    return is_new


def stationary_counts(rows: int, length: float, resamples: int, random: np.random.Generator) -> Floats:
    """How often each row is drawn in each resample, as (resamples x rows).

    Politis and Romano (1994), The Stationary Bootstrap: blocks begin anywhere and go round at the end. Counts are all
    that a mean needs, so all resampled means are one product of matrices.
    """
    is_new = block_places(rows, length, resamples, random)
    position = np.arange(rows)
    begun = np.maximum.accumulate(np.where(is_new, position, 0), axis=1)
    starts = random.integers(0, rows, (resamples, rows))
    drawn = (np.take_along_axis(starts, begun, axis=1) + position - begun) % rows
    flat = drawn + rows * np.arange(resamples)[:, None]
    return np.bincount(flat.ravel(), minlength=resamples * rows).reshape(resamples, rows).astype(np.float64)


def block_signs(rows: int, length: float, resamples: int, random: np.random.Generator) -> Floats:
    """A random sign for each block of rows, as (resamples x rows); the first resample leaves all as they are."""
    is_new = block_places(rows, length, resamples, random)
    begun = np.maximum.accumulate(np.where(is_new, np.arange(rows), 0), axis=1)
    signs = random.integers(0, 2, (resamples, rows)) * 2.0 - 1.0
    signs = np.take_along_axis(signs, begun, axis=1)
    signs[0] = 1.0
    return np.asarray(signs, dtype=np.float64)


def masked_means(weights: Floats, rows: Floats) -> Floats:
    """The means of the columns under each row of weights, without what is missing: (resamples x columns)."""
    known = np.isfinite(rows).astype(np.float64)
    total = weights @ known
    means = np.divide(weights @ np.nan_to_num(rows), total, out=np.full(total.shape, np.nan), where=total > 0)
    return np.asarray(means)


def effective_rows(weights: Floats) -> float:
    """How many rows of equal weight tell as much: Kish (1965), Survey Sampling."""
    return float(weights.sum() ** 2 / (weights**2).sum()) if weights.any() else 0.0


def _column_means(rows: Floats) -> Floats:
    known = np.isfinite(rows)
    return np.asarray(np.nan_to_num(rows).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
