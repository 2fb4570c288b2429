"""What is commonly done with sightings, and wrong: kept to be shown beside the right thing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from lifelines import KaplanMeierFitter
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class NaiveLifetimes:
    """Lifetimes taken to be the time between first and last sighting, of everything that was seen."""

    times: Floats
    survival: Floats
    median_seconds: float
    """Infinite when fewer than half are counted as ended."""
    mean_ended_seconds: float
    """The mean span of those that ended; nan without any."""


def naive_lifetimes(spans: Floats, is_ended: NDArray[np.bool_]) -> NaiveLifetimes:
    """Kaplan-Meier (E. Kaplan, P. Meier 1958) on observed spans, seconds, as if each were a life from its beginning.

    Wrong three times: a span is shorter than its life by up to two looks; offers that were there when the window
    began count as born then, though they have lived already, and the longer a life the likelier it is among them;
    lives between two looks are missing.
    """
    fitted = KaplanMeierFitter().fit(spans, event_observed=is_ended)
    curve = fitted.survival_function_
    return NaiveLifetimes(
        curve.index.to_numpy(dtype=float),
        curve.iloc[:, 0].to_numpy(dtype=float),
        float(fitted.median_survival_time_),
        float(np.mean(spans[is_ended])) if is_ended.any() else float("nan"),
    )
