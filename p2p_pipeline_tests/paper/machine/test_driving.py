"""What a live session noted among its frames is the same in its replay: its beginning, and each command at its time."""

from __future__ import annotations

import orjson

from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.notes import Began, Told, note_frame
from p2p_pipeline.paper.replay.replaying import session_of
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import Said
from p2p_pipeline_tests.paper.recordings import START
from p2p_pipeline_tests.paper.sessions import CONFIG, armed, moved


def said_with(*notes: tuple[int, Began | Told]) -> list[Said]:
    recording = moved(armed(), 21_500)
    recording.ticker(30_000, markPrice="101")
    frames = [from_line(orjson.dumps(line)) for line in recording.lines]
    # on another connection than the frames: their place decides, and not where they stand in a file
    frames += [note_frame(note, START + at) for at, note in notes]
    return list(session_of(new_session("test", PaperSettings.model_validate(CONFIG)), in_order(frames)))


def at_of(said: list[Said], type_: str) -> list[int]:
    return [one.at - START for one in said if one.type == type_]


def test_a_session_begins_with_the_note_of_its_beginning() -> None:
    assert at_of(said_with((-2_300, Began("test"))), "session_started") == [-2_300]


def test_a_command_that_was_told_counts_after_the_tick_of_its_millisecond() -> None:
    said = said_with((22_000, Told("cancel_all")))
    assert at_of(said, "order_placed")[0] == at_of(said, "order_cancelled")[0] == 22_000


def test_after_a_stop_that_was_told_nothing_is_said_and_the_end_of_the_frames_says_nothing_either() -> None:
    said = said_with((23_000, Told("stop")))
    assert said[-1].fields["state"] == "STOPPED"
    assert said[-1].at - START == 23_000
    assert at_of(said, "summary") == [23_000]


def test_a_command_of_a_later_version_is_passed_over() -> None:
    assert said_with((22_500, Told("dance"))) == said_with()
