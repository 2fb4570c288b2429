"""What is counted of an exchange and of each of its books."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(slots=True)
class Counters:
    """Since the start. Of a book: what concerned it; of an exchange: all, with what concerns no book."""

    frames: int = 0
    events: int = 0
    unreadable: int = 0
    gaps: int = 0
    """Breaks of a sequence. A connection that lost one message is one here, and one for each of its books."""
    resyncs: int = 0
    """Re-syncs begun after a gap, a wrong checksum or silence; a storm of gaps on one connection is one here."""
    checksums_ok: int = 0
    checksums_failed: int = 0
    reconnects: int = 0
    """Connections that ended after they had come up; only of an exchange."""

    def reset(self) -> None:
        """Everything is 0 again."""
        for field in fields(self):
            setattr(self, field.name, 0)
