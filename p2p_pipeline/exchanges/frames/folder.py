"""Where frames lie: a folder an exchange and day, in it a file a connection, hour and source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, unquote

from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.filesystem import FileSystem, RealFileSystem

HOUR = timedelta(hours=1)
UNTIMED = "untimed"
"""The folder of frames whose recording kept no times."""
TORN = "_torn"
_NAME = re.compile(r"(?:(\d{2})\.)?(.+)\.(live|simulated|imported)\.frames\.zst").fullmatch


class RealmMismatch(ClearError):
    """Simulated and real frames in one folder."""


@dataclass(frozen=True, slots=True)
class FrameFile:
    """One file's place; `hour` is None for frames without times."""

    exchange: str
    connection: str
    hour: datetime | None
    source: Source

    @property
    def path(self) -> Path:
        """Below the frames folder."""
        name = quote(self.connection, safe="").replace(".", "%2E") or "%00"
        rest = f"{name}.{self.source}.frames.zst"
        if self.hour is None:
            return Path(self.exchange, UNTIMED, rest)
        return Path(self.exchange, f"{self.hour:%Y-%m-%d}", f"{self.hour:%H}.{rest}")

    @classmethod
    def named(cls, path: Path) -> FrameFile | None:
        """By a path below the frames folder; None when it is none of ours."""
        found = _NAME(path.name)
        if found is None or len(path.parts) != 3:
            return None
        exchange, day, _ = path.parts
        connection = "" if found[2] == "%00" else unquote(found[2])
        if day == UNTIMED:
            return cls(exchange, connection, None, Source(found[3]))
        try:
            hour = datetime.strptime(f"{day} {found[1]}", "%Y-%m-%d %H").replace(tzinfo=UTC)
        except ValueError:
            return None
        return cls(exchange, connection, hour, Source(found[3]))


def hour_of(received_at_ns: int | None) -> datetime | None:
    """The hour that a frame belongs to."""
    if received_at_ns is None:
        return None
    return datetime.fromtimestamp(received_at_ns // 3_600_000_000_000 * 3600, UTC)


def frame_files(
    folder: Path,
    exchanges: Iterable[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    files: FileSystem | None = None,
) -> Iterator[FrameFile]:
    """Files with frames from `start` to before `end`, by hour and then by name; those without times come first."""
    disk = RealFileSystem() if files is None else files
    wanted = None if exchanges is None else set(exchanges)
    found = []
    for exchange in sorted(disk.entries(folder)):
        if exchange == TORN or (wanted is not None and exchange not in wanted):
            continue
        for day in disk.entries(folder / exchange):
            for name in disk.entries(folder / exchange / day):
                file = FrameFile.named(Path(exchange, day, name))
                if file is not None and _is_within(file.hour, start, end):
                    found.append(file)
    yield from sorted(
        found, key=lambda file: (file.hour is not None, file.path.parts[1], file.path.name, file.exchange)
    )


def admit(folder: Path, source: Source, files: FileSystem | None = None) -> None:
    """Raise RealmMismatch when simulated frames would come among real ones, or the other way round."""
    for file in frame_files(folder, files=files):
        if (file.source is Source.SIMULATED) != (source is Source.SIMULATED):
            raise RealmMismatch(
                "{folder} holds {there} frames and {new} ones were to be written: simulated and real data never mix; "
                "use another --data-dir",
                folder=folder,
                there=file.source.value,
                new=source.value,
            )


def _is_within(hour: datetime | None, start: datetime | None, end: datetime | None) -> bool:
    if hour is None:
        return start is None and end is None
    return (start is None or hour + HOUR > start) and (end is None or hour < end)
