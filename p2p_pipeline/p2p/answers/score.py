"""How good the deals of the newest book are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from p2p_pipeline.lake.direct import DirectLake
from p2p_pipeline.p2p.answers.age import BookAge
from p2p_pipeline.p2p.answers.now import Answer, AnswerDesk, BookView, NoSnapshot, answer, chosen_profile
from p2p_pipeline.p2p.answers.score_past import DealPast
from p2p_pipeline.p2p.markets import MarketSide, Profile, Side
from p2p_pipeline.p2p.metrics.deals.chance import LEARNED_FROM
from p2p_pipeline.p2p.metrics.deals.gather import Surroundings, deal_inputs
from p2p_pipeline.p2p.metrics.deals.inputs import Deal
from p2p_pipeline.p2p.metrics.deals.prices import PricePast
from p2p_pipeline.p2p.metrics.deals.score import Score, score_of
from p2p_pipeline.p2p.metrics.deals.sheet import (
    OTHER_SIDE_WITHIN_SECONDS,
    SAME_SWEEP_SECONDS,
    Sheet,
    best_deal,
    sheet_of_offers,
)
from p2p_pipeline.p2p.metrics.deals.similar import chance_rows, kind_of, learned_chance, rows_like
from p2p_pipeline.p2p.metrics.deals.terms import Effort, next_price, terms_of
from p2p_pipeline.p2p.metrics.pricing.book import admitted_by
from p2p_pipeline.p2p.metrics.pricing.work import MOST_STEPS
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.reader import RawReader

if TYPE_CHECKING:
    from p2p_pipeline.p2p.settings import Settings

_CALIBRATION = (
    "as_of", "days", "outcome", "horizon", "predictor", "bin_low", "bin_high", "deals", "blocks", "held", "share_held",
    "share_low", "share_high", "auc", "auc_low", "auc_high", "later_seconds", "mean_chance", "brier", "brier_before",
    "judged_days", "level", *(f"slope_{part}" for part in LEARNED_FROM),
)  # fmt: skip
LIKE_SIZE_RATIO = 3.0
"""A size whose past prices may speak for the amount is at most this many times larger or smaller."""


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """What an amount costs, and how good that is."""

    answer: Answer
    asked_at: datetime
    score: Score | None
    """None when the amount can't be placed."""
    age: BookAge
    calibration: Sequence[dict[str, Any]]
    """The newest rows of `score_calibration` at or before the question; empty when there are none."""

    @property
    def similar(self) -> list[dict[str, Any]]:
        """What became of such deals: rows of the calibration, one for each outcome and horizon."""
        return [] if self.score is None else rows_like(self.calibration, self.score)

    def to_json(self) -> dict[str, Any]:
        """The answer as `p2p score --json` prints it."""
        score = self.score
        quote = self.answer.to_json()
        return {
            "market_key": quote["market_key"],
            "side": quote["side"],
            "profile": quote["profile"],
            "amount": quote["amount"],
            "asked_at": self.asked_at,
            "snapshot_at": quote["snapshot_at"],
            **self.age.to_json(),
            "score": None if score is None else score.total,
            "score_when_seen": None if score is None else score.fresh_total,
            "money": None
            if score is None
            else {"fiat": self.answer.view.market_side.market.fiat, **score.money.to_json()},
            "known_weight": None if score is None else score.known_weight,
            "parts": [] if score is None else [part.to_json() for part in score.parts],
            "quote": quote,
            "calibration": self._calibration_json(),
            "chance_calibration": self._chance_json(),
        }

    @property
    def chance_rows(self) -> list[dict[str, Any]]:
        """How right the chance of deals like this one was; empty without a score."""
        split = self.answer.quote.best_split
        return [] if split is None else self.chance_rows_of(kind_of(len(split.legs)))

    def chance_rows_of(self, kind: str) -> list[dict[str, Any]]:
        """How right the chance of one kind was, by its bins, near the time that orders take to be placed."""
        if self.score is None:
            return []
        return chance_rows(self.calibration, kind, self.score.money.terms.minutes_to_place)

    @property
    def chance_days(self) -> int:
        """Days of deals that the chance was learned from."""
        return next((int(row["days"]) for row in self.chance_rows), 0)

    def _chance_json(self) -> dict[str, Any] | None:
        rows = self.chance_rows
        if not rows:
            return None
        first = rows[0]
        shown = ("bin_low", "bin_high", "deals", "held", "mean_chance", "share_held", "share_low", "share_high")
        return {
            "as_of": first["as_of"],
            "is_split": first["predictor"] == "chance_split",
            "horizon": first["horizon"],
            **{name: first[name] for name in ("later_seconds", "judged_days", "brier", "brier_before")},
            "bins": [{name: row[name] for name in shown} for row in rows],
        }

    def _calibration_json(self) -> dict[str, Any] | None:
        similar = self.similar
        if not similar:
            return None
        first = similar[0]
        shown = ("deals", "blocks", "held", "share_held", "share_low", "share_high", "auc", "later_seconds")
        return {
            "as_of": first["as_of"],
            "days": first["days"],
            "is_bait": first["predictor"] == "bait",
            "score_from": first["bin_low"],
            "score_to": first["bin_high"],
            "outcomes": [
                {"outcome": row["outcome"], "horizon": row["horizon"], **{name: row[name] for name in shown}}
                for row in similar
            ],
        }


def score_now(
    reader: RawReader,
    lake: DirectLake,
    settings: Settings,
    market_side: MarketSide,
    amount: Decimal,
    asked_at: datetime,
    *,
    profile: str = "wide",
    max_splits: int = 3,
    at: datetime | None = None,
    payment_methods: frozenset[str] = frozenset(),
    search_steps: int = MOST_STEPS,
) -> ScoredAnswer:
    """Price an amount in the newest snapshot (at or before `at`) and score the best split.

    The past comes from the lake and ends with the snapshot: a question about yesterday knows nothing of today. Raises
    NoSnapshot, SettingsError.
    """
    desk = AnswerDesk(reader, PaymentMap.load(), [entry.market for entry in settings.markets])
    chosen = chosen_profile(settings, profile, payment_methods)
    view = desk.newest(market_side, at)
    found = answer(view, chosen, amount, max_splits, search_steps)
    deal = best_deal(found.quote)
    score = None
    with lake.kept_open() as kept:
        calibration = known_calibration(kept, market_side.market.key, asked_at.date(), is_of_past=at is not None)
        if deal is not None:
            past = DealPast(kept, market_side, view.snapshot_at)
            around = _surroundings(desk, view, chosen, deal, past, asked_at)
            effort = Effort(settings.analytics.minutes_to_place, settings.analytics.minutes_lost)
            terms = terms_of(deal, next_price(view.book(chosen), deal, max_splits), around, effort)
            model = learned_chance(calibration, kind_of(len(deal.legs)), effort.minutes_to_place)
            score = score_of(deal, deal_inputs(deal, around), terms, model)
    age = view.age(asked_at, settings.quality.stale_after_seconds, is_of_past=at is not None)
    return ScoredAnswer(found, asked_at, score, age, calibration)


def _surroundings(
    desk: AnswerDesk, view: BookView, chosen: Profile, deal: Deal, past: DealPast, asked_at: datetime
) -> Surroundings:
    sheet = _sheet(view, chosen)
    offers = [leg.offer_id for leg in deal.legs]
    advertisers = [name for offer in offers if (name := sheet.advertiser_ids[sheet.place_of[offer]]) is not None]
    return Surroundings(
        sheet=sheet,
        other_side=_other_side(desk, view),
        offers=past.offers(offers, advertisers),
        prices=_nearest_size(past, chosen.name, deal),
        at=view.snapshot_at.timestamp(),
        age_seconds=max(0.0, (asked_at - view.snapshot_at).total_seconds()),
        is_complete=bool(view.snapshot["is_complete"]),
    )


def known_calibration(lake: DirectLake, market_key: str, asked: date, *, is_of_past: bool) -> list[dict[str, Any]]:
    """The rows of the newest calibration of a market that was known on a day; empty when there is none.

    Today's own may have followed deals up to the present minute. Who asks about a past moment gets one that had ended
    by then: that day's own knows what came after.
    """
    day = lake.newest_day("score_calibration", market_key, asked - timedelta(days=1) if is_of_past else asked)
    if day is None:
        return []
    # Whole rows: one from before a column was added is read without it.
    rows = [row for (row,) in lake.rows("score_calibration", market_key, (day, day), ["unnamed_subquery"])]
    return [{name: row.get(name) for name in _CALIBRATION} for row in rows]


def _sheet(view: BookView, profile: Profile) -> Sheet:
    offers = [seen.offer for seen in view.offers]
    codes = [seen.payment_methods for seen in view.offers]
    return sheet_of_offers(view.market_side.side, offers, admitted_by(profile, offers, codes))


def _other_side(desk: AnswerDesk, view: BookView) -> Sheet | None:
    other = MarketSide(view.market_side.market, Side.SELL if view.market_side.side is Side.BUY else Side.BUY)
    try:
        found = desk.newest(other, view.snapshot_at + timedelta(seconds=SAME_SWEEP_SECONDS))
    except NoSnapshot:
        return None
    is_near = (view.snapshot_at - found.snapshot_at).total_seconds() <= OTHER_SIDE_WITHIN_SECONDS
    return _sheet(found, Profile()) if is_near and found.offers else None


def _nearest_size(past: DealPast, profile: str, deal: Deal) -> PricePast | None:
    """The past prices of the size most like the deal's; None when no size is like it."""
    distances: dict[float, Decimal] = {}
    for amount_fiat, amount_asset in past.sizes(profile):
        size = amount_fiat if deal.side is Side.BUY else amount_asset
        if size:
            distances[abs(math.log(float(deal.amount / size)))] = amount_fiat
    nearest = min(distances, default=math.inf)
    return past.prices(profile, distances[nearest]) if nearest <= math.log(LIKE_SIZE_RATIO) else None
