"""A board tells what a session knows: rows, money, and what is around it."""

from __future__ import annotations

from decimal import Decimal

import orjson

from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.paper.board import SessionBoard, board_from_json, board_to_json
from p2p_pipeline.paper.live.boards import BoardMaker, Outside
from p2p_pipeline.paper.live.link import ConnectionState
from p2p_pipeline.paper.machine.driving import Driver
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.recovering import go_on
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline_tests.paper.recordings import START, Recording
from p2p_pipeline_tests.paper.sessions import CONFIG, armed, moved


def board_of(recording: Recording, until: int) -> SessionBoard:
    session = new_session("test", PaperSettings.model_validate(CONFIG))
    driver = Driver(session)
    for one in in_order(from_line(orjson.dumps(line)) for line in recording.lines):
        driver.take(one)
    driver.until(START + until)
    around = Outside(
        START + until, session.state, session.reason, 7, [ConnectionState("ws1", True, 4, 2)], {"frames": 9}
    )
    return BoardMaker(session, START, None, is_simulated=True).make(around)


def test_a_symbol_shows_its_moves_since_its_references_open_interest_without_the_price() -> None:
    recording = armed("AAAUSDT", "BBBUSDT")
    recording.ticker(21_000, "AAAUSDT", markPrice="100.333", openInterest="1001", openInterestValue="100433.333")
    board = board_of(recording, 21_500)
    row, other = board.rows
    assert (row.symbol, row.state, row.mark, row.reference_end) == ("AAAUSDT", "ARMED", "100.333", START + 19_999)
    assert (row.price_move_pct, row.oiv_move_pct, row.oi_move_pct) == ("0.333", "0.4333", "0.1")
    assert (other.price_move_pct, other.oi_move_pct) == ("0", "0")
    assert board.by_state == {"ARMED": 2}
    assert (board.universe, board.excluded, board.log_lines) == (2, 0, 7)
    assert board.next_funding_at == START + 4 * 3_600_000
    assert board.cools_from == START + 4 * 3_600_000 - 60_000
    (connection,) = board.connections
    assert (connection.connection, connection.topics, connection.reconnects) == ("ws1", 4, 2)
    assert board_from_json(board_to_json(board)) == board


def test_an_order_and_a_position_stand_there_with_what_they_would_bring() -> None:
    recording = moved(armed(), 21_500)
    waiting = board_of(recording, 22_500)
    (order,) = waiting.orders
    assert (order.side, order.limit, order.placed_at) == ("LONG", "100.8", START + 22_000)
    recording.ticker(23_000, ask1Price="100.8", bid1Price="100.7", markPrice="101.8")
    board = board_of(recording, 23_500)
    (position,) = board.positions
    assert board.orders == ()
    assert position.filled_at == START + 23_000
    gain = (Decimal("101.8") - Decimal("100.8")) * Decimal(position.quantity)
    assert Decimal(position.unrealised or 0) == gain
    assert Decimal(board.equity) == 10_000 - Decimal(board.fees) + gain
    assert [one.model for one in board.models] == ["touch", "through", "queue_late"]


def test_a_model_that_began_anew_after_a_crash_says_since_when() -> None:
    session = new_session("test", PaperSettings.model_validate(CONFIG))
    around = Outside(START + 5_000, session.state, session.reason, 7)
    maker = BoardMaker(session, START, None, is_simulated=True)
    assert [one.since for one in maker.make(around).models] == [None] * 3
    go_on(session, START + 4_000)
    board = maker.make(around)
    assert [(one.model, one.since) for one in board.models] == [
        ("touch", None), ("through", START + 4_000), ("queue_late", START + 4_000),
    ]  # fmt: skip
    assert board_from_json(board_to_json(board)) == board
