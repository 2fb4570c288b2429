"""A later day of a recording begins with all that a session would have heard before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import orjson

from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.paper.log.lines import Chain
from p2p_pipeline.paper.machine.driving import Driver
from p2p_pipeline.paper.machine.queue import Arrived, in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.notes import Told, note_frame
from p2p_pipeline.paper.replay.replaying import session_of
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.sweeps.days import DAY_MS, days_of
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.paper.recordings import START, TICKER, RandomRecording, Recording, instrument
from p2p_pipeline_tests.paper.sessions import CONFIG, moved

TRADED_BY = ("markPrice", "lastPrice", "bid1Price", "ask1Price", "openInterestValue")
MIDNIGHT = (START // DAY_MS + 1) * DAY_MS - START
"""Ms after START."""


def frames_of(recording: Recording, later: int = 0) -> list[Frame]:
    found = [from_line(orjson.dumps(line)) for line in recording.lines]
    return [replace(one, received_at_ns=(one.received_at_ns or 0) + later * 1_000_000) for one in found]


def markets_after(arrived: list[Arrived]) -> dict[str, Any]:
    # before the universe is frozen every symbol is listened to
    session = new_session("test", PaperSettings.model_validate({"universe": {"warm_up_seconds": 10**8}}))
    driver = Driver(session)
    for one in arrived:
        driver.take(one)
    return {
        name: (market.values, market.connection)
        for name, market in session.markets.items()
        if any(value is not None for value in market.values.values())
    }


def test_the_days_together_are_the_recording() -> None:
    arrived = in_order(frames_of(RandomRecording(3).recording, MIDNIGHT - 50_000))
    days = [(one.day, list(one.arrived)) for one in days_of(arrived)]
    assert [day for day, _ in days] == [date(2023, 11, 14), date(2023, 11, 15)]
    carried = [one for one in days[1][1] if one.number < 0 or one.at < START + MIDNIGHT]
    assert {one.at for one in carried} == {START + MIDNIGHT - 1}
    assert [*days[0][1], *days[1][1][len(carried) :]] == arrived
    assert days[1][1] == sorted(days[1][1], key=lambda one: one[:4])


def test_at_its_end_a_day_knows_what_a_session_knows_that_heard_everything() -> None:
    carried = 0
    for seed in range(this_many(12, 500)):
        arrived = in_order(frames_of(RandomRecording(seed).recording, MIDNIGHT - 50_000))
        for one in days_of(arrived):
            last = list(one.arrived)
        assert markets_after(last) == markets_after(arrived), seed
        carried += sum(one.at < START + MIDNIGHT for one in last)
    assert carried > 12


def trading_over_midnight() -> Recording:
    """Instruments and whole tickers only on the first day; a trade on each."""
    recording = Recording().instruments(instrument("AAAUSDT"))
    recording.snapshot(100)
    for day in (0, 1):
        begin = day * (MIDNIGHT + 20_000)
        recording.ticker(begin + 19_000, **{name: TICKER[name] for name in TRADED_BY})  # type: ignore[arg-type]
        recording.kline(begin + 20_500, begin + 20_000 - 60_000)
        moved(recording, begin + 20_600)
        recording.ticker(begin + 22_000, ask1Price="100.8")
        recording.ticker(begin + 31_000, bid1Price="102", markPrice="102")
    return recording


def test_a_session_begins_on_a_later_day_and_trades_there() -> None:
    days = [
        list(session_of(new_session("test", PaperSettings.model_validate(CONFIG)), one.arrived))
        for one in days_of(in_order(frames_of(trading_over_midnight())))
    ]
    for said in days:
        assert [one.type for one in said].count("position_closed") == 1
        chain = Chain()
        assert all(chain.line(one) for one in said)


def test_what_a_session_was_told_is_told_to_no_other() -> None:
    frames = frames_of(trading_over_midnight())
    stopped = [*frames, note_frame(Told("stop"), START + 5_000), note_frame(Told("cancel_all"), START + MIDNIGHT + 1)]
    days = [list(one.arrived) for one in days_of(in_order(stopped))]
    assert days == [list(one.arrived) for one in days_of(in_order(frames))]
