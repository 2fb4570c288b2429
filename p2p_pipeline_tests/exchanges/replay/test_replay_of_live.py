"""A replay of what was recorded comes to what live came to: what was subscribed and answered is in the frames."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from p2p_pipeline.exchanges.frames.folder import FrameFile, hour_of
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.frames.frame_writer import FrameWriter
from p2p_pipeline.exchanges.frames.lines import to_line
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.frames.reader import read_frames
from p2p_pipeline.exchanges.frames.warm_start import warm_start
from p2p_pipeline.exchanges.replay.outcome import outcomes
from p2p_pipeline.exchanges.replay.replaying import Replay
from p2p_pipeline.exchanges.venues.connector import NAMES
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline_tests.exchanges.books.closed_loop import START_NS, Loop


@pytest.mark.parametrize("exchange", NAMES)
def test_the_replay_of_a_bad_way_serves_what_live_served_at_every_frame(exchange: str) -> None:
    loop = Loop(exchange, Feed.TOP if exchange == "upbit" else Feed.DELTA, seed=5)
    loop.run(20)
    loop.run(60, fault_share=0.05)
    one = next(iter(loop.symbols))
    loop.books.unsubscribed(loop.name, [Subscription(loop.feed, one)])
    loop.run(20)
    replay = Replay()
    for frame, served in loop.told:
        replay.take(frame)
        books = replay.books[exchange]
        if frame.passage in (Passage.SUBSCRIBED, Passage.UNSUBSCRIBED):
            continue  # they are recorded before they have their effect
        assert {symbol: (book := books.book(symbol)) and book.top(20) for symbol in served} == served
    assert replay.books[exchange].counters.gaps == loop.books.counters.gaps
    assert replay.books[exchange].book(one) is None


def test_a_range_is_replayed_with_the_books_that_were_there_at_its_start(tmp_path: Path) -> None:
    writer = FrameWriter(tmp_path, Source.SIMULATED, RealFileSystem())

    def keep(frame: Frame) -> None:
        file = FrameFile(frame.exchange, frame.connection, hour_of(frame.received_at_ns), Source.SIMULATED)
        writer.append(file, [to_line(frame)])

    loop = Loop("okx", Feed.DELTA, seed=1, step_ns=60_000_000_000, keep=keep)
    loop.run(200)
    middle = datetime.fromtimestamp(START_NS // 10**9 + 9_000, UTC)
    begin = warm_start(tmp_path, middle)
    assert begin <= datetime.fromtimestamp(START_NS // 10**9, UTC) < begin + timedelta(hours=1)
    whole, part, cold = Replay().run(read_frames(tmp_path)), Replay(), Replay()
    part.run(read_frames(tmp_path, start=begin, end=middle))
    part.forget_counts()
    part.run(read_frames(tmp_path, start=middle))
    cold.run(read_frames(tmp_path, start=middle))
    rows = [outcomes(replay.books.values()) for replay in (whole, part, cold)]
    assert [row.digest for row in rows[1]] == [row.digest for row in rows[0]] != [row.digest for row in rows[2]]
    assert all(0 < counted.frames < of_all.frames for counted, of_all in zip(rows[1], rows[0], strict=True))


def test_answers_that_are_lists_are_kept_with_the_frames_and_are_nothing_that_cant_be_read() -> None:
    replay = Replay()
    for path in ("/api/v3/exchangeInfo", "/api/v3/time"):
        replay.take(Frame("binance", "lists", Passage.REST, b'{"serverTime":1}', 1, path))
    assert replay.books["binance"].counters.unreadable == 0
