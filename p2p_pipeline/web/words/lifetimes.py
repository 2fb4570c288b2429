"""How long offers live as a reader is told it: a row of `lifetimes` in the reader's language.

The same bounds and the same doubt as answers/lifetime_words.py says in commands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from p2p_pipeline.p2p.metrics.behaviour.states import LifetimeState
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.words.languages import Words


@dataclass(frozen=True, slots=True)
class LifetimeTexts:
    """Writes rows of `lifetimes`."""

    words: Words
    figures: Figures

    def headline(self, row: Mapping[str, Any]) -> str:
        """By when half of all offers are gone, or a bound, or why nothing can be told."""
        text, span, state = self.words.text, self.figures.span, LifetimeState(row["state"])
        if state is LifetimeState.OK:
            return text("Half are gone after {span}", span=span(row["median_seconds"]))
        if state is not LifetimeState.BELOW_GAP:
            return self.why_not(state)
        if row["shorter_than_gap_least"] > 0.5:
            return text("Half are gone within one look, {span}", span=span(row["gap_seconds"]))
        most = row["median_at_most_seconds"]
        if most is None:
            return text("Half may be gone within one look, {span}", span=span(row["gap_seconds"]))
        return text(
            "Half are gone after {span} at most, maybe within one look", span=span(row["median_at_most_seconds"])
        )

    def short(self, row: Mapping[str, Any]) -> str:
        """The same for a cell of a table."""
        text, span, state = self.words.text, self.figures.span, LifetimeState(row["state"])
        if state is LifetimeState.OK:
            return span(row["median_seconds"])
        if state is not LifetimeState.BELOW_GAP:
            return self.why_not(state)
        most = row["median_at_most_seconds"]
        return text("within one look") if most is None else text("at most {span}", span=span(most))

    def between(self, row: Mapping[str, Any], name: str) -> str:
        """`5.1 h to 6.3 h`; empty where it isn't known."""
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        if low is None or high is None:
            return ""
        return self.words.text("{low} to {high}", low=self.figures.span(low), high=self.figures.span(high))

    def why_not(self, state: LifetimeState) -> str:
        """Why no lifetime is told."""
        return {
            LifetimeState.NO_COMPLETE_SNAPSHOTS: self.words.text("No look shows the whole side: absence is unknown"),
            LifetimeState.WINDOW_TOO_SHORT: self.words.text("Too short a time to tell"),
            LifetimeState.TOO_FEW_ENDS: self.words.text("Too few were seen to end"),
        }[state]
