"""The one order of events: time, rank, source, place in the source."""

from __future__ import annotations

import orjson

from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.paper.events import Rank
from p2p_pipeline.paper.machine.queue import Moments, in_order, stop_at
from p2p_pipeline_tests.paper.recordings import START, Recording, instrument


def order_of(recording: Recording) -> list[tuple[int, str, int]]:
    arrived = in_order(from_line(orjson.dumps(line)) for line in recording.lines)
    return [(one.at - START, one.source, one.number) for one in arrived]


def test_at_equal_times_frames_come_before_answers_and_sources_by_name() -> None:
    recording = Recording().instruments(instrument("AAAUSDT"), at=5)
    recording.put(5, "{}", connection="ws2").put(5, "{}", connection="ws1").put(4, "{}", connection="ws9")
    assert order_of(recording) == [(4, "ws9", 0), (5, "ws1", 0), (5, "ws2", 0), (5, "http0", 0)]


def test_frames_of_one_source_keep_their_order_when_its_clock_was_set_back() -> None:
    recording = Recording().put(9, "{}").put(3, "{}").put(4, "{}", connection="ws2").put(10, "{}")
    assert order_of(recording) == [(4, "ws2", 0), (9, "ws1", 0), (9, "ws1", 1), (10, "ws1", 2)]


def test_a_time_is_the_whole_millisecond_it_lies_in() -> None:
    recording = Recording().put(0, "{}", received_at_ns=(START + 3) * 1_000_000 + 999_999)
    assert order_of(recording) == [(3, "ws1", 0)]


def test_funding_moments_come_before_the_second_of_their_time_and_the_stop_after_it() -> None:
    moments = Moments(START)
    moments.expect([(START + 2_000, "B"), (START + 1_500, "C"), (START + 2_000, "A"), (START + 9_000, "A")])
    found = [(event.at - START, event.rank, event.source) for event in moments.before(stop_at(START + 2_000).place)]
    assert found == [
        (1_000, Rank.TICK, ""), (1_500, Rank.FUNDING, "C"), (2_000, Rank.FUNDING, "A"), (2_000, Rank.FUNDING, "B"),
        (2_000, Rank.TICK, ""),
    ]  # fmt: skip


def test_seconds_are_those_of_the_clock_the_first_after_the_start() -> None:
    for start, first in ((300, 1_000), (0, 1_000), (999, 1_000), (1_000, 2_000)):
        seconds = Moments(START + start).before(stop_at(START + 3_000).place)
        assert [event.at - START for event in seconds] == list(range(first, 3_001, 1_000))
