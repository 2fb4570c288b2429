"""The live board: for each market side what a default amount costs now, and whether the data behind it is sound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from p2p_pipeline.kernel.told import Told, joined
from p2p_pipeline.p2p.answers.now import AnswerDesk, BookView, NoSnapshot, answer
from p2p_pipeline.p2p.markets import SLOT_SECONDS, WIDE, Market, MarketSide, Side, slot_of, slot_start, snapshot_id
from p2p_pipeline.p2p.metrics.pricing.sizes import MAX_SPLITS, QuotePlan
from p2p_pipeline.p2p.metrics.pricing.spread import spread_of
from p2p_pipeline.p2p.quality.cadence import collection_began
from p2p_pipeline.p2p.quality.fresh import is_stale
from p2p_pipeline.p2p.raw.capture import Outcome, StopReason
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import moment_in_id
from p2p_pipeline.p2p.settings import Settings

RECENT_SLOTS = 20
"""How far back missing slots count: ten minutes."""
DEPTH_PERCENT = Decimal(1)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One line of the board. Prices are fiat for one asset; None where there is none."""

    market_side: MarketSide
    amount: Decimal | None
    """What the prices are for: fiat on BUY, asset on SELL."""
    best_single: Decimal | None
    best_split: Decimal | None
    splits: int
    spread: float | None
    """See metrics/pricing/spread.py; of the best splits of these amounts, on both lines of a market."""
    depth_asset: Decimal | None
    """Asset available within 1 % of the best executable price."""
    offers: int
    age_seconds: float | None
    is_sound: bool
    trouble: str
    """What is wrong, in a few words; `ok` when nothing is."""
    is_undecided: bool = False
    """Without a split: whether the search had to end before it was known that there is none."""

    def to_json(self, stale_after_seconds: float) -> dict[str, Any]:
        """The line as `p2p board --json` prints it."""
        numbers = ("amount", "best_single", "best_split", "splits", "spread", "depth_asset", "offers", "age_seconds")
        return {
            "market_key": self.market_side.market.key,
            "side": self.market_side.side.value,
            **{name: getattr(self, name) for name in numbers},
            "is_stale": self.age_seconds is None or is_stale(self.age_seconds, stale_after_seconds),
            "is_sound": self.is_sound,
            "trouble": self.trouble,
            "is_undecided": self.is_undecided,
        }


def board_rows(
    desk: AnswerDesk, reader: RawReader, settings: Settings, now: datetime, since: datetime | None = None
) -> list[BoardRow]:
    """One row for each configured market side, markets in the settings' order.

    Slots before `since`, when collection was started, are not missing.
    """
    rows: list[BoardRow] = []
    first = max(slot_of(now) - RECENT_SLOTS, slot_of(since) + 1 if since else 0)
    every = settings.collection.interval_seconds // SLOT_SECONDS
    wanted = [slot for slot in range(first, slot_of(now)) if slot % every == 0]
    for entry in settings.markets:
        pair = [_row(desk, reader, settings, MarketSide(entry.market, side), now, wanted, every) for side in Side]
        buy, sell = (row.best_split for row in pair)
        spread = spread_of(buy, sell) if buy and sell else None
        rows += [replace(row, spread=spread) for row in pair]
    return rows


def _row(
    desk: AnswerDesk,
    reader: RawReader,
    settings: Settings,
    market_side: MarketSide,
    now: datetime,
    wanted_slots: list[int],
    every: int,
) -> BoardRow:
    try:
        view = desk.newest(market_side)
    except NoSnapshot:
        failure = _last_failure(reader, market_side) or Told("nothing yet")
        return BoardRow(market_side, None, None, None, 0, None, None, 0, None, False, failure)
    age = (now - view.snapshot_at).total_seconds()
    trouble = _trouble(view, age, _missing_slots(reader, market_side, wanted_slots, every), settings)
    if is_stale(age, settings.quality.stale_after_seconds):
        trouble = joined(": ", filter(None, (trouble, _last_failure(reader, market_side))))
    amount = usual_amount(settings, market_side.market, view)
    if amount is None:
        return BoardRow(
            market_side, None, None, None, 0, None, None, 0, age, not trouble, trouble or Told("empty market")
        )
    quote = answer(view, WIDE, amount, MAX_SPLITS).quote
    split = quote.best_split
    return BoardRow(
        market_side=market_side,
        amount=amount,
        best_single=quote.best_single.price if quote.best_single else None,
        best_split=split.price if split else None,
        splits=len(split.legs) if split else 0,
        spread=None,
        depth_asset=_depth(view, split.price) if split else None,
        offers=len(view.offers),
        age_seconds=age,
        is_sound=not trouble,
        trouble=trouble or "ok",
        is_undecided=quote.is_undecided,
    )


def usual_amount(settings: Settings, market: Market, view: BookView) -> Decimal | None:
    """The amount that a market is shown at when nobody named one: the middle of its sizes. None for an empty book."""
    plan = QuotePlan.for_market(settings.market_settings(market), ())
    if not view.offers:
        return None
    steps = plan.steps([seen.offer.price for seen in view.offers], [seen.offer.max_fiat for seen in view.offers])
    fiat, asset = steps[len(steps) // 2]
    return fiat if view.market_side.side is Side.BUY else asset


def _depth(view: BookView, price: Decimal) -> Decimal:
    reach = price * DEPTH_PERCENT / 100
    is_buy = view.market_side.side is Side.BUY
    near = (
        seen.offer.available_asset
        for seen in view.offers
        if (seen.offer.price <= price + reach if is_buy else seen.offer.price >= price - reach)
    )
    return sum(near, Decimal(0))


def _last_failure(reader: RawReader, market_side: MarketSide) -> str:
    stored = reader.latest(market_side)
    newest = stored.captures[-1][0] if stored else None
    return "" if newest is None or newest.outcome is Outcome.OK else newest.detail or newest.outcome.value


def _missing_slots(reader: RawReader, market_side: MarketSide, wanted: list[int], every: int) -> int:
    """Of the wanted slots those without a snapshot, from where collection of the market began."""
    if not wanted:
        return 0
    first = slot_start(wanted[0]).date()
    days = sorted({first - timedelta(days=1), *(slot_start(slot).date() for slot in wanted)})
    have = {name for day in days for name in reader.snapshot_ids(day, market_side.market.key)}
    # A demo's hourly history is no collection: what came before the first 30-second step was never due.
    began = collection_began({slot_of(moment) for name in have if (moment := moment_in_id(name))}, every)
    due = [slot for slot in wanted if began is not None and slot >= began]
    return sum(snapshot_id(market_side, slot_start(slot)) not in have for slot in due)


def _trouble(view: BookView, age_seconds: float, missing: int, settings: Settings) -> str:
    troubles = []
    if is_stale(age_seconds, settings.quality.stale_after_seconds):
        troubles.append(Told("stale") if age_seconds > 0 else Told("future time"))
    if view.snapshot["stop_reason"] not in (StopReason.BOOK_END, StopReason.ENOUGH):
        troubles.append(Told("cut short ({stop_reason})", stop_reason=view.snapshot["stop_reason"]))
    if view.snapshot["quarantined"]:
        troubles.append(Told("{quarantined} quarantined", quarantined=view.snapshot["quarantined"]))
    # The newest slot may still be being collected.
    if missing > 1:
        troubles.append(Told("{missing} slots missing in 10 min", missing=missing))
    return joined(", ", troubles)
