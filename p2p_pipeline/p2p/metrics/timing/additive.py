"""Effects of the hour beside effects of the day, from a table of days by hours in which cells are missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def hour_effects(rows: Floats) -> Floats:
    """What each column differs by when every row has a level of its own; NaN for a column that no row compares.

    Least squares of the additive model `row + column + noise` (two-way analysis of variance with unequal numbers:
    Yates 1934, The Analysis of Multiple Classifications; in econometrics the within estimator). A plain mean of what
    was seen would take a dear day's hours for dear hours. The effects' mean over the known columns is 0.
    """
    known = np.isfinite(rows)
    known &= (known.sum(axis=1) >= 2)[:, None]
    seen = known.sum(axis=1)
    used, weights = known[seen > 0].astype(np.float64), 1.0 / seen[seen > 0]
    values = np.where(known, rows, 0.0)[seen > 0]
    centred = np.where(used > 0, values - (values.sum(axis=1) * weights)[:, None], 0.0)
    count = used.sum(axis=0)
    if (count % max(1, len(used)) == 0).all():
        # Every row has the same cells, as most tables do: then plain means are least squares.
        effects = centred.sum(axis=0) / max(1, len(used))
    else:
        normal = np.diag(count) - used.T @ (used * weights[:, None])
        effects = np.linalg.pinv(normal, rcond=1e-9, hermitian=True) @ centred.sum(axis=0)
    effects[count == 0] = np.nan
    return np.asarray(effects - np.nanmean(effects)) if (count > 0).any() else effects


def row_levels(rows: Floats, effects: Floats) -> Floats:
    """Each row's own level beside the effects of its columns; NaN for a row that has none of them."""
    left = rows - effects
    known = np.isfinite(left).sum(axis=1)
    return np.asarray(np.divide(np.nansum(left, axis=1), known, out=np.full(len(rows), np.nan), where=known > 0))


def against_own_level(rows: Floats) -> Floats:
    """Each row without its level, so that a column's plain mean is its effect, missing cells or not.

    That is what least squares means: the residuals of each column add up to 0. A row with a single cell compares
    nothing and is unknown.
    """
    comparing = np.where((np.isfinite(rows).sum(axis=1) >= 2)[:, None], rows, np.nan)
    effects = hour_effects(comparing)
    return np.asarray(comparing - row_levels(comparing, effects)[:, None])


def against_row_mean(rows: Floats) -> Floats:
    """Each row against the plain mean of what is known of it, whatever is missing."""
    known = np.isfinite(rows).sum(axis=1)
    means = np.divide(np.nansum(rows, axis=1), known, out=np.full(len(rows), np.nan), where=known >= 2)
    return np.asarray(rows - means[:, None])


def often_known(rows: Floats) -> NDArray[np.bool_]:
    """The columns that at least half as many rows have as the column most have: the others are not compared."""
    known = np.isfinite(rows).sum(axis=0)
    return np.asarray(known >= max(1, known.max(initial=0) / 2))
