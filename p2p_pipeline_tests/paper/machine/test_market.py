"""A symbol's merged ticker, its connection, and what of its past is kept."""

from __future__ import annotations

import random
from decimal import Decimal

from p2p_pipeline.paper.machine.market import KEPT, Past, PastOiv
from p2p_pipeline_tests.paper.recordings import TICKER, Recording
from p2p_pipeline_tests.paper.sessions import armed, lines_of, moved, of_type, types_of


def test_a_snapshot_replaces_the_ticker_and_does_not_only_change_it() -> None:
    recording = moved(armed(), 20_800)
    partly = {name: value for name, value in TICKER.items() if name != "openInterest"}
    partly |= {"markPrice": "101", "openInterestValue": "101000"}
    recording.ticker(20_900, "AAAUSDT", "snapshot", **partly)  # type: ignore[arg-type]
    assert "signal" not in types_of(lines_of(recording.ticker(22_100)))


def test_a_lost_connection_drops_its_own_tickers_only() -> None:
    recording = armed()
    recording.put(20_700, "", kind="open", connection="ws2").put(20_800, "", kind="close", connection="ws2")
    assert "signal" in types_of(lines_of(moved(recording, 21_200).ticker(22_100)))


def test_a_beginning_without_an_end_before_it_was_lost_when_it_was_last_heard() -> None:
    recording = Recording().put(0, "", kind="open").put(700, "{}").put(2_000, "", kind="open")
    told = [(line["what"], line["gap_ms"]) for line in of_type(lines_of(recording), "connection")]
    assert told == [("lost", 0), ("restored", 1_300)]


def test_what_can_not_be_read_is_counted_frames_and_rows_of_candles_alike() -> None:
    recording = armed().put(20_900, "{").put(20_950, '{"topic":"kline.1.AAAUSDT","data":[{},{}]}')
    assert of_type(lines_of(recording), "snapshot")[0]["counters"]["unreadable"] == 3


def test_of_a_long_past_the_ends_of_the_newest_candles_and_seconds_are_answered_as_if_all_was_kept() -> None:
    rng, past, everything, ts = random.Random(5), Past(60_000), [], 0
    for number in range(10_000):
        ts += rng.choice([-400, 0, 100, 900, 5_000])
        past.add(ts, Decimal(number))
        everything.append((ts, number))

    def plainly(moment: int) -> PastOiv | None:
        before = [one for one in everything if one[0] <= moment]
        return PastOiv(Decimal(before[-1][1]), before[-1][0]) if before else None

    newest = ts // 60_000 * 60_000 + 59_999
    ends = [newest - back * 60_000 for back in range(KEPT)]
    assert ends[-1] > 10 * 60_000
    assert [past.at(end) for end in ends] == [plainly(end) for end in ends]
    # one frame in each of them, so the one before all that are kept is gone
    assert past.at(ends[-1] - 60_000) is None
    seconds = [ts // 1_000 * 1_000 + 999 - back * 1_000 for back in range(KEPT)]
    assert [past.at(one) for one in seconds] == [plainly(one) for one in seconds]
    newest_frames = [one for one, _ in everything[-KEPT // 4 :]]
    assert [past.at(one) for one in newest_frames] == [plainly(one) for one in newest_frames]
    assert past.at(ends[-1] + 1) is None
    assert past.at(everything[0][0] - 60_000) is None


def test_a_day_of_minutes_and_three_frames_a_second_keeps_no_more_frames_than_two_hours_of_it() -> None:
    past, kept, taken_away = Past(60_000), [], 0
    for number in range(24 * 3_600 * 3):
        before = len(past.of_candles) + len(past.of_seconds) + len(past.of_frames)
        past.add(number * 1_000 // 3, Decimal(1))
        after = len(past.of_candles) + len(past.of_seconds) + len(past.of_frames)
        taken_away = max(taken_away, before + 3 - after)
        if number % (3_600 * 3) == 0:
            kept.append(after)
    assert kept[3:] == [3 * KEPT] * (len(kept) - 3)
    last = 24 * 3_600_000 - 1_000
    assert past.at(last - 100_001) == PastOiv(Decimal(1), last - 100_334)
    # a frame costs the same at the end of the day as at its beginning
    assert taken_away <= 3
