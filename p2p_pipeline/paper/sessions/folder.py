"""A session's folder, `data/paper/<session>/`: everything of it, and nothing of another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.log.writing import LOG_NAME

CONFIG_NAME = "config.yaml"
FRAMES_NAME = "frames"


@dataclass(frozen=True, slots=True)
class SessionFolder:
    """Where the parts of a live session lie. A replay's folder has the log alone."""

    paths: DataPaths
    session: str
    """Its name."""

    @property
    def root(self) -> Path:
        """The folder itself."""
        return self.paths.paper / self.session

    @property
    def config(self) -> Path:
        """The frozen configuration, YAML with every field."""
        return self.root / CONFIG_NAME

    @property
    def log(self) -> Path:
        """The event log's newest part; older parts are beside it."""
        return self.root / LOG_NAME

    @property
    def frames(self) -> Path:
        """What the exchange sent, with the notes of notes.py."""
        return self.paths.paper_frames(self.session)

    @property
    def board(self) -> Path:
        """The newest board (board.py), replaced in one step each second while it runs, and once when it stops."""
        return self.root / "board.json"

    @property
    def about(self) -> Path:
        """How it was started and what it came to (about.py)."""
        return self.root / "session.json"

    @property
    def lock(self) -> Path:
        """Locked by the process that runs it: whoever can lock it knows that none does."""
        return self.root / "session.lock"

    @property
    def inbox(self) -> Path:
        """What it is told: a file a command, taken in the order of their names, removed when it was done."""
        return self.root / "inbox"

    @property
    def reserve(self) -> Path:
        """Room that is kept for its end on a full disk (reserve.py)."""
        return self.root / "reserve"

    @property
    def output(self) -> Path:
        """What its process printed: read by a person when it failed."""
        return self.root / "output.log"
