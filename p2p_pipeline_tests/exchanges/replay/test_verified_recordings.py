"""What verifies in the shared recordings verifies here: each checksum, sequence, snapshot and best price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import pytest

from p2p_pipeline.exchanges.books.book import Book
from p2p_pipeline.exchanges.books.sequencer import State
from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.replay.outcome import outcomes
from p2p_pipeline.exchanges.replay.replaying import Replay, books_of
from p2p_pipeline_tests.exchanges.replay.exchange_recordings import frames_of

ALTCOINS = "binance_spot_altcoins_2021-10"
BITFINEX = "bitfinex_spot_2021-04"
BYBIT = "bybit_linear_xrpusdt_ob500_2024-12-01"
COINBASE = "coinbase_advanced_atom-usd_tail_2026-08-26"
GATE = "gate_spot_2021-04"
KUCOIN = "kucoin_spot_2021-04"


@dataclass(frozen=True)
class Verified:
    """What the recordings' own page says of one, as far as a replay counts it."""

    checksums: int = 0
    live: int = 1


VERIFIED = {
    "kraken_spot_v1_2021-04": Verified(3_183, live=10),
    "kraken_spot_v2_btcusd_d10_2026-08-16": Verified(54),
    "kraken_spot_v2_minagbp_d25_2026-08-16": Verified(30),
    "okx_2022-05": Verified(216, live=3),
    "bitget_spot_v1_2022-04": Verified(321, live=8),
    BYBIT: Verified(),
    COINBASE: Verified(live=0),
    BITFINEX: Verified(live=7),
    GATE: Verified(live=10),
    KUCOIN: Verified(live=9),
    "htx_spot_2021-04": Verified(live=10),
    "upbit_2021-04": Verified(live=5),
    ALTCOINS: Verified(live=4),
}


@pytest.mark.parametrize("name", VERIFIED)
def test_a_recording_replays_without_a_gap_and_with_every_checksum_right(name: str) -> None:
    verified = VERIFIED[name]
    (books,) = Replay().run(frames_of(name)).books.values()
    counters = books.counters
    assert (counters.checksums_ok, counters.checksums_failed) == (verified.checksums, 0)
    assert (counters.gaps, counters.resyncs, counters.unreadable) == (0, 0, 0)
    assert books.books_live == verified.live


@pytest.mark.parametrize(("name", "pairs"), [(BYBIT, 37), (GATE, 162), (KUCOIN, 2_852), (ALTCOINS, 173)])
def test_consecutive_changes_are_as_many_as_the_recordings_page_says(name: str, pairs: int) -> None:
    last: dict[str, int] = {}
    following = 0
    for events in _decoded(frames_of(name)):
        for event in events:
            if event.last is not None and event.kind in (Kind.DELTA, Kind.SNAPSHOT):
                first = event.last if event.first is None else event.first
                following += last.get(event.symbol) == first - 1
                last[event.symbol] = event.last
    assert following == pairs


@pytest.mark.parametrize(("name", "pairs"), [(BITFINEX, 1_240), (COINBASE, 18)])
def test_the_messages_of_a_numbered_connection_are_as_many_as_the_recordings_page_says(name: str, pairs: int) -> None:
    numbers = [number for events in _decoded(frames_of(name)) if (number := events[0].connection_sequence) is not None]
    assert [later - earlier for earlier, later in pairwise(numbers)] == [1] * pairs


def _decoded(frames: tuple[Frame, ...]) -> Iterator[tuple[Event, ...]]:
    wire = books_of(frames[0].exchange).wire
    for frame in frames:
        if not frame.is_outgoing and frame.passage is Passage.SOCKET:
            yield tuple(wire.decode(frame.body, is_binary=frame.is_binary))


@pytest.mark.parametrize(
    ("name", "equal"),
    [(ALTCOINS, 26), ("binance_spot_btcusdt_2024-08-08", 564), ("binance_spot_ethusdt_2024-08-08", 577)],
)
def test_a_quoted_best_price_equals_the_rebuilt_one_at_the_same_update(name: str, equal: int) -> None:
    replay = Replay()
    assert _compared_best_prices(replay, frames_of(name)) == (equal, 0)
    for row in outcomes(replay.books.values()):
        assert (row.gaps, row.resyncs, row.unreadable) == (0, 0, 0)
        assert row.best_bid is not None


def _compared_best_prices(replay: Replay, frames: tuple[Frame, ...]) -> tuple[int, int]:
    """How many best prices, quoted before or after it, are of an update that ends a change; equal, and different."""
    compared = [0, 0]
    quoted: dict[tuple[str, int], Event] = {}
    for frame in frames:
        replay.take(frame)
        for symbol, books in replay.books["binance"].books.items():
            event, last = books.ticker.event, books.sequencer.last
            if event is not None and event.last is not None:
                quoted[symbol, event.last] = event
            if books.sequencer.state is State.LIVE and last is not None and (symbol, last) in quoted:
                said = quoted.pop((symbol, last))
                compared[_best(books.sequencer.book) != _spelled(said)] += 1
                books.ticker.forget()
    return compared[0], compared[1]


def _best(book: Book) -> tuple[Decimal, ...]:
    exact = book.exact(1)
    return (*exact.bids[0], *exact.asks[0])


def _spelled(event: Event) -> tuple[Decimal, ...]:
    return tuple(Decimal(number) for level in (*event.bids, *event.asks) for number in level)


def test_a_replay_in_two_parts_is_the_replay_of_both_and_its_digests_are_those_of_any_machine() -> None:
    frames = frames_of("kraken_spot_v1_2021-04")
    whole = {row.symbol: row for row in outcomes(Replay().run(frames).books.values())}
    parts = Replay().run(frames[:1_000])
    half = {row.symbol: row for row in outcomes(parts.books.values())}
    assert {row.symbol: row for row in outcomes(parts.run(frames[1_000:]).books.values())} == whole
    twice = [frame for frame in frames for _ in range(2)]
    assert [row.digest for row in outcomes(Replay().run(twice).books.values())] == [
        row.digest for row in whole.values()
    ]
    row = whole["XMR/USD"]
    assert half["XMR/USD"].digest != row.digest
    assert (row.frames, row.checksums_ok, row.best_bid, row.best_ask) == (641, 636, "353.34000000", "354.06000000")
    assert row.digest.startswith("6f99665a08d4")
