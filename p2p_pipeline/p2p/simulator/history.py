"""A raw store filled with what a collector would have captured from the simulated venues over some days.

The books are those a running simulator shows: history ends where live begins, for the same options.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline.p2p.markets import SLOT_SECONDS, Market, MarketSide, Side, Source, slot_of, slot_start, snapshot_id
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import AlreadyStored
from p2p_pipeline.p2p.simulator import binance_wire
from p2p_pipeline.p2p.simulator.answers import WireRequest
from p2p_pipeline.p2p.simulator.binance_wire import BinanceWire
from p2p_pipeline.p2p.simulator.bybit_wire import BybitWire
from p2p_pipeline.p2p.simulator.catalogue import Catalogue, CatalogueOptions
from p2p_pipeline.p2p.simulator.noise import key_of, uniform

_BYBIT_URL = "https://api2.bybit.com/fiat/otc/item/online"
_BINANCE_HOST = "https://p2p.binance.com"
_BINANCE_URL = _BINANCE_HOST + binance_wire.SEARCH_PATHS[0]
_PAGE_ROWS = 20
_BYBIT_LIST_URL = "https://api2.bybit.com/fiat/otc/configuration/queryAllPaymentList"
_BINANCE_LIST_PATH = "/bapi/c2c/v2/public/c2c/adv/filter-conditions"
_HEADERS = {"content-type": "application/json;charset=UTF-8", "x-p2p-simulator": "1"}


@dataclass(frozen=True, slots=True)
class HistoryPlan:
    """Which snapshots a history holds."""

    markets: tuple[Market, ...]
    days: float
    every: timedelta
    end: datetime
    """The last slot is the one before this moment."""

    def __post_init__(self) -> None:
        """Refuse steps that the slot grid doesn't have."""
        seconds = self.every.total_seconds()
        if seconds < SLOT_SECONDS or seconds % SLOT_SECONDS:
            raise InvalidInput(f"every was {seconds:g} s; choose a multiple of {SLOT_SECONDS} s, for example 10m")

    def slots(self) -> list[int]:
        """The slots that are captured, in order; they lie on the same grid whenever the history is made."""
        step = int(self.every.total_seconds()) // SLOT_SECONDS
        end = slot_of(self.end)
        first = end - int(timedelta(days=self.days).total_seconds()) // SLOT_SECONDS
        return list(range(-(-first // step) * step, end, step))


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """What was written."""

    snapshots: int
    captures: int
    offers: int
    already_there: int

    def __add__(self, other: HistoryReport) -> HistoryReport:
        """Both together."""
        return HistoryReport(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def generate_history(
    store: RawStore,
    plan: HistoryPlan,
    options: CatalogueOptions,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> HistoryReport:
    """Write a plan's snapshots into a raw store; those it holds already are left as they are.

    `progress` is told how many snapshots of how many are done.
    """
    writer = HistoryWriter(Catalogue(options))
    slots = plan.slots()
    total = len(slots) * len(plan.markets) * len(Side)
    written = HistoryReport(0, 0, 0, 0)
    for day, of_day in groupby(slots, lambda slot: slot_start(slot).date()):
        slots_of_day = list(of_day)
        append_payment_lists(store, writer, plan.markets, slots_of_day[0])
        for market in plan.markets:
            done = written.snapshots + written.already_there
            tell = partial(_tell, progress, done, total)
            written += write_market_day(store, writer, market, day, slots_of_day, tell)
    return written


def write_market_day(
    store: RawStore,
    writer: HistoryWriter,
    market: Market,
    day: date,
    slots: Sequence[int],
    progress: Callable[[int], None] = lambda _: None,
) -> HistoryReport:
    """Write both sides of a market in some slots of a day. What is there already is not made again."""
    stored = store.reader.snapshot_ids(day, market.key)
    snapshots = captures = offers = 0
    wanted = [(MarketSide(market, side), slot) for slot in slots for side in Side]
    for number, (market_side, slot) in enumerate(wanted, 1):
        if snapshot_id(market_side, slot_start(slot)) not in stored:
            found, count = writer.snapshot(market_side, slot)
            with suppress(AlreadyStored):
                store.append(found)
                snapshots, captures, offers = snapshots + 1, captures + len(found), offers + count
        progress(number)
    return HistoryReport(snapshots, captures, offers, len(wanted) - snapshots)


def _tell(progress: Callable[[int, int], None], before: int, total: int, done: int) -> None:
    progress(before + done, total)


class UnhurriedFiles(RealFileSystem):
    """Files that are made durable all at once by `finish`, not snapshot by snapshot.

    Made history can be made again: a sync for each of thousands of snapshots would be most of the work. After a
    crash the same command fills what is missing.
    """

    def __init__(self) -> None:
        self._unsynced: set[Path] = set()

    def sync(self, path: Path) -> None:
        """Remember the file for `finish`."""
        self._unsynced.add(path)

    def sync_folder(self, path: Path) -> None:
        """Remember the folder for `finish`."""
        self._unsynced.add(path)

    def finish(self) -> None:
        """Make everything durable."""
        for path in self._unsynced:
            if path.is_dir():
                super().sync_folder(path)
            elif path.exists():
                super().sync(path)
        self._unsynced.clear()


def append_payment_lists(store: RawStore, writer: HistoryWriter, markets: Sequence[Market], slot: int) -> None:
    """Write the lists that the markets' venues would have given on the slot's day."""
    for venue in sorted({market.venue for market in markets}):
        fiats = sorted({market.fiat for market in markets if market.venue == venue})
        with suppress(AlreadyStored):
            store.append(writer.payment_lists(venue, fiats, slot))


class HistoryWriter:
    """What the simulated venues would have answered, as captures."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._seed = catalogue.options.seed
        self._bybit = BybitWire(catalogue)
        self._binance = BinanceWire(catalogue)

    def payment_lists(self, venue: str, fiats: list[str], slot: int) -> list[Capture]:
        """The venue's payment lists as they are asked for once a day: Bybit's for all fiats, Binance's for each."""
        name = f"{venue}.reference:{slot_start(slot).isoformat().replace('+00:00', 'Z')}"
        moment = slot_start(slot).timestamp() + 1.0
        captures = []
        for ordinal, fiat in enumerate(fiats if venue == "binance" else [None]):
            request: dict[str, Any] = {} if fiat is None else {"fiat": fiat, "classifies": ["mass", "profession"]}
            path = _BINANCE_LIST_PATH if venue == "binance" else urlsplit(_BYBIT_LIST_URL).path
            wire = self._binance if venue == "binance" else self._bybit
            answer = wire.answer(WireRequest("POST", path, {}, orjson.dumps(request)), moment)
            where = _Where(venue, None, fiat, None, None, slot)
            url = _BYBIT_LIST_URL if venue == "bybit" else _BINANCE_HOST + path
            sent = _Sent(Purpose.PAYMENT_LIST, url, request, moment + 0.3 * ordinal, 0.2)
            captures.append(_capture(name, ordinal, where, sent, answer.body))
        return captures

    def snapshot(self, market_side: MarketSide, slot: int) -> tuple[list[Capture], int]:
        """The captures of one snapshot, page after page until the book ends, and how many ads it shows."""
        market, side = market_side.market, market_side.side
        wire = self._bybit if market.venue == "bybit" else self._binance
        key = key_of(str(market_side))
        moment = slot_start(slot).timestamp() + 0.05 + 0.4 * uniform(self._seed, key, slot)
        # A book changes too little in the second that paging takes to be worth looking at again for every page.
        book = wire.ordered_book(market, side, moment)
        name = snapshot_id(market_side, slot_start(slot))
        captures: list[Capture] = []
        for page in range(1, _pages(market, len(book)) + 1):
            seconds = 0.08 + 0.25 * uniform(self._seed, key, slot, page)
            body, _ = wire.search_page(book, page, _PAGE_ROWS, moment + seconds)
            where = _Where(market.venue, market.asset, market.fiat, side, page, slot)
            url = _BYBIT_URL if market.venue == "bybit" else _BINANCE_URL
            sent = _Sent(Purpose.SEARCH, url, _request(market_side, page), moment, seconds)
            captures.append(_capture(name, page - 1, where, sent, body))
            moment += seconds + 0.02
        return captures, len(book)


def _pages(market: Market, offers: int) -> int:
    """How many pages are asked for: Binance says its total, Bybit's book ends with a page that is not full."""
    if market.venue == "bybit":
        return offers // _PAGE_ROWS + 1
    return max(1, -(-offers // _PAGE_ROWS))


@dataclass(frozen=True, slots=True)
class _Where:
    """What a request asked about."""

    venue: str
    asset: str | None
    fiat: str | None
    side: Side | None
    page: int | None
    slot: int


@dataclass(frozen=True, slots=True)
class _Sent:
    """The request itself and its timing."""

    purpose: Purpose
    url: str
    request: dict[str, Any]
    moment: float
    seconds: float


def _capture(name: str, ordinal: int, where: _Where, sent: _Sent, body: bytes) -> Capture:
    return Capture(
        snapshot_id=name,
        ordinal=ordinal,
        purpose=sent.purpose,
        source=Source.SIMULATED,
        outcome=Outcome.OK,
        detail=None,
        venue=where.venue,
        asset=where.asset,
        fiat=where.fiat,
        side=where.side,
        page=where.page,
        slot=where.slot,
        requested_at=datetime.fromtimestamp(sent.moment, UTC),
        received_at=datetime.fromtimestamp(sent.moment + sent.seconds, UTC),
        elapsed_milliseconds=round(sent.seconds * 1000, 3),
        method="POST",
        url=sent.url,
        request=sent.request,
        status=200,
        headers=_HEADERS,
        body=body,
    )


def _request(market_side: MarketSide, page: int) -> dict[str, Any]:
    market, side = market_side.market, market_side.side
    if market.venue == "bybit":
        return {
            "userId": "",
            "tokenId": market.asset,
            "currencyId": market.fiat,
            "payment": [],
            "side": "1" if side is Side.BUY else "0",
            "size": str(_PAGE_ROWS),
            "page": str(page),
            "amount": "",
            "authMaker": False,
            "canTrade": False,
        }
    return {
        "asset": market.asset,
        "fiat": market.fiat,
        "tradeType": str(side),
        "page": page,
        "rows": _PAGE_ROWS,
        "payTypes": [],
        "publisherType": None,
    }
