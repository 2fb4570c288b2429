"""Three sound sweeps of a small market, loaded by the real loader, for rules to be broken on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg

from p2p_pipeline.p2p.capture.sweeps.report import SweepReport, SweepStatus, batch_id_of, batch_moment
from p2p_pipeline.p2p.markets import Market, MarketSide, NativePayment, Offer, Side, Source, snapshot_id
from p2p_pipeline.p2p.warehouse.batch import Batch, ExtractionError, MarketRead, ReadOffer
from p2p_pipeline.p2p.warehouse.load import load_batch

START = datetime(2026, 9, 1, 12, tzinfo=UTC)
STEP = timedelta(minutes=10)
SIDES = tuple(
    MarketSide(Market("binance", asset, fiat), side)
    for fiat, asset in (("RUB", "USDT"), ("RUB", "BTC"), ("BOB", "USDT"))
    for side in Side
)
PAYMENTS = (NativePayment("TinkoffNew", "Tinkoff"), NativePayment("BANK", "Bank Transfer"), NativePayment("Nowhere"))


def made_offer(market_side: MarketSide, number: int, **given: Any) -> ReadOffer:
    """A plausible offer; the same number makes the same one."""
    base = Decimal(80) if market_side.market.asset == "USDT" else Decimal(6_000_000)
    price = base + Decimal(number) / 10
    available = Decimal(100 + number)
    stated = Decimal(5000 + 100 * number)
    made = Offer(
        offer_id=f"{1_000_000 + 1000 * SIDES.index(market_side) + number}",
        advertiser_id=f"user{number % 5}" if number else None,
        advertiser_name=f"trader {number % 5}",
        asset=market_side.market.asset,
        fiat=market_side.market.fiat,
        side=market_side.side,
        price=price,
        min_fiat=Decimal(500),
        max_fiat=min(stated, price * available),
        stated_max_fiat=stated,
        available_asset=available,
        payments=PAYMENTS[: 1 + number % 3],
        completion_rate=None if number == 9 else 0.9 + number / 200,
        orders_30d=10 * number,
        is_merchant=number % 5 == 1,
        is_floating_price=None,
        is_promoted=number == 2,
        payment_minutes=15,
        fiat_scale=2,
        asset_scale=2,
        remark=None if number % 2 else f"no third parties <b>{number % 4}</b>\x00",
    )
    return ReadOffer(replace(made, **given), tuple(f"code_{payment.native_id}" for payment in made.payments))


def made_read(
    market_side: MarketSide, moment: datetime, offers: Iterable[ReadOffer], *, is_complete: bool = True
) -> MarketRead:
    """One side of one market."""
    return MarketRead(
        market_side,
        snapshot_id(market_side, moment),
        moment + timedelta(seconds=1 + SIDES.index(market_side)),
        is_complete,
        tuple(offers),
        digest=f"{market_side} {moment}",
    )


def sound_reads(step: int) -> list[MarketRead]:
    """What the sweep of a step read: an offer changes its price, one goes, one comes; the last book is empty."""
    moment = START + step * STEP
    reads = []
    for market_side in SIDES[:-1]:
        offers = [made_offer(market_side, number) for number in range(step, 10 + step)]
        offers[3] = made_offer(market_side, 3 + step, price=offers[3].offer.price + Decimal("0.01"))
        reads.append(made_read(market_side, moment, offers))
    if step == 2:
        # Cut short: what it does not show is neither closed nor in this batch.
        reads[1] = made_read(SIDES[1], moment, reads[1].offers[:4], is_complete=False)
    reads.append(made_read(SIDES[-1], moment, []))
    return reads


def sound_batch(step: int, reads: Iterable[MarketRead] | None = None, **given: Any) -> Batch:
    """The sweep of a step, ready to be loaded."""
    moment = START + step * STEP
    told = list(sound_reads(step) if reads is None else reads)
    report = SweepReport(
        batch_id=batch_id_of(moment),
        venue="binance",
        status=SweepStatus.PARTIAL if step == 2 else SweepStatus.COMPLETE,
        started_at=moment,
        ended_at=moment + timedelta(minutes=2),
        fiats=2,
        markets=3,
        markets_complete=2 if step == 2 else 3,
        sides=6,
        sides_complete=5 if step == 2 else 6,
        offers=sum(len(read.offers) for read in told),
        failed_requests=0,
        requests=400,
        seconds=120.0,
    )
    errors = (
        ExtractionError(moment + timedelta(seconds=5), "RUB", "BTC", "BUY", 1, "timeout", "no answer in 10 s", 0, True),
    )
    return Batch(replace(report, **given), Source.SIMULATED, told, errors)


def load_sound(connection: psycopg.Connection[Any], steps: Iterable[int] = range(3)) -> list[int]:
    """Load the sound sweeps; gives their batch ids."""
    return [load_batch(connection, sound_batch(step)).batch_id for step in steps]


def id_of(step: int) -> int:
    """The batch id of a step."""
    return batch_id_of(START + step * STEP)


def moment_of(step: int) -> datetime:
    """When the batch of a step began."""
    return batch_moment(id_of(step))
