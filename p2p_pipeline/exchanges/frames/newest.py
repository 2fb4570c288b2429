"""When the newest frame of a folder was received: for who goes on recording there by a clock that may have been set."""

from __future__ import annotations

from pathlib import Path

from p2p_pipeline.exchanges.frames.folder import frame_files
from p2p_pipeline.exchanges.frames.frame_file import members_of
from p2p_pipeline.exchanges.frames.lines import LineError, from_line
from p2p_pipeline.exchanges.frames.members import Member, MemberError, lines_of
from p2p_pipeline.kernel.filesystem import FileSystem, RealFileSystem


def newest_received_ns(folder: Path, files: FileSystem | None = None) -> int | None:
    """Of every connection's last whole frame; None for a folder without frames. Files of the last hour are read."""
    disk = RealFileSystem() if files is None else files
    found = list(frame_files(folder, files=disk))
    hours = sorted({file.hour for file in found if file.hour is not None}, reverse=True)
    for hour in hours:
        times = [_last_of(disk.read(folder / file.path)) for file in found if file.hour == hour]
        newest = max((at for at in times if at is not None), default=None)
        if newest is not None:
            return newest
    return None


def _last_of(data: bytes) -> int | None:
    members = [member for member in members_of(data) if isinstance(member, Member)]
    for member in reversed(members):
        try:
            return max((from_line(line).received_at_ns or 0 for line in lines_of(data, member)), default=None)
        except (MemberError, LineError):
            continue
    return None
