"""What a dialect offers: how one exchange's sockets and REST answers look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook

Outgoing = str | bytes
"""A text frame, or a binary one."""


@dataclass(eq=False)
class Session:
    """One socket of a client: what it subscribed, and what its exchange counts on it."""

    path: str
    """Path and query it connected to."""
    subscriptions: dict[str, tuple[str, SimulatedBook | None]] = field(default_factory=dict)
    """By the topic as the exchange names it: the kind of feed (the dialect's own word), and the book (None: all)."""
    counter: int = 0
    """Messages sent on this socket, where the exchange numbers them."""
    memory: dict[str, Any] = field(default_factory=dict)
    """Whatever else the dialect remembers of it (channel numbers, flags)."""
    spoils_checksum: bool = False
    """A fault: the checksums of the frames asked for now must be wrong ones. `checksum` minds it."""

    def topics_of(self, book: SimulatedBook) -> list[tuple[str, str]]:
        """The topics that are about a book, each with its kind of feed; feeds of all books among them."""
        return [(topic, kind) for topic, (kind, about) in self.subscriptions.items() if about is book or about is None]

    def checksum(self, value: int) -> int:
        """The checksum to send."""
        return value ^ 0x5A5A if self.spoils_checksum else value


@dataclass(frozen=True, slots=True)
class Answer:
    """A REST answer."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Books(Protocol):
    """The exchange's books, as a dialect may look at them."""

    @property
    def address(self) -> str:
        """HOST:PORT where clients reach the exchanges, for an answer that says where to connect; empty off the net."""

    def all(self) -> Sequence[SimulatedBook]:
        """Every book of this exchange."""

    def now_ms(self) -> int:
        """The exchange's own clock."""


class Dialect(Protocol):
    """One exchange's language: class `<Name>Dialect` of `simulator/dialects/<name>.py`, made without arguments."""

    name: str

    def opened(self, session: Session, books: Books) -> list[Outgoing]:
        """What the exchange says first (and subscriptions that the address itself names)."""

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """Answers to what a client sends: acknowledgements, refusals, pongs, first snapshots."""

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """Frames for this socket when a book has changed (it already is the new one); none if not subscribed."""

    def beat(self, session: Session, books: Books) -> list[Outgoing]:
        """The exchange's heartbeat, called once a second of its clock."""

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes, books: Books) -> Answer | None:
        """A REST answer; None for a path it does not have (404)."""

    def symbol(self, book: SimulatedBook) -> str:
        """How the exchange spells it."""


@runtime_checkable
class MindsTime(Protocol):
    """A dialect whose exchange refuses what is not sent now, by its own clock."""

    minds_time: bool
    """Not where the simulated clock is another than everybody's."""


@runtime_checkable
class Announces(Protocol):
    """A dialect whose exchange tells its sockets of maintenance; of the others the sockets are closed."""

    def maintenance(self, session: Session, *, is_over: bool) -> list[Outgoing]:
        """What this socket is told when maintenance begins, and when it is over."""
