"""The service against the simulated exchanges: it finds what is planted, and survives what exchanges do."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import pytest

from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.books.actions import Action
from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.simulator.faults import FaultName
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.plant import PlantKind
from p2p_pipeline.exchanges.simulator.plant_file import PlantLine
from p2p_pipeline.exchanges.simulator.server import running_exchanges
from p2p_pipeline_tests.exchanges.service.running import Watch, health, options, run_service

EXCHANGES = ("binance", "okx", "bybit")
SYMBOLS = ("BTC/USDT", "SOL/USDT", "XRP/USDT")
PLANT = PlantLine(
    kind=PlantKind.SPATIAL, symbol="SOL/USDT", buy="binance", sell="bybit", after_seconds=0, life_seconds=3600
)
KEY = "binance>bybit:SOL/USDT"


@dataclass
class Story:
    """Boards at the moments that count."""

    watch: Watch
    all_live: Board
    found: Board
    without_binance: Board
    with_binance_again: Board
    after_the_gap: Board


@pytest.fixture(scope="module")
def story() -> Story:
    told: dict[str, Board] = {}
    simulated = ExchangesOptions(exchanges=EXCHANGES, symbols=SYMBOLS, plants=(PLANT,), changes_per_second=10.0)
    with running_exchanges(simulated) as exchanges:

        async def scenario(watch: Watch) -> None:
            told["all_live"] = await watch.until("all live", lambda board: board.scan.books_live == 9)
            told["found"] = await watch.until("found", lambda board: KEY in {one.key for one in board.opportunities})
            exchanges.add_fault(FaultName.DISCONNECT, exchange="binance", amount=0.1)
            gone = await watch.until("binance gone", lambda board: health(board, "binance").books_live == 0)
            exchanges.end_faults()
            exchanges.add_fault(FaultName.DROP, exchange="bybit", symbol="BTC/USDT", count=1)
            told["without_binance"] = gone
            await watch.until("a gap", lambda board: health(board, "bybit").gaps == 1)
            told["with_binance_again"] = await watch.until(
                "binance again", lambda board: health(board, "binance").books_live == 3
            )
            told["after_the_gap"] = await watch.until("all live again", lambda board: board.scan.books_live == 9)

        watch = run_service(options(exchanges.url, EXCHANGES, SYMBOLS), scenario)
    return Story(watch, **told)


def test_what_is_planted_is_found_with_its_calculation_and_nothing_else_is(story: Story) -> None:
    found = next(one for one in story.found.opportunities if one.key == KEY)
    assert found.found.net_edge_pct > Decimal("0.1")
    assert found.found.bought.eaten
    # It is cheap at the one and dear at the other: a third has an edge against either.
    assert {one.found.symbol for board in story.watch.boards for one in board.opportunities} == {"SOL/USDT"}


def test_best_prices_come_first_and_depth_is_watched_for_what_is_near_an_edge(story: Story) -> None:
    why = {(one.exchange, one.symbol): one.why for one in story.found.watched}
    assert set(why) == {(exchange, symbol) for exchange in EXCHANGES for symbol in SYMBOLS}
    assert set(why.values()) <= {"near edge", "held"}
    kept = [(one.passage, one.is_outgoing) for one in story.watch.frames if one.exchange == "okx"]
    assert kept.index((Passage.REST, False)) < kept.index((Passage.SOCKET, True))


def test_an_opportunity_lives_as_long_as_each_scan_finds_it(story: Story) -> None:
    scans = [next((one.scans for one in board.opportunities if one.key == KEY), 0) for board in story.watch.boards]
    for before, now in pairwise(scans):
        assert now in (0, before + 1)
    assert max(scans) > 1
    begun = {(one.key, one.first_seen) for board in story.watch.boards for one in board.opportunities}
    assert story.watch.boards[-1].detected_in_minute == len(begun)


def test_a_connection_that_ends_takes_its_books_with_it_and_is_made_again(story: Story) -> None:
    assert not any("binance" in (one.found.buy, one.found.sell) for one in story.without_binance.opportunities)
    assert health(story.without_binance, "okx").books_live == 3
    assert health(story.with_binance_again, "binance").reconnects >= 1
    assert health(story.with_binance_again, "binance").state == "live"


def test_a_gap_is_counted_and_mended_by_another_snapshot(story: Story) -> None:
    bybit = health(story.after_the_gap, "bybit")
    assert (bybit.gaps, bybit.books_live, bybit.state) == (1, 3, "live")
    assert bybit.resyncs == 1
    assert health(story.after_the_gap, "okx").gaps == 0


def test_every_frame_was_kept_with_what_was_subscribed_and_when_connections_came_and_went(story: Story) -> None:
    frames = story.watch.frames
    for exchange in EXCHANGES:
        passages = [one.passage for one in frames if one.exchange == exchange and one.connection == "ws0"]
        assert passages[0] is Passage.OPENED
        assert passages.count(Passage.OPENED) - passages.count(Passage.CLOSED) in (0, 1)
    assert any(one.is_outgoing and b"SUBSCRIBE" in one.body for one in frames)
    assert {one.connection for one in frames if one.passage is Passage.REST} == {"http0", "lists"}
    moments = [one.received_at_ns or 0 for one in frames]
    assert moments == sorted(moments)


def test_the_board_is_published_with_its_books_and_says_that_it_is_simulated(story: Story) -> None:
    newest = story.watch.store.newest()
    assert newest is not None
    assert newest.is_simulated
    assert [board.sequence for board in story.watch.boards] == list(range(1, len(story.watch.boards) + 1))
    book = story.watch.store.book("okx", "BTC/USDT")
    assert book is not None
    assert float(book.bids[0][0]) < float(book.asks[0][0])


def test_an_exchange_that_is_not_there_and_a_symbol_that_is_refused_are_told_once_and_the_rest_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    simulated = ExchangesOptions(exchanges=("binance", "bybit"), symbols=SYMBOLS[:2], has_extra=False)
    with running_exchanges(simulated) as exchanges:
        exchanges.add_fault(FaultName.REFUSE_SUBSCRIPTION, exchange="bybit", symbol="BTC/USDT")

        async def scenario(watch: Watch) -> None:
            await watch.until("the rest", lambda board: board.scan.books_live == 3)
            board = await watch.until("not asked again", lambda board: health(board, "bybit").books_wanted == 1)
            assert health(board, "gate").state == "unreachable"
            assert health(board, "bybit").books_live == 1

        run_service(options(exchanges.url, ("binance", "bybit", "gate"), SYMBOLS), scenario)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("p2p_pipeline")]
    assert sum("Gate can't be reached" in line for line in lines) == 1
    assert sum("Bybit refuses BTCUSDT" in line for line in lines) == 1
    assert any("Binance trades 2 of 3 symbols" in line for line in lines)


def test_a_bug_at_one_exchange_is_logged_with_its_traceback_and_costs_that_connection_alone(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = ExchangeBooks.take
    broken: list[Frame] = []

    def take(books: ExchangeBooks, frame: Frame, now_ns: int) -> list[Action]:
        if books.exchange == "okx" and b'"data"' in frame.body and not broken:
            broken.append(frame)
            raise ZeroDivisionError("a bug")
        return taken(books, frame, now_ns)

    monkeypatch.setattr(ExchangeBooks, "take", take)
    simulated = ExchangesOptions(exchanges=("binance", "okx"), symbols=SYMBOLS[:1], has_extra=False)
    with running_exchanges(simulated) as exchanges:

        async def scenario(watch: Watch) -> None:
            await watch.until("both live", lambda board: board.scan.books_live == 2)

        run_service(options(exchanges.url, ("binance", "okx"), SYMBOLS[:1]), scenario)
    (told,) = [record for record in caplog.records if "could not be taken" in record.getMessage() and record.exc_info]
    assert told.getMessage().startswith("okx: ")
