"""What the service writes down among the frames at the moment it happens, so that a replay does the same then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import msgspec

from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.identity.asked import AskedLists
from p2p_pipeline.exchanges.scan.rules import ScanRules

SERVICE = "service"
"""In a frame's `exchange`: it is of none."""
_CONNECTION = "notes"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Started(msgspec.Struct, frozen=True, tag="started"):
    """A run of the service began: nothing that was known before counts."""

    service: str
    is_simulated: bool
    exchanges: tuple[str, ...]
    symbols: tuple[str, ...]
    scan_seconds: float
    rules: ScanRules


class ListsRead(msgspec.Struct, frozen=True):
    """From which answers an exchange's lists were read: when each came, by its address."""

    instruments: Mapping[str, int]
    currencies: Mapping[str, int] | None
    is_outdated: bool = False
    """What the currencies say of ways in and out did not count any more."""

    @classmethod
    def of(cls, asked: AskedLists) -> ListsRead:
        """Those of lists that were asked for."""
        return cls(asked.instruments_ns, asked.currencies_ns, asked.is_outdated)


class Learned(msgspec.Struct, frozen=True, tag="learned"):
    """Lists were taken in: which instruments stand side by side, and what is one asset."""

    day: date
    lists: Mapping[str, ListsRead]
    """By exchange, those that are new."""


class Due(msgspec.Struct, frozen=True, tag="due"):
    """The timers of all books were looked at."""


class PassedOver(msgspec.Struct, frozen=True, tag="passed"):
    """Views that were not read because a newer one had come: when each had come, by exchange."""

    frames: Mapping[str, list[int]]


class ScanBegan(msgspec.Struct, frozen=True, tag="scan"):
    """A scan began; it saw the books at the note's own time."""

    cycle: int
    at_ns: int
    """Its place in the grid."""
    skipped: int


class ScanEnded(msgspec.Struct, frozen=True, tag="scanned"):
    """It is over."""

    cycle: int
    duration_ms: float


Note = Started | Learned | Due | PassedOver | ScanBegan | ScanEnded
_READER = msgspec.json.Decoder(Note)


def note_frame(note: Note, now_ns: int) -> Frame:
    """A note as it is recorded."""
    return Frame(SERVICE, _CONNECTION, Passage.NOTE, msgspec.json.encode(note), now_ns)


def note_of(frame: Frame) -> Note | None:
    """What a frame notes; None where it is no note, or of a later version of this program."""
    if frame.passage is not Passage.NOTE:
        return None
    try:
        return _READER.decode(frame.body)
    except msgspec.MsgspecError:
        return None


def moment(at_ns: int) -> datetime:
    """Nanoseconds since 1970 as a time, to the microsecond."""
    return _EPOCH + timedelta(microseconds=at_ns // 1_000)
