"""How long offers live, in words: one row of `lifetimes` as people are told it, by whatever surface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2p_pipeline.kernel.texts import span_text
from p2p_pipeline.kernel.told import Told, joined
from p2p_pipeline.p2p.metrics.behaviour.states import LifetimeState

INTERVALS = {
    "here": Told(
        "this market as observed: the lives that really began in this window, of which the looks hid a little"
    ),
    "like": Told("a market like it: the same kind of market on other days or with other advertisers"),
}
"""What each of the two intervals is for, by the end of its columns' names (`like`: `_low` and `_high`)."""
_SHORT_CUT = {
    LifetimeState.NO_COMPLETE_SNAPSHOTS: Told(
        "no lifetime can be told: no snapshot shows the whole side, so absence is unknown"
    ),
    LifetimeState.WINDOW_TOO_SHORT: Told("window too short"),
    LifetimeState.TOO_FEW_ENDS: Told("too few ends"),
}


def half_gone_words(row: Mapping[str, Any]) -> Told:
    """By when half of all offers are gone, with both intervals; a bound where it may lie between two looks; or why not.

    For example `4.0 h [3.9, 4.1 h] here, [3.6 h, 4.5 h] in one like it`.
    """
    state = LifetimeState(row["state"])
    if state is LifetimeState.OK:
        value, like = row["median_seconds"], _between(row, "median_seconds")
        mark = Told(" beyond what was seen") if value > row["longest_seen_seconds"] else ""
        if row["median_seconds_here_low"] is None or row["median_seconds_here_high"] is None:
            return Told("{median}, {like} in one like it{mark}", median=span_text(value), like=like, mark=mark)
        here = _between(row, "median_seconds_here")
        return Told(
            "{median} {here} here, {like} in one like it{mark}",
            median=span_text(value),
            here=here,
            like=like,
            mark=mark,
        )
    if state is LifetimeState.BELOW_GAP:
        longer, between = span_text(row["longer_median_seconds"]), _between(row, "longer_median_seconds")
        return joined("; ", [_at_most(row), Told("of longer ones {median} {between}", median=longer, between=between)])
    return _SHORT_CUT[state]


def unseen_words(row: Mapping[str, Any]) -> Told | None:
    """What the looks can't show: how many lives are shorter than the time between two, and how many none saw."""
    if row["unseen_share_most"] is None:
        return None
    shorter, unseen = (
        Told("{least:.0%} to {most:.0%}", least=row[f"{name}_least"], most=row[f"{name}_most"])
        for name in ("shorter_than_gap", "unseen_share")
    )
    return Told(
        "{shorter} of all lives are shorter than the {gap} between two looks; {unseen} began and ended unseen (if new "
        "offers go no slower than those once seen, and the short ones last five minutes or a quarter of that time on "
        "average)",
        shorter=shorter,
        gap=span_text(row["gap_seconds"]),
        unseen=unseen,
    )


def _at_most(row: Mapping[str, Any]) -> Told:
    most, gap = row["median_at_most_seconds"], row["gap_seconds"]
    if row["shorter_than_gap_least"] > 0.5:
        return Told("below one look, {gap}", gap=span_text(gap))
    if most is None:
        return Told("maybe within one look")
    return Told("at most {most}, maybe within one look", most=span_text(most))


def _between(row: Mapping[str, Any], name: str) -> Told:
    return Told("[{low}, {high}]", low=span_text(row[f"{name}_low"]), high=span_text(row[f"{name}_high"]))
