"""Whatever comes in which order, and however late it is looked at: live says what a replay of the frames says."""

from __future__ import annotations

import random

import orjson
import pytest

from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.paper.live.held import Held
from p2p_pipeline.paper.log.lines import Chain
from p2p_pipeline.paper.machine.driving import Driver
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.notes import Began, Told, note_frame
from p2p_pipeline.paper.replay.replaying import session_of
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import Said
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.paper.recordings import START, RandomRecording
from p2p_pipeline_tests.paper.sessions import CONFIG

HOURS_ASLEEP = 3


def written(said: list[Said]) -> list[bytes]:
    chain = Chain()
    return [chain.line(one) for one in said]


def replayed(frames: list[Frame], settings: PaperSettings) -> list[bytes]:
    return written(list(session_of(new_session("test", settings), in_order(frames))))


def live(frames: list[Frame], settings: PaperSettings, rng: random.Random) -> list[bytes]:
    """Looked at now and then, sometimes long after; sources within a ms in any order, each in its own."""
    held, said = Held(Driver(new_session("test", settings))), []
    frames = sorted(frames, key=lambda one: (one.received_at_ns or 0) // 1_000_000)
    while frames:
        now = (frames[0].received_at_ns or 0) // 1_000_000 + rng.choice([1, 50, 50, 400, 9_000])
        come = [one for one in frames if (one.received_at_ns or 0) < now * 1_000_000]
        frames = frames[len(come) :]
        for one in come:
            held.push(one)
        said += held.release(now)
        while held.is_behind(now):
            said += held.release(now)
    return written(said)


def shuffled_within_a_millisecond(frames: list[Frame], rng: random.Random) -> list[Frame]:
    ms = {id(one): (one.received_at_ns or 0) // 1_000_000 for one in frames}
    sources = {one.connection: rng.random() for one in frames}
    return sorted(frames, key=lambda one: (ms[id(one)], sources[one.connection]))


@pytest.mark.parametrize("seed", range(this_many(15, 2000)))
def test_live_says_what_a_replay_says_whatever_the_order_of_arrival(seed: int) -> None:
    rng = random.Random(seed)
    made = RandomRecording(seed, seconds=40)
    frames = [from_line(orjson.dumps(line)) for line in made.recording.lines]
    first, last = (chosen(one.received_at_ns or 0 for one in frames) // 1_000_000 for chosen in (min, max))
    told = [rng.choice(["close_all", "cancel_all"]) for _ in range(3)]
    notes = [note_frame(Told(one), rng.randrange(first, last)) for one in told]
    frames = [note_frame(Began("test"), first), *frames, *notes, note_frame(Told("stop"), last)]
    settings = PaperSettings.model_validate(made.settings)
    frames.sort(key=lambda one: one.received_at_ns or 0)
    assert live(shuffled_within_a_millisecond(frames, rng), settings, rng) == replayed(frames, settings)


def test_a_machine_that_slept_catches_up_in_order_and_sockets_are_read_in_between() -> None:
    settings = PaperSettings.model_validate(CONFIG)
    session = new_session("test", settings)
    held = Held(Driver(session))
    held.push(note_frame(Began("test"), START))
    held.release(START + 10)
    woken = START + HOURS_ASLEEP * 3_600_000
    looks = 0
    while held.is_behind(woken):
        held.release(woken)
        looks += 1
    assert session.account.counters["ticks"] == HOURS_ASLEEP * 3600 - 1
    assert looks > HOURS_ASLEEP * 3600 / 10


def test_what_is_of_the_running_millisecond_is_held_back() -> None:
    session = new_session("test", PaperSettings.model_validate(CONFIG))
    held = Held(Driver(session))
    held.push(note_frame(Began("test"), START))
    assert held.release(START) == []
    assert [one.type for one in held.release(START + 1)] == ["session_started"]
