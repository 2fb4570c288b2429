"""Deals that were followed, and what would have been said of each: learned from earlier days, judged on later ones.

A day's deals are judged by what was known when the day began: only deals whose later look had come by then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.deals.chance import LEARNED_FROM, NO_BAIT_FROM, PRIOR, ChanceModel, learned
from p2p_pipeline.p2p.metrics.deals.money import better, expected_price, lost_share, points
from p2p_pipeline.p2p.metrics.deals.outcomes import HORIZONS_MINUTES, NEXT
from p2p_pipeline.p2p.metrics.deals.schema import HORIZONS, outcome_column
from p2p_pipeline.p2p.metrics.deals.score import FRESH_FROM
from p2p_pipeline.p2p.metrics.deals.similar import CHANCES, nearest_in_time

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

BLOCK_SECONDS = 3600
_DAY_SECONDS = 24 * 3600.0


@dataclass(frozen=True, eq=False)
class Followed:
    """Deals of one kind, single or split, that were looked at again after one horizon; none that looks like bait."""

    rows: Integers
    """Their places in the table."""
    parts: Floats
    held: Flags
    at: Floats
    """When each was seen, seconds since 1970."""
    hours: Floats
    """How long after that it was looked at again."""

    @cached_property
    def blocks(self) -> Integers:
        """The hour each was seen in: deals of one hour share their fate."""
        return (self.at // BLOCK_SECONDS).astype(np.int64)

    @cached_property
    def days(self) -> Floats:
        """The UTC day each was seen on."""
        return self.at // _DAY_SECONDS

    def known_at(self, day: float) -> Flags:
        """Those whose fate was known when a day began."""
        return self.at + self.hours * 3600 <= day * _DAY_SECONDS

    @cached_property
    def models(self) -> dict[float, ChanceModel | None]:
        """For each day the model of the days before it; None where they are too few."""
        return {day: self._learned(self.known_at(day)) for day in np.unique(self.days).tolist()}

    @cached_property
    def whole_model(self) -> ChanceModel | None:
        """The model of all of them: what is told after the last day."""
        return self._learned(np.ones(len(self.held), dtype=bool))

    def _learned(self, known: Flags) -> ChanceModel | None:
        return learned(self.parts[known], self.held[known], self.hours[known], self.blocks[known])


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What was told of deals, and what came."""

    chance: Floats
    usual: Floats
    """The share that held on earlier days; NaN where there are none."""
    held: Flags
    blocks: Integers
    days: int
    """Days that a model of earlier ones could be judged on; 0: this is the general rule, judged."""


def followed(scores: pa.Table, kind: str, horizon: str) -> Followed:
    """The deals of one kind with a look at one horizon."""
    is_split = compute.greater(scores["legs"], 1)
    wanted = compute.and_(
        is_split if kind == "chance_split" else compute.invert(is_split),
        compute.and_(
            compute.is_valid(scores[outcome_column("legs", horizon)]),
            compute.greater_equal(scores["teaser_value"], NO_BAIT_FROM),
        ),
    )
    places = np.flatnonzero(wanted.to_numpy())
    rows = scores.take(pa.array(places))
    hours = np.full(len(places), HORIZONS_MINUTES[HORIZONS.index(horizon)] / 60) if horizon != NEXT else (
        rows["next_seconds"].to_numpy() / 3600
    )  # fmt: skip
    held = np.array(rows[outcome_column("legs", horizon)].to_pylist(), dtype=bool)
    return Followed(places, _parts(rows), held, _seconds(rows), hours)


def judged(deals: Followed) -> Judged:
    """Each day's deals by the model of the days before it; by the general rule where no day has one."""
    chance, usual = np.full(len(deals.held), np.nan), np.full(len(deals.held), np.nan)
    for day, model in deals.models.items():
        today, known = deals.days == day, deals.known_at(day)
        if known.any():
            usual[today] = deals.held[known].mean()
        if model is not None:
            chance[today] = model.still_there(deals.parts[today], deals.hours[today])
    days = sum(model is not None for model in deals.models.values())
    if not days:
        chance = PRIOR.still_there(deals.parts, deals.hours)
    told = np.isfinite(chance)
    return Judged(chance[told], usual[told], deals.held[told], deals.blocks[told], days)


def rescored(scores: pa.Table, of_kind: Mapping[str, Sequence[Followed]], minutes_to_place: float) -> Floats:
    """The scores as they would have been told: each day's by the chance learned on the days before it.

    `of_kind` has the followed deals of each of `CHANCES`, one entry a horizon. A day without a model keeps its score.
    """
    found = np.array(scores["score"].to_numpy())
    days, is_split = _seconds(scores) // _DAY_SECONDS, scores["legs"].to_numpy() > 1
    for kind in CHANCES:
        for day in np.unique(days).tolist():
            models = [model for deals in of_kind[kind] if (model := deals.models.get(day)) is not None]
            model = nearest_in_time(models, minutes_to_place)
            wanted = (days == day) & (is_split == (kind == "chance_split"))
            if model is not None and wanted.any():
                found[wanted] = _scores(scores.filter(pa.array(wanted)), model, minutes_to_place)
    return found


def _scores(rows: pa.Table, model: ChanceModel, minutes_to_place: float) -> Floats:
    sign = np.where(np.array(rows["side"].to_pylist()) == Side.BUY.value, 1.0, -1.0)
    price, best, following, fair, waiting, meant, fresh = (
        rows[name].cast(pa.float64()).to_numpy()
        for name in (
            "price", "best_price", "next_price", "fair_price", "waiting_share", "honoured_chance", "freshness_value",
        )
    )  # fmt: skip
    chance = model.still_there(_parts(rows), minutes_to_place / 60) * meant
    otherwise = np.where(np.isfinite(following), following, fair)
    expected = expected_price(sign, price, chance, otherwise, waiting)
    lost = lost_share(sign, expected, better(sign, best, fair))
    return np.asarray(points(lost) * np.clip(fresh / FRESH_FROM, 0.0, 1.0), dtype=np.float64)


def _parts(rows: pa.Table) -> Floats:
    return np.column_stack([rows[f"{name}_value"].to_numpy() for name in LEARNED_FROM])


def _seconds(rows: pa.Table) -> Floats:
    seconds: Floats = rows["snapshot_at"].cast(pa.int64()).to_numpy() / 1e6
    return seconds
