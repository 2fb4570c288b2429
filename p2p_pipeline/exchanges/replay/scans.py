"""Frames and notes become the very scans that were made of them live. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.books.market_books import MarketBooks
from p2p_pipeline.exchanges.books.taking import LISTS_SESSION, take_frame
from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.identity.asked import AskedLists, currencies_in
from p2p_pipeline.exchanges.identity.table import IdentityTable
from p2p_pipeline.exchanges.replay.learning import identities, use_identities
from p2p_pipeline.exchanges.replay.notes import (
    SERVICE,
    Due,
    Learned,
    ListsRead,
    PassedOver,
    ScanBegan,
    ScanEnded,
    Started,
    moment,
    note_of,
)
from p2p_pipeline.exchanges.scan.results import Scan
from p2p_pipeline.exchanges.scan.scanning import Scanner
from p2p_pipeline.exchanges.tables.rows import KeptScan
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of

_ANSWERS_KEPT = 3


class RunReplay:
    """One run of the service again, from its start on: frames and notes in their order."""

    def __init__(self, started: Started) -> None:
        self.started = started
        self.exchanges = {name: ExchangeBooks(name, wire_of(name), lists_of(name)) for name in started.exchanges}
        self.books = MarketBooks(tuple(self.exchanges.values()), started.symbols, {})
        self.identity = IdentityTable({}, {})
        self.missing = 0
        """Lists that a note names and no frame holds: from then on the scans are others."""
        self._asked: dict[str, AskedLists] = {}
        self._known: dict[str, AskedLists] = {}
        """The same as they were read, however old by now."""
        self._read_from: dict[str, ListsRead] = {}
        self._answers: dict[tuple[str, int], bytes] = {}
        self._came: dict[tuple[str, str], list[int]] = {}
        """When the newest answers that no note has named came, by exchange and address."""
        self._scanner = Scanner()
        self._scan: Scan | None = None
        self._began = ScanBegan(0, 0, 0)
        self._late_ns = 0

    def __getstate__(self) -> dict[str, object]:
        """Without what a scan makes again."""
        return {**self.__dict__, "_scanner": Scanner()}

    def take(self, frame: Frame) -> KeptScan | None:
        """A frame or a note that was not passed over; a scan when it is one's end."""
        now_ns = frame.received_at_ns or 0
        if frame.exchange == SERVICE:
            return self._note(frame, now_ns)
        books = self.exchanges.get(frame.exchange)
        if books is not None:
            if frame.connection == LISTS_SESSION:
                self._keep_answer(frame, now_ns)
            take_frame(books, frame, now_ns)
        return None

    def _keep_answer(self, frame: Frame, now_ns: int) -> None:
        """Lists that say nothing new are named by no note: only the newest may still be."""
        self._answers[frame.exchange, now_ns] = frame.body
        came = self._came.setdefault((frame.exchange, frame.url), [])
        came.append(now_ns)
        while len(came) > _ANSWERS_KEPT:
            self._answers.pop((frame.exchange, came.pop(0)), None)

    def _note(self, frame: Frame, now_ns: int) -> KeptScan | None:
        note = note_of(frame)
        if isinstance(note, Due):
            for books in self.exchanges.values():
                books.due(now_ns)
        elif isinstance(note, Learned):
            self._learn(note)
        elif isinstance(note, ScanBegan):
            self._began, self._late_ns = note, now_ns - note.at_ns
            self._scan = self._scanner.scan(
                self.books.view(now_ns), self.started.rules, self.identity, cycle=note.cycle, at=moment(note.at_ns)
            )
        elif isinstance(note, ScanEnded) and self._scan is not None:
            found, self._scan = replace(self._scan, duration_ms=note.duration_ms), None
            return KeptScan.of(
                found,
                self.started.service,
                is_simulated=self.started.is_simulated,
                late_ns=self._late_ns,
                skipped=self._began.skipped,
            )
        return None

    def _learn(self, note: Learned) -> None:
        self._asked |= {name: self._read(name, read) for name, read in note.lists.items()}
        self._answers = {
            (name, came): body
            for (name, came), body in self._answers.items()
            if name not in note.lists or came > _newest(note.lists[name])
        }
        self.identity = identities(self._asked, note.day, self.books.symbols)
        use_identities(self.books, self.identity, note.lists.keys())

    def _read(self, exchange: str, read: ListsRead) -> AskedLists:
        lists, capability = lists_of(exchange), wire_of(exchange).CAPABILITY
        before, asked = self._read_from.get(exchange), self._known.get(exchange)
        # What is not new was read already, and its answer may be gone.
        if asked is None or before is None or before.instruments != read.instruments:
            listed = lists.instruments(self._bodies(exchange, read.instruments))
        else:
            listed = asked.listed
        if asked is None or before is None or before.currencies != read.currencies:
            answers = None if read.currencies is None else self._bodies(exchange, read.currencies)
            currencies, transfers = currencies_in(lists, answers, need_key=capability.currencies_need_key)
        else:
            currencies, transfers = asked.currencies, asked.transfers
        self._read_from[exchange], self._known[exchange] = read, AskedLists(listed, currencies, transfers)
        return self._known[exchange].outdated() if read.is_outdated else self._known[exchange]

    def _bodies(self, exchange: str, moments: Mapping[str, int]) -> dict[str, bytes]:
        found = {url: self._answers.get((exchange, came)) for url, came in moments.items()}
        self.missing += sum(body is None for body in found.values())
        return {url: body for url, body in found.items() if body is not None}


class Unread:
    """Which frames the service passed over. Its notes are read a little ahead of the frames."""

    AHEAD_NS = 600 * 1_000_000_000
    """A frame that waited longer would have been older than any book may be."""

    def __init__(self, notes: Iterator[Frame]) -> None:
        self._notes = notes
        self._next = next(notes, None)
        self._passed: set[tuple[str, int]] = set()

    def was_passed_over(self, frame: Frame) -> bool:
        """Whether it was."""
        now_ns = frame.received_at_ns or 0
        while self._next is not None and (self._next.received_at_ns or 0) <= now_ns + self.AHEAD_NS:
            note = note_of(self._next)
            if isinstance(note, PassedOver):
                self._passed |= {(name, came) for name, moments in note.frames.items() for came in moments}
            self._next = next(self._notes, None)
        if (frame.exchange, now_ns) not in self._passed:
            return False
        self._passed.discard((frame.exchange, now_ns))
        return True


def _newest(read: ListsRead) -> int:
    return max([*read.instruments.values(), *(read.currencies or {}).values()], default=0)
