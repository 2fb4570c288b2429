"""What an input of a score is called, and what its grade says, by the input's name."""

from __future__ import annotations

from collections.abc import Mapping

from p2p_pipeline.kernel.told import Told

NAMES: Mapping[str, Told] = {
    "rank": Told("rank"),
    "headroom": Told("headroom"),
    "near_cover": Told("near cover"),
    "breaks_per_hour": Told("breaks per hour"),
    "held_minutes": Told("held minutes"),
    "best_changes_per_hour": Told("best changes per hour"),
    "presence": Told("presence"),
    "completion_at_least": Told("completion at least"),
    "lead": Told("lead"),
    "crossing": Told("crossing"),
    "limits_ratio": Told("limits ratio"),
    "idle_top_hours": Told("idle top hours"),
    "age_seconds": Told("age seconds"),
    "is_complete": Told("is complete"),
}
_WORDS: Mapping[str, Told] = {
    "rank": Told("better than {raw:.0%} of what this size cost in the last week, level-adjusted"),
    "headroom": Told("the tightest offer takes {raw:.0%} more than its leg"),
    "near_cover": Told("the book has {raw:.1f} times the amount near this price"),
    "breaks_per_hour": Told(
        "something would break it about {raw:.1f} times an hour: a new price, an offer gone or drained"
    ),
    "held_minutes": Told("at this price or better at every look for {raw:.0f} minutes"),
    "best_changes_per_hour": Told("the best price of this size changes about {raw:.1f} times an hour"),
    "presence": Told("the advertiser was seen in {raw:.0%} of the last week's hours"),
    "completion_at_least": Told("completes at least {raw:.0%} of orders, by the rate and number of the last 30 days"),
    "lead": Told("{raw:.2%} beyond the next offers for as much"),
    "crossing": Told("{raw:+.2%} beyond what the other side pays"),
    "limits_ratio": Told("an offer takes at most {raw:.1f} times its smallest order"),
    "idle_top_hours": Told("an offer untouched at the top for {raw:.1f} hours"),
}


def grade_words(name: str, raw: float | None) -> Told:
    """What is said of one input."""
    if raw is None:
        return Told("{name} not known", name=NAMES[name])
    if name == "age_seconds":
        return _seen(raw)
    if name == "is_complete":
        return Told("the whole book was read") if raw else Told("only part of the book was read")
    return Told(_WORDS[name], raw=raw)


def _seen(seconds: float) -> Told:
    if seconds < 120:
        return Told("seen {raw:.0f} seconds ago", raw=seconds)
    if seconds < 7200:
        return Told("seen {raw:.0f} minutes ago", raw=seconds / 60)
    return Told("seen {raw:.1f} hours ago", raw=seconds / 3600)
