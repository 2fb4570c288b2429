"""What an amount costs now, whole: the quote, how old its book is, and what each profile would make of it.

The command, the page and the API print this one answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from p2p_pipeline.p2p.answers.age import BookAge
from p2p_pipeline.p2p.answers.now import Answer, AnswerDesk, answer, chosen_profile, compare_profiles
from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.metrics.pricing.strictness import Strictness
from p2p_pipeline.p2p.metrics.pricing.work import MOST_STEPS

if TYPE_CHECKING:
    from p2p_pipeline.p2p.metrics.pricing.strictness_history import UsualStrictness
    from p2p_pipeline.p2p.settings import Settings


@dataclass(frozen=True, slots=True)
class PriceQuestion:
    """What is asked: an amount (fiat on BUY, the asset on SELL) in one market side."""

    market_side: MarketSide
    amount: Decimal
    profile: str = "wide"
    max_splits: int = 3
    payment_methods: frozenset[str] = frozenset()
    """Codes of which an offer must take one; empty leaves it to the profile."""
    at: datetime | None = None
    """As of this time; None for now."""
    search_steps: int = MOST_STEPS
    """How long the split may be searched for."""


@dataclass(frozen=True, slots=True)
class PricedAnswer:
    """The answer, with what a person needs to judge it."""

    found: Answer
    asked_at: datetime
    age: BookAge
    profiles: tuple[Strictness, ...]
    """What each configured profile would make of the same amount in the same book."""

    def to_json(self, usual: Mapping[str, UsualStrictness] | None = None) -> dict[str, Any]:
        """The answer as `p2p now --json` prints it; `usual` is what profiles cost over the week before, if asked."""
        told = [_profile_json(entry, (usual or {}).get(entry.profile)) for entry in self.profiles]
        return {**self.found.to_json(), "asked_at": self.asked_at, **self.age.to_json(), "profiles": told}


def priced(desk: AnswerDesk, settings: Settings, asked: PriceQuestion, now: datetime) -> PricedAnswer:
    """Price an amount in the newest book, or the newest at or before the time asked about.

    Raises NoSnapshot, and SettingsError for a profile that isn't there.
    """
    chosen = chosen_profile(settings, asked.profile, asked.payment_methods)
    view = desk.newest(asked.market_side, asked.at)
    found = answer(view, chosen, asked.amount, asked.max_splits, asked.search_steps)
    profiles = compare_profiles(found, settings.all_profiles(), asked.payment_methods, asked.search_steps)
    asked_at = asked.at or now
    age = view.age(asked_at, settings.quality.stale_after_seconds, is_of_past=asked.at is not None)
    return PricedAnswer(found, asked_at, age, profiles)


def _profile_json(found: Strictness, usual: UsualStrictness | None) -> dict[str, Any]:
    """`usual` is null for `wide`, unasked, and where nothing is stored."""
    names = ("amount", "looks", "placed", "median", "low", "high")
    return {
        "profile": found.profile,
        "price": found.price,
        "cost_against_wide": found.cost_against_wide,
        "is_executable": found.is_executable,
        "reason": found.reason,
        "explanation": found.explanation,
        "usual": None if usual is None else {name: getattr(usual, name) for name in names},
    }
