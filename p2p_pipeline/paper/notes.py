"""What a live session writes down among its frames: what no exchange sent, and a replay must know to be the same.

A note is a frame of passage NOTE on the connection "session". Began is a session's first event and starts its clock;
Told is a command at its moment; Resumed says that the process ended unasked and a later one went on from a line.
"""

from __future__ import annotations

import msgspec

from p2p_pipeline.exchanges.frames.frame import Frame, Passage

CONNECTION = "session"
EXCHANGE = "bybit"


class Began(msgspec.Struct, frozen=True, tag="began"):
    """A session began; its name follows from this moment and the configuration."""

    session: str


class Told(msgspec.Struct, frozen=True, tag="told"):
    """Somebody told it something: a word of events.Command."""

    command: str


class Resumed(msgspec.Struct, frozen=True, tag="resumed"):
    """It went on after a crash from the state that the log's first `line` lines say; what came after them is void."""

    line: int


Note = Began | Told | Resumed
_READER = msgspec.json.Decoder(Note)


def note_frame(note: Note, at_ms: int) -> Frame:
    """A note as it is recorded."""
    return Frame(EXCHANGE, CONNECTION, Passage.NOTE, msgspec.json.encode(note), at_ms * 1_000_000)


def note_of(frame: Frame) -> Note | None:
    """What a frame notes; None where it is no note, or of a later version of this program."""
    if frame.passage is not Passage.NOTE:
        return None
    try:
        return _READER.decode(frame.body)
    except msgspec.MsgspecError:
        return None
