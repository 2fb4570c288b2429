"""Scores: of one deal now, of a sample of each day's deals, and what scores have meant so far."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.kernel.table import MOMENT, Table
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.now import Answer, AnswerDesk, BookView, NoSnapshot, answer
from p2p_pipeline.p2p.markets import Market, MarketSide, Profile, Side
from p2p_pipeline.p2p.metrics.deals.calibration import calibrate, rows_like
from p2p_pipeline.p2p.metrics.deals.gather import Surroundings, deal_inputs
from p2p_pipeline.p2p.metrics.deals.inputs import Deal
from p2p_pipeline.p2p.metrics.deals.prices import PricePast
from p2p_pipeline.p2p.metrics.deals.sampling import (
    MOST_MOMENTS,
    OTHER_SIDE_WITHIN_SECONDS,
    SAME_SWEEP_SECONDS,
    DayDeals,
    SidePast,
)
from p2p_pipeline.p2p.metrics.deals.schema import SCORE_CALIBRATION, SCORES
from p2p_pipeline.p2p.metrics.deals.score import WEIGHTS, Score, score_of
from p2p_pipeline.p2p.metrics.deals.sheet import Sheet, best_deal, sheet_of_offers
from p2p_pipeline.p2p.metrics.pricing.book import admitted_by
from p2p_pipeline.p2p.metrics.pricing.day_books import DayBooks
from p2p_pipeline.p2p.metrics.pricing.schema import DEPTH, QUOTES
from p2p_pipeline.p2p.metrics.pricing.sizes import QuotePlan
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.offers.schema import OFFERS, SNAPSHOTS
from p2p_pipeline.p2p.offers.usable import shows_book
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.continuing import StepReport, remake, step_report, write_partition
from p2p_pipeline.p2p.steps.score_past import Span, read_offer_past, read_price_pasts
from p2p_pipeline.p2p.versions import SCORE_VERSION

CALIBRATION_DAYS = 14
"""Days of scored deals behind a calibration: enough hours for its intervals, few enough to follow a market."""
LIKE_SIZE_RATIO = 3.0
"""A size whose past prices may speak for the amount is at most this many times larger or smaller."""
LATER_LOOKS = timedelta(minutes=20)
RARELY_LOOKED_AT = 400
"""A day with fewer snapshots than this is followed into all of the next day: its next look may be hours away."""


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """What an amount costs, and how good that is."""

    answer: Answer
    asked_at: datetime
    score: Score | None
    """None when the amount can't be placed."""
    calibration: pa.Table
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
            "score": None if score is None else score.total,
            "known_weight": None if score is None else score.known_weight,
            "parts": [] if score is None else [part.to_json() for part in score.parts],
            "quote": quote,
            "calibration": self._calibration_json(),
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
    lake: Lake,
    settings: Settings,
    market_side: MarketSide,
    amount: Decimal,
    asked_at: datetime,
    *,
    profile: str = "wide",
    max_splits: int = 3,
    at: datetime | None = None,
) -> ScoredAnswer:
    """Price an amount in the newest snapshot (at or before `at`) and score the best split.

    The past comes from the lake and ends with the snapshot: a question about yesterday knows nothing of today. Raises
    NoSnapshot, SettingsError.
    """
    desk = AnswerDesk(reader, PaymentMap.load())
    chosen = settings.profile(profile)
    view = desk.newest(market_side, at)
    found = answer(view, chosen, amount, max_splits)
    deal = best_deal(found.quote)
    score = None
    if deal is not None:
        sheet = _sheet(view, chosen)
        span = Span(view.snapshot_at, view.snapshot_at)
        offers = [leg.offer_id for leg in deal.legs]
        advertisers = [name for offer in offers if (name := sheet.advertiser_ids[sheet.place_of[offer]]) is not None]
        around = Surroundings(
            sheet=sheet,
            other_side=_other_side(desk, view),
            offers=read_offer_past(lake, market_side, span, offers, advertisers),
            prices=_nearest_size(lake, market_side, span, profile, deal),
            at=view.snapshot_at.timestamp(),
            age_seconds=max(0.0, (asked_at - view.snapshot_at).total_seconds()),
            is_complete=bool(view.snapshot["is_complete"]),
        )
        score = score_of(deal_inputs(deal, around))
    return ScoredAnswer(found, asked_at, score, newest_calibration(lake, market_side.market.key, asked_at.date()))


def newest_calibration(lake: Lake, market_key: str, as_of: date) -> pa.Table:
    """The rows of the newest calibration of a market at or before a day; empty when there is none."""
    days = [found.day for found in lake.partitions(SCORE_CALIBRATION) if found.market_key == market_key]
    day = max((day for day in days if day <= as_of), default=None)
    return SCORE_CALIBRATION.empty() if day is None else lake.read(SCORE_CALIBRATION, day, market_key)


def build_scores(
    lake: Lake,
    day: date,
    market_key: str,
    settings: Settings,
    full: bool = False,
    most_moments: int = MOST_MOMENTS,
) -> StepReport:
    """Make `scores` of one day and market: a sample of its deals, scored and followed. Takes seconds, not minutes."""
    facts = {
        "score_version": SCORE_VERSION,
        "plan": _plan(settings, market_key).version,
        "weights": _fingerprint(sorted(WEIGHTS.items())),
        "moments": str(most_moments),
        "followed_into": _fingerprint(_following(lake, day, market_key, SNAPSHOTS)["snapshot_id"].to_pylist()),
    }
    with lake.writing(market_key):
        rows = {SCORES: lambda: _day_deals(lake, day, market_key, settings).rows(most_moments)}
        return remake(lake, day, market_key, (SNAPSHOTS, OFFERS, QUOTES, DEPTH), rows, facts, full)


def build_score_calibration(
    lake: Lake, market_key: str, as_of: date, settings: Settings, days: int = CALIBRATION_DAYS
) -> StepReport:
    """Make `score_calibration` of a market under `date=as_of`, from the scored deals of the last days.

    Days whose deals are not scored yet are scored first, so the first time takes `days` times as long as the next.
    """
    started = time.perf_counter()
    first = as_of - timedelta(days=days - 1)
    with_offers = {part.day for part in lake.partitions(OFFERS) if part.market_key == market_key}
    for day in sorted(day for day in with_offers if first <= day <= as_of):
        build_scores(lake, day, market_key, settings)
    scores = lake.read_range(SCORES, market_key, first, as_of)
    end = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC) + timedelta(days=1)
    used = len(compute.unique(scores["snapshot_at"].cast(pa.date32())))
    rows = calibrate(scores, market_key, end, used)
    facts = {"score_version": SCORE_VERSION, "days": str(days)}
    with lake.writing(market_key):
        report = write_partition(lake, SCORE_CALIBRATION, as_of, market_key, SCORE_CALIBRATION.empty(), rows, facts)
    return step_report(as_of, market_key, {SCORE_CALIBRATION.name: report}, started)


def _plan(settings: Settings, market_key: str) -> QuotePlan:
    return QuotePlan.for_market(settings.market_settings(Market.parse(market_key)), settings.all_profiles())


def _day_deals(lake: Lake, day: date, market_key: str, settings: Settings) -> DayDeals:
    market, plan = Market.parse(market_key), _plan(settings, market_key)
    snapshots, offers = lake.read(SNAPSHOTS, day, market_key), lake.read(OFFERS, day, market_key)
    judged_until = snapshots.num_rows
    snapshots = pa.concat_tables([snapshots, _following(lake, day, market_key, SNAPSHOTS)])
    books = DayBooks(snapshots, pa.concat_tables([offers, _following(lake, day, market_key, OFFERS)]))
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    span = Span(midnight, midnight + timedelta(days=1))
    pasts = {}
    for side in Side:
        market_side = MarketSide(market, side)
        prices = {
            (profile.name, amount): past
            for profile in plan.profiles
            for amount, (_, past) in read_price_pasts(lake, market_side, span, profile.name).items()
        }
        pasts[side] = SidePast(read_offer_past(lake, market_side, span), prices)
    is_complete = snapshots["is_complete"].to_pylist()
    is_usable = [shows_book(row) for row in snapshots.select(["pages", "stop_reason"]).to_pylist()]
    return DayDeals(books, plan.profiles, books.steps(plan), pasts, is_complete, is_usable, judged_until)


def _following(lake: Lake, day: date, market_key: str, table: Table) -> pa.Table:
    """The rows of the next day's first snapshots, in which the day's last deals are followed."""
    next_day = day + timedelta(days=1)
    is_rare = lake.rows(SNAPSHOTS, day, market_key) < RARELY_LOOKED_AT
    until = datetime(next_day.year, next_day.month, next_day.day, tzinfo=UTC)
    until += timedelta(days=1) if is_rare else LATER_LOOKS
    early = compute.field("snapshot_at") < pa.scalar(until, MOMENT)
    return lake.read_range(table, market_key, next_day, next_day, None, early)


def _fingerprint(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


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


def _nearest_size(lake: Lake, market_side: MarketSide, span: Span, profile: str, deal: Deal) -> PricePast | None:
    """The past prices of the size most like the deal's; None when no size is like it."""
    sizes: Mapping[Decimal, tuple[Decimal | None, PricePast]] = read_price_pasts(lake, market_side, span, profile)
    distances = {}
    for amount_fiat, (amount_asset, past) in sizes.items():
        size = amount_fiat if market_side.side is Side.BUY else amount_asset
        if size:
            distances[abs(math.log(float(deal.amount / size)))] = past
    nearest = min(distances, default=math.inf)
    return distances[nearest] if nearest <= math.log(LIKE_SIZE_RATIO) else None
