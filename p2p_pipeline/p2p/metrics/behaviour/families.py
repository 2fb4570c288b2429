"""Families of lifetime distributions that are fitted and compared; all parameters are free real numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]

_WIDEST = 2.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """A family: its share of lives longer than a time, for given parameters."""

    name: str
    survival: Callable[[Floats, Floats], Floats]
    """(parameters, times in seconds) to shares."""
    start: Callable[[float], Floats]
    """Where the search starts, from a rough typical lifetime in seconds."""


def _weibull(parameters: Floats, times: Floats) -> Floats:
    scale, shape = parameters
    return np.asarray(np.exp(-np.exp(np.clip(np.exp(shape) * (_log(times) - scale), -700.0, 30.0))))


def _lognormal(parameters: Floats, times: Floats) -> Floats:
    middle, spread = parameters
    return np.asarray(ndtr((middle - _log(times)) * np.exp(-spread)))


def _loglogistic(parameters: Floats, times: Floats) -> Floats:
    middle, shape = parameters
    return np.asarray(1.0 / (1.0 + np.exp(np.clip(np.exp(shape) * (_log(times) - middle), -700.0, 700.0))))


def _log(times: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(times, 1e-9)))


WEIBULL = Family("weibull", _weibull, lambda typical: np.array([np.log(typical), -0.2]))
LOGNORMAL = Family("lognormal", _lognormal, lambda typical: np.array([np.log(typical), 0.0]))
LOGLOGISTIC = Family("loglogistic", _loglogistic, lambda typical: np.array([np.log(typical), 0.4]))


def lognormal_pair(least_seconds: float) -> Family:
    """Two lognormals, the middle of the earlier one no earlier than `least_seconds`, and neither very wide.

    Without the bounds the earlier one slips below the time between looks, where it explains nothing that was seen by
    any number of lives that were not.
    """

    def survival(parameters: Floats, times: Floats) -> Floats:
        earlier, later, share, spread, later_spread = parameters
        first = np.log(least_seconds) + np.logaddexp(0.0, earlier)
        second = first + np.logaddexp(0.0, later)
        weight = _squeezed(share)
        wide, later_wide = _WIDEST * _squeezed(spread), _WIDEST * _squeezed(later_spread)
        logs = _log(times)
        return np.asarray(weight * ndtr((first - logs) / wide) + (1 - weight) * ndtr((second - logs) / later_wide))

    def start(typical: float) -> Floats:
        above = max(0.2, float(np.log(typical / least_seconds)) - 0.8)
        return np.array([np.log(np.expm1(above)), 0.7, 0.0, 0.0, -0.7])

    return Family("lognormal_pair", survival, start)


def _squeezed(value: float) -> float:
    """Any number into 0..1; never quite either."""
    return float(1.0 / (1.0 + np.exp(-np.clip(value, -6.0, 6.0))))


def piecewise_exponential(cuts_seconds: Floats) -> Family:
    """A constant hazard between each two cuts: bends where the others can't, at the price of a parameter a piece."""
    edges = np.concatenate(([0.0], cuts_seconds))
    widths = np.append(np.diff(edges), np.inf)

    def survival(parameters: Floats, times: Floats) -> Floats:
        hazards = np.exp(np.clip(parameters, -40.0, 10.0))
        inside = np.clip(np.asarray(times)[..., None] - edges, 0.0, widths)
        return np.asarray(np.exp(-np.minimum(inside @ hazards, 700.0)))

    return Family("piecewise_exponential", survival, lambda typical: np.full(len(edges), np.log(np.log(2.0) / typical)))


def seen_share(family: Family, parameters: Floats, gap_seconds: float) -> float:
    """The share of all lives that looks so far apart see."""
    return float(family.survival(parameters, gap_seconds * (_NODES + 1) / 2) @ _WEIGHTS / 2)
