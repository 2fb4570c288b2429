"""How a live session was started, and what it came to: a small file in its folder, written by its own process."""

from __future__ import annotations

import msgspec

from p2p_pipeline.kernel.whole_file import write_whole
from p2p_pipeline.paper.sessions.folder import SessionFolder

VERSION = 1


class Summary(msgspec.Struct, frozen=True):
    """What a session that has stopped came to; the same figures as its replay prints, amounts as texts."""

    events: int
    """Lines of the log."""
    trades: int
    realised: str
    fees: str
    funding: str
    equity: str
    log: str
    """Its path."""
    sha256: str
    """Of the log's bytes."""


class About(msgspec.Struct, frozen=True):
    """Of one session."""

    session: str
    source: str | None
    """The simulator's address; None for the exchange itself."""
    is_simulated: bool
    started_at: int
    """Milliseconds since 1970: with the configuration it makes the name."""
    stops_at: int | None = None
    """When it stops by itself."""
    pid: int = 0
    """Its process; 0 before there is one."""
    finished: bool = False
    """It ended by itself: stopped by the rules, or failed with a sentence on its board."""
    summary: Summary | None = None
    version: int = VERSION


_READER = msgspec.json.Decoder(About)


def read_about(folder: SessionFolder) -> About | None:
    """What is known of a session; None for a folder of something else, such as a replay's log."""
    try:
        about = _READER.decode(folder.about.read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None
    return about if about.version == VERSION else None


def write_about(folder: SessionFolder, about: About) -> None:
    """Replace it in one step."""
    write_whole(folder.about, msgspec.json.encode(about))
