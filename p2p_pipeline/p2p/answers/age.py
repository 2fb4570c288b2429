"""How old a book is for the one who asks, and whether that is too old to be called now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from p2p_pipeline.kernel.texts import span_text
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.quality.fresh import is_stale


@dataclass(frozen=True, slots=True)
class BookAge:
    """The time from a book's first answer to the moment asked about."""

    seconds: float
    is_stale: bool
    """Older than the settings allow; or from the future, which is no fresh book but a wrong clock or date."""
    is_of_past: bool
    """Whether a time was asked about (`--at`), not now."""

    @classmethod
    def at(cls, snapshot_at: datetime, asked_at: datetime, stale_after_seconds: float, *, is_of_past: bool) -> BookAge:
        """The age at a moment."""
        seconds = (asked_at - snapshot_at).total_seconds()
        return cls(seconds, is_stale(seconds, stale_after_seconds), is_of_past)

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {"age_seconds": round(self.seconds, 3), "is_stale": self.is_stale}

    @property
    def words(self) -> str:
        """Such as `12 s old`, or `3 h before that time`."""
        span = span_text(abs(self.seconds))
        if self.seconds < 0:
            return (
                Told("{span} after that time", span=span)
                if self.is_of_past
                else Told("{span} in the future", span=span)
            )
        return Told("{span} before that time", span=span) if self.is_of_past else Told("{span} old", span=span)

    @property
    def warning(self) -> str | None:
        """What must be said of a stale book, and what to do; None of a fresh one."""
        if not self.is_stale:
            return None
        span = span_text(abs(self.seconds))
        if self.seconds < 0:
            return Told(
                "the book is dated {span} in the future: its clock or its recording is wrong, and it is not of now",
                span=span,
            )
        if self.is_of_past:
            return Told(
                "the nearest book lies {span} before the time asked about: what happened since is not known", span=span
            )
        return Told(
            "the book is {span} old and nobody may trade at it any more; `p2p collect --once` asks the venue anew",
            span=span,
        )
