"""Scores: of one deal now, of a sample of each day's deals, and what scores have meant so far."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.kernel.table import MOMENT, Table
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.deals.calibration import calibrate
from p2p_pipeline.p2p.metrics.deals.sampling import (
    MOST_MOMENTS,
    DayDeals,
    SidePast,
)
from p2p_pipeline.p2p.metrics.deals.schema import SCORE_CALIBRATION, SCORES
from p2p_pipeline.p2p.metrics.deals.score import WEIGHTS
from p2p_pipeline.p2p.metrics.deals.terms import Effort
from p2p_pipeline.p2p.metrics.pricing.day_books import DayBooks
from p2p_pipeline.p2p.metrics.pricing.schema import DEPTH, QUOTES
from p2p_pipeline.p2p.metrics.pricing.sizes import QuotePlan
from p2p_pipeline.p2p.offers.schema import OFFERS, SNAPSHOTS
from p2p_pipeline.p2p.offers.usable import shows_book
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.continuing import StepReport, remake, step_report, write_partition
from p2p_pipeline.p2p.steps.score_past import Span, read_offer_past, read_price_pasts
from p2p_pipeline.p2p.versions import SCORE_VERSION

CALIBRATION_DAYS = 14
"""Days of scored deals behind a calibration: enough hours for its intervals, few enough to follow a market."""
LATER_LOOKS = timedelta(minutes=20)
RARELY_LOOKED_AT = 400
"""A day with fewer snapshots than this is followed into all of the next day: its next look may be hours away."""


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
        "effort": _fingerprint(_effort(settings)),
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
    rows = calibrate(scores, market_key, end, used, minutes_to_place=settings.analytics.minutes_to_place)
    facts = {"score_version": SCORE_VERSION, "days": str(days)}
    with lake.writing(market_key):
        report = write_partition(lake, SCORE_CALIBRATION, as_of, market_key, SCORE_CALIBRATION.empty(), rows, facts)
    return step_report(as_of, market_key, {SCORE_CALIBRATION.name: report}, started)


def _effort(settings: Settings) -> Effort:
    return Effort(settings.analytics.minutes_to_place, settings.analytics.minutes_lost)


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
    return DayDeals(
        books, plan.profiles, books.steps(plan), pasts, is_complete, is_usable, judged_until, _effort(settings)
    )


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
