"""A day's deals, scored as they could have been at the time, with what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from p2p_pipeline.kernel.money import storable
from p2p_pipeline.p2p.markets import WIDE, Profile, Side
from p2p_pipeline.p2p.metrics.deals.gather import Surroundings, deal_inputs
from p2p_pipeline.p2p.metrics.deals.inputs import Deal
from p2p_pipeline.p2p.metrics.deals.outcomes import NEXT, Later, amount_held, later_looks, legs_held, spread_evenly
from p2p_pipeline.p2p.metrics.deals.past import OfferPast
from p2p_pipeline.p2p.metrics.deals.prices import PricePast
from p2p_pipeline.p2p.metrics.deals.schema import HORIZONS, SCORES, outcome_column
from p2p_pipeline.p2p.metrics.deals.score import Score, score_of
from p2p_pipeline.p2p.metrics.deals.sheet import (
    OTHER_SIDE_WITHIN_SECONDS,
    SAME_SWEEP_SECONDS,
    Sheet,
    best_deal,
    sheet_of_rows,
    single_deals,
)
from p2p_pipeline.p2p.metrics.deals.terms import USUAL_EFFORT, Effort, next_price, terms_of
from p2p_pipeline.p2p.metrics.pricing.book import Book
from p2p_pipeline.p2p.metrics.pricing.day_books import SIDE_COLUMNS, DayBooks
from p2p_pipeline.p2p.metrics.pricing.day_tables import priced
from p2p_pipeline.p2p.metrics.pricing.execution import Quote
from p2p_pipeline.p2p.metrics.pricing.sizes import MAX_SPLITS, Step

MOST_MOMENTS = 96
"""Moments of a day and side that are judged: every quarter of an hour; more cost time and say little more."""
Floats = NDArray[np.float64]
PriceKey = tuple[str, Decimal]
"""Names the past prices of one size: (profile, amount_fiat as in `quotes`)."""


@dataclass(frozen=True, slots=True, eq=False)
class SidePast:
    """All that is known of one side up to the end of the day; every question is asked as of a moment."""

    offers: OfferPast
    prices: Mapping[PriceKey, PricePast]


@dataclass(eq=False)
class DayDeals:
    """One day's books of a market, whose deals are scored and followed."""

    books: DayBooks
    profiles: Sequence[Profile]
    steps: Sequence[Step]
    pasts: Mapping[Side, SidePast]
    is_complete: Sequence[bool]
    """Of each snapshot of the books."""
    is_usable: Sequence[bool]
    """Of each: False where looking failed, which says nothing of who is still there."""
    judged_until: int | None = None
    """Snapshots from this place on only serve as later looks (they are of the next day); None: all are judged."""
    effort: Effort = USUAL_EFFORT
    _looks: dict[Side, tuple[list[int], Floats]] = field(default_factory=dict)
    _books: dict[tuple[int, str], Book] = field(default_factory=dict)
    _quotes: dict[tuple[int, str, Decimal], Quote] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Note each side's looks, oldest first."""
        for side in Side:
            seen = (n for n in range(len(self.books)) if self.is_usable[n] and self.books.side(n) is side)
            places = sorted(seen, key=self._at)
            self._looks[side] = (places, np.array([self._at(place) for place in places]))

    def rows(self, most_moments: int = MOST_MOMENTS) -> pa.Table:
        """The rows of `scores`."""
        return SCORES.table_of([row for side in self.pasts for row in self._side_rows(side, most_moments)])

    def _side_rows(self, side: Side, most_moments: int) -> Iterator[dict[str, Any]]:
        places, at = self._looks[side]
        until = len(self.books) if self.judged_until is None else self.judged_until
        followed = {
            place: later
            for look, place in enumerate(places)
            if place < until and self.books.snapshots[place]["offers"] and (later := later_looks(at, look))
        }
        # A moment with all horizons is worth more than one with a few: gaps leave those for the rest.
        best = max((len(later) for later in followed.values()), default=0)
        moments = [place for place, later in followed.items() if len(later) == best]
        for place in spread_evenly(moments, most_moments):
            later = {horizon: Later(places[found.place], found.seconds) for horizon, found in followed[place].items()}
            yield from self._moment_rows(side, place, later)

    def _moment_rows(self, side: Side, place: int, later: Mapping[str, Later]) -> Iterator[dict[str, Any]]:
        other = self._other_side(side, self._at(place))
        for profile in self.profiles:
            sheet = sheet_of_rows(side, self.books.offers(place), profile)
            for step in self.steps:
                around = Surroundings(
                    sheet=sheet,
                    other_side=other,
                    offers=self.pasts[side].offers,
                    prices=self.pasts[side].prices.get((profile.name, step[0])),
                    at=self._at(place),
                    age_seconds=0.0,
                    is_complete=self.is_complete[place],
                )
                amount = step[1] if side is Side.SELL else step[0]
                deals = self._deals(place, profile, amount)
                if not deals:
                    continue
                best = deals["best"]
                terms = terms_of(best, next_price(self._book(place, profile), best, MAX_SPLITS), around, self.effort)
                for choice, deal in deals.items():
                    score = score_of(deal, deal_inputs(deal, around), terms)
                    yield {
                        **{name: self.books.snapshots[place][name] for name in SIDE_COLUMNS},
                        "profile": profile.name,
                        "amount_fiat": step[0],
                        "choice": choice,
                        "price": storable(deal.price),
                        "legs": len(deal.legs),
                        **_score_values(score),
                        **self._outcomes(deal, profile, amount, later),
                    }

    def _deals(self, place: int, profile: Profile, amount: Decimal) -> dict[str, Deal]:
        best = best_deal(self._quote(place, profile, amount))
        if best is None:
            return {}
        singles = single_deals(self._book(place, profile), amount)
        found = {"best": best, **{f"single_{rank}": deal for rank, deal in singles.items()}}
        if len(best.legs) == 1:
            found.pop("single_1", None)
        return found

    def _outcomes(self, deal: Deal, profile: Profile, amount: Decimal, later: Mapping[str, Later]) -> dict[str, Any]:
        values: dict[str, Any] = {"next_seconds": later[NEXT].seconds if NEXT in later else None}
        for horizon in HORIZONS:
            legs = amounts = None
            if horizon in later:
                place = later[horizon].place
                is_empty = not self.books.snapshots[place]["offers"]
                legs = not is_empty and legs_held(deal, self._book(place, profile))
                split = None if is_empty else self._quote(place, profile, amount).best_split
                amounts = amount_held(deal, None if split is None else split.price)
            values[outcome_column("legs", horizon)] = legs
            values[outcome_column("amount", horizon)] = amounts
        return values

    def _other_side(self, side: Side, at: float) -> Sheet | None:
        other = Side.SELL if side is Side.BUY else Side.BUY
        places, seen_at = self._looks[other]
        # Only what had been seen by then, or in the same sweep.
        first, end = np.searchsorted(seen_at, [at - OTHER_SIDE_WITHIN_SECONDS, at + SAME_SWEEP_SECONDS])
        near = [place for place in places[first:end] if self.books.snapshots[place]["offers"]]
        if not near:
            return None
        nearest = min(near, key=lambda place: abs(self._at(place) - at))
        return sheet_of_rows(other, self.books.offers(nearest), WIDE)

    def _at(self, place: int) -> float:
        return float(self.books.snapshots[place]["snapshot_at"].timestamp())

    def _book(self, place: int, profile: Profile) -> Book:
        key = (place, profile.name)
        if key not in self._books:
            self._books[key] = self.books.book(place, profile)
        return self._books[key]

    def _quote(self, place: int, profile: Profile, amount: Decimal) -> Quote:
        key = (place, profile.name, amount)
        if key not in self._quotes:
            self._quotes[key] = priced(self._book(place, profile), amount)
        return self._quotes[key]


def _score_values(score: Score) -> dict[str, Any]:
    values = {f"{part.name}_value": part.value for part in score.parts}
    money = score.money
    return {
        "score": score.total,
        "known_weight": score.known_weight,
        **values,
        "chance": money.chance,
        "honoured_chance": money.honoured,
        "expected_price": money.expected_price,
        "best_price": money.terms.best_price,
        "next_price": money.terms.next_price,
        "fair_price": money.terms.fair_price,
        "waiting_share": money.terms.waiting_share,
    }
