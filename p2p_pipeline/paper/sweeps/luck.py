"""How much of a result is that it was chosen among many: deflated Sharpe ratio and White's reality check. Pure.

Returns are those of days, as shares of what a day began with; nothing is put up to a year.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.kernel.resampling import block_length, stationary_counts

Floats = NDArray[np.float64]
_NORMAL = NormalDist()
_EULER = 0.5772156649015329
_DUST = 1e-12
"""Of the mean: days that are the same differ by so much when their mean is rounded."""


def sharpe_of(returns: Floats) -> float:
    """Mean by standard deviation of one day; 0 where nothing changes."""
    return float(returns.mean()) / float(returns.std(ddof=1)) if _changes(returns) else 0.0


def best_of_nothing(trials: int, variance: float) -> float:
    """The highest Sharpe ratio to be expected of so many tries without any edge, of ratios that vary so much.

    Bailey and López de Prado (2014), The Deflated Sharpe Ratio: Correcting for Selection Bias, Backtest Overfitting and
    Non-Normality, Journal of Portfolio Management 40 (5), equation of the expected maximum.
    """
    if trials < 2:
        return 0.0
    high, higher = (_NORMAL.inv_cdf(1 - 1 / (trials * base)) for base in (1.0, math.e))
    return math.sqrt(variance) * ((1 - _EULER) * high + _EULER * higher)


def probable_sharpe(sharpe: float, beyond: float, days: int, skewness: float, kurtosis: float) -> float:
    """The probability that the true ratio is above `beyond`; `kurtosis` of a normal distribution is 3.

    Bailey and López de Prado (2012), The Sharpe Ratio Efficient Frontier, Journal of Risk 15 (2). With the
    `best_of_nothing` as `beyond` it is the deflated Sharpe ratio.
    """
    error = math.sqrt(_variance_of(sharpe, skewness, kurtosis))
    if error == 0:
        return 1.0 if sharpe > beyond else 0.0
    return _NORMAL.cdf((sharpe - beyond) * math.sqrt(days - 1) / error)


def deflated_sharpe(returns: Floats, chosen: int) -> float | None:
    """Of one column of days x tries, chosen as it is; None where too little happened to say anything."""
    days, trials = returns.shape
    column = returns[:, chosen]
    if days < 3 or not _changes(column):
        return None
    ratios = np.array([sharpe_of(returns[:, one]) for one in range(trials)])
    beyond = best_of_nothing(trials, float(ratios.var(ddof=1)) if trials > 1 else 0.0)
    return probable_sharpe(float(ratios[chosen]), beyond, days, *shape_of(column))


def days_needed(returns: Floats, beyond: float, confidence: float = 0.95) -> float:
    """How long a track record must be for such a ratio to be above `beyond`: infinite where it is not above it.

    Bailey and López de Prado (2012), minimum track record length.
    """
    sharpe = sharpe_of(returns)
    if sharpe <= beyond:
        return math.inf
    return 1 + _variance_of(sharpe, *shape_of(returns)) * (_NORMAL.inv_cdf(confidence) / (sharpe - beyond)) ** 2


def reality_check(returns: Floats, resamples: int, seed: int) -> float:
    """How often the best of these tries would look as good as it does if none was better than staying out.

    White (2000), A Reality Check for Data Snooping, Econometrica 68 (5), against a return of 0, with the stationary
    bootstrap of Politis and Romano (1994), whose blocks are as long as Politis and White (2004) choose them.
    """
    days = len(returns)
    means = returns.mean(axis=0)
    counts = stationary_counts(days, block_length(returns), resamples, np.random.default_rng(seed))
    best = math.sqrt(days) * float(means.max())
    again = math.sqrt(days) * (counts @ returns / days - means).max(axis=1)
    # what was seen counts as one of the resamples: no p-value is 0
    return float((1 + (again >= best - 1e-12 * abs(best)).sum()) / (resamples + 1))


def shape_of(returns: Floats) -> tuple[float, float]:
    """Skewness and kurtosis, as moments of what is there."""
    centred = returns - returns.mean()
    spread = float((centred**2).mean())
    if not _changes(returns):
        return 0.0, 3.0
    return float((centred**3).mean()) / spread**1.5, float((centred**4).mean()) / spread**2


def _changes(returns: Floats) -> bool:
    """Whether the days differ by more than rounding."""
    return len(returns) > 1 and float(returns.std(ddof=1)) > _DUST * abs(float(returns.mean()))


def _variance_of(sharpe: float, skewness: float, kurtosis: float) -> float:
    return max(0.0, 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe**2)
