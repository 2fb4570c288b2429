"""Families of lifetime distributions that are fitted and compared; all parameters are free real numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]


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


def _lognormal_pair(parameters: Floats, times: Floats) -> Floats:
    """Two lognormals, the second one later; the last parameter decides how many lives are of the first."""
    share = 1.0 / (1.0 + np.exp(-np.clip(parameters[4], -30.0, 30.0)))
    later = np.array([parameters[0] + np.exp(min(parameters[2], 5.0)), parameters[3]])
    return np.asarray(share * _lognormal(parameters[:2], times) + (1.0 - share) * _lognormal(later, times))


def _log(times: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(times, 1e-9)))


WEIBULL = Family("weibull", _weibull, lambda typical: np.array([np.log(typical), -0.2]))
LOGNORMAL = Family("lognormal", _lognormal, lambda typical: np.array([np.log(typical), 0.0]))
LOGLOGISTIC = Family("loglogistic", _loglogistic, lambda typical: np.array([np.log(typical), 0.4]))
LOGNORMAL_PAIR = Family(
    "lognormal_pair", _lognormal_pair, lambda typical: np.array([np.log(typical) - 0.8, 0.0, 0.4, -0.5, 0.0])
)


def piecewise_exponential(cuts_seconds: Floats) -> Family:
    """A constant hazard between each two cuts: bends where the others can't, at the price of a parameter a piece."""
    edges = np.concatenate(([0.0], cuts_seconds))
    widths = np.append(np.diff(edges), np.inf)

    def survival(parameters: Floats, times: Floats) -> Floats:
        hazards = np.exp(np.clip(parameters, -40.0, 10.0))
        inside = np.clip(np.asarray(times)[..., None] - edges, 0.0, widths)
        return np.asarray(np.exp(-np.minimum(inside @ hazards, 700.0)))

    return Family("piecewise_exponential", survival, lambda typical: np.full(len(edges), np.log(np.log(2.0) / typical)))
