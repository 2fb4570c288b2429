"""Small snapshots for the raw store's tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from p2p_pipeline.p2p.markets import Market, MarketSide, Side, Source, slot_of, slot_start, slots_of_day, snapshot_id
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import Damage, StoredSnapshot

DAY = date(2026, 3, 1)
MARKET = Market("bybit", "USDT", "RUB")
KEY = MARKET.key
BODY = b'{"result":{"items":[{"id":"1","price":"81.50"}]}}'


def example_snapshot(
    number: int,
    *,
    day: date = DAY,
    market: Market = MARKET,
    side: Side = Side.BUY,
    source: Source = Source.LIVE,
    pages: int = 2,
    body: bytes = BODY,
    outcome: Outcome = Outcome.OK,
) -> list[Capture]:
    """The snapshot of a day's n-th slot."""
    slot = slots_of_day(day)[number]
    moment = slot_start(slot) + timedelta(seconds=1)
    assert slot_of(moment) == slot
    return [
        Capture(
            snapshot_id=snapshot_id(MarketSide(market, side), slot_start(slot)),
            ordinal=page,
            purpose=Purpose.SEARCH,
            source=source,
            outcome=outcome,
            detail=None,
            venue=market.venue,
            asset=market.asset,
            fiat=market.fiat,
            side=side,
            page=page + 1,
            slot=slot,
            requested_at=moment,
            received_at=moment,
            elapsed_milliseconds=12.5,
            method="POST",
            url="http://127.0.0.1/fiat/otc/item/online",
            request={"page": str(page + 1)},
            status=200,
            headers={"content-type": "application/json"},
            body=body,
        )
        for page in range(pages)
    ]


def payment_list(slot: int, venue: str = "bybit") -> list[Capture]:
    """A venue's payment list, which belongs to no market."""
    moment = slot_start(slot)
    return [
        Capture(
            snapshot_id=f"{venue}.reference:payment_list:{moment.isoformat()}", ordinal=0, purpose=Purpose.PAYMENT_LIST,
            source=Source.LIVE, outcome=Outcome.OK, detail=None, venue=venue, asset=None, fiat="RUB", side=None,
            page=None, slot=slot, requested_at=moment, received_at=moment, elapsed_milliseconds=1.0, method="POST",
            url="http://127.0.0.1/list", request=None, status=200, body=b"{}",
        )
    ]  # fmt: skip


def contents(reader: RawReader) -> tuple[dict[str, list[Capture]], list[str], list[Damage]]:
    """All snapshots of a store, the ids that came more than once, and all damage."""
    snapshots: dict[str, list[Capture]] = {}
    doubled: list[str] = []
    damages: list[Damage] = []
    for day in reader.days():
        for file_key in reader.file_keys(day):
            for found in reader.read(day, file_key):
                if isinstance(found, Damage):
                    damages.append(found)
                elif found.snapshot_id in snapshots:
                    doubled.append(found.snapshot_id)
                else:
                    snapshots[found.snapshot_id] = [capture for capture, _ in found.captures]
    return snapshots, doubled, damages


def only_snapshots(found: Iterable[StoredSnapshot | Damage]) -> list[StoredSnapshot]:
    """Those of a reading that are snapshots."""
    return [each for each in found if isinstance(each, StoredSnapshot)]
