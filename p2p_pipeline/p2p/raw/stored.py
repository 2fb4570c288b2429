"""What the raw store hands out, and the one sentence it says when it can't."""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.p2p.markets import MarketSide, Source, parse_time, slot_start
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose

_FILE_KEY = re.compile(r"[a-z][a-z0-9]*\.(?:[A-Z0-9]{2,15}-[A-Z]{3,5}|reference|sweeps|sweep-[A-Z]{3,5})")
_MARKET_KEY = re.compile(r"[a-z][a-z0-9]*\.[A-Z0-9]{2,15}-[A-Z]{3,5}")


class RawStoreError(ClearError):
    """The raw store could not do what was asked; the message says what to do."""


class AlreadyStored(RawStoreError):
    """The snapshot is on disk already and was not written a second time."""

    def __init__(self, snapshot_id: str, recovered: tuple[TornTail, ...] = ()) -> None:
        super().__init__("snapshot {snapshot_id} is stored already; nothing was written", snapshot_id=snapshot_id)
        self.snapshot_id = snapshot_id
        self.recovered = recovered


class DiskFull(RawStoreError):
    """There is no room for the snapshot. What was stored before is intact, and appending works again once there is."""

    def __init__(self, folder: Path, detail: str) -> None:
        super().__init__(
            "no room to store a snapshot in {folder}: {detail}. Free space on that disk, or lower the retention "
            "settings so that old days are dropped; collection goes on by itself when there is room.",
            folder=folder,
            detail=detail,
        )
        self.folder = folder


class WriteFailed(RawStoreError):
    """The disk refused a write for another reason than room. What was stored before is intact."""


_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def typed_write_error(folder: Path, error: OSError) -> DiskFull | WriteFailed:
    """The store's own error for what the operating system said."""
    if error.errno in _NO_ROOM:
        return DiskFull(folder, error.strerror or str(error))
    return WriteFailed(
        "could not write to {folder}: {error}; check the disk and the folder's permissions", folder=folder, error=error
    )


class LayoutMismatch(RawStoreError):
    """The raw folder was written by another version of this program."""


class RealmMismatch(RawStoreError):
    """Live, imported and simulated data would have been mixed where they must not be."""


@dataclass(frozen=True, slots=True)
class Appended:
    """The acknowledgement: this snapshot is safe on disk."""

    snapshot_id: str
    raw_path: str
    """`YYYY-MM-DD/{file_key}.jsonl`, the same before and after repacking."""
    offset: int
    """Where its first line begins in the uncompressed file."""
    length: int
    recovered: tuple[TornTail, ...] = ()
    """What an earlier crash had left half written, now cut off and kept aside."""


@dataclass(frozen=True, slots=True)
class TornTail:
    """A half-written end of a file that was cut off. It was never acknowledged; the bytes are in `kept_at`."""

    path: Path
    position: int
    length: int
    reason: str
    kept_at: Path


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that can't be read as captures. Everything around them still is.

    For a line, `path` is the raw path and `offset` counts uncompressed bytes; for a damaged part of a file, `path`
    names the file (`.jsonl.gz` or `.jsonl.zst`) and `offset` counts its bytes.
    """

    path: str
    offset: int
    length: int
    reason: str


@dataclass(frozen=True, slots=True)
class StoredSnapshot:
    """One snapshot as it was stored: each capture with the offset of its line in the uncompressed file."""

    snapshot_id: str
    captures: tuple[tuple[Capture, int], ...]
    raw_path: str
    offset: int
    length: int

    @property
    def end_offset(self) -> int:
        """Where the next snapshot begins: pass it as `from_offset` to go on from here."""
        return self.offset + self.length

    @property
    def slot(self) -> int:
        """The slot it was collected for."""
        return self.captures[0][0].slot

    @property
    def source(self) -> Source:
        """Live, imported or simulated."""
        return self.captures[0][0].source

    @property
    def market_side(self) -> MarketSide | None:
        """Whose book it is; None for payment, fiat and asset lists."""
        return self.captures[0][0].market_side

    @property
    def has_answer(self) -> bool:
        """Whether it holds the first page of a book, to be read; without it it is evidence of what went wrong."""
        return any(_is_answer(capture) and (capture.page or 1) == 1 for capture, _ in self.captures)

    @property
    def snapshot_at(self) -> datetime:
        """The moment of the book it shows: when its first page arrived, and from when on it may be used.

        When no page did: when the first response of any kind arrived, else when its first request was given up.
        """
        captures = [capture for capture, _ in self.captures]
        told = (
            [capture for capture in captures if _is_answer(capture)]
            or [capture for capture in captures if capture.status is not None]
            or captures[:1]
        )
        return min(capture.received_at for capture in told)


def _is_answer(capture: Capture) -> bool:
    return capture.purpose.is_book and capture.outcome is Outcome.OK


def file_key_of(capture: Capture) -> str:
    """The file a capture belongs to.

    Its market's; of a sweep its fiat's, so that a whole venue is a hundred files and not a thousand, and nobody takes
    them for the slots of a collected market; the venue's reference file for payment, fiat and asset lists.
    """
    side = capture.market_side
    key = f"{capture.venue}.reference"
    if capture.purpose is Purpose.SEARCH and side is not None:
        key = side.market.key
    elif capture.purpose is Purpose.SWEEP and side is not None:
        key = sweep_key(side.market.venue, side.market.fiat)
    elif capture.purpose is Purpose.SWEEP_REPORT:
        key = sweep_reports_key(capture.venue)
    if _FILE_KEY.fullmatch(key) is None:
        raise RawStoreError(
            "capture {capture_id} belongs to {key!r}, which is no market key like bybit.USDT-RUB",
            capture_id=capture.capture_id,
            key=key,
        )
    return key


def is_file_key(name: str) -> bool:
    """Whether a name is one of those that `file_key_of` gives."""
    return _FILE_KEY.fullmatch(name) is not None


def is_market_key(name: str) -> bool:
    """Whether a file holds the collected snapshots of one market."""
    return _MARKET_KEY.fullmatch(name) is not None


def sweep_key(venue: str, fiat: str) -> str:
    """The file of what a venue's sweeps read of a fiat's markets."""
    return f"{venue}.sweep-{fiat}"


def sweep_reports_key(venue: str) -> str:
    """The file of what a venue's sweeps say of themselves."""
    return f"{venue}.sweeps"


def day_of(capture: Capture) -> date:
    """The UTC day a capture is filed under: the day of its slot."""
    return slot_start(capture.slot).date()


def check_one_snapshot(captures: Sequence[Capture]) -> Capture:
    """Make sure captures are those of one snapshot, and give its first one."""
    if not captures:
        raise RawStoreError("a snapshot needs at least one capture; failed requests are captures too")
    first = captures[0]
    named = {(c.snapshot_id, c.source, c.slot, file_key_of(c)) for c in captures}
    if len(named) > 1:
        raise RawStoreError(
            "captures of one append must share snapshot, source, slot and market; were {named}", named=sorted(named)
        )
    return first


@lru_cache(maxsize=1 << 14)
def moment_in_id(snapshot_id: str) -> datetime | None:
    """The time a snapshot id ends with, or None when it ends with none."""
    _, _, text = snapshot_id.partition(":")
    _, _, text = text.partition(":")
    try:
        return parse_time(text)
    except ValueError:
        return None
