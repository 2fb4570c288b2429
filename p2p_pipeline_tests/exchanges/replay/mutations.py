"""Recordings with something wrong in them, and whether the books noticed."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.books.rules import Source, rules_of
from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.replay.replaying import Replay, books_of
from p2p_pipeline_tests.exchanges.replay.forks import fork

KINDS = ("dropped", "doubled", "swapped", "delayed", "digit changed", "snapshot cut")
SHOWN = 20
"""Levels a side that are compared: what a scan may see."""
_LONGEST_WINDOW = 60
_FOLLOWING_EVENTS = 6
_LEVEL_LIST = re.compile(rb"\[\s*(?:(?:\[[^\[\]]*\]|\{[^{}]*\})\s*,\s*){2,}(?:\[[^\[\]]*\]|\{[^{}]*\})\s*\]")
_LEVELS = {b"[": re.compile(rb"\[[^\[\]]*\]"), b"{": re.compile(rb"\{[^{}]*\}")}
_CHANGES = (Kind.SNAPSHOT, Kind.DELTA, Kind.TOP, Kind.CHECKSUM)

Shown = tuple[list[Any], list[Any]] | None


@dataclass(frozen=True)
class Mutation:
    """What was done to the frame in a place, and to what frames that leads."""

    kind: str
    place: int
    told: tuple[tuple[Frame, int], ...]
    """The frames from that place on, each with the newest place that has been told with it."""
    settled: int
    """From this place on, all is as it was but for what the mutation did to the frame itself."""
    original: Frame
    mutated: Frame


def mutations_of(frames: Sequence[Frame], place: int, kind: str, random: Random) -> Mutation | None:
    """None when that can't be done to the frame there."""
    frame, end = frames[place], min(len(frames), place + _LONGEST_WINDOW)
    rest = [(frames[at], at) for at in range(place + 1, end)]
    if kind == "dropped":
        return Mutation(kind, place, tuple(rest), place + 1, frame, frame)
    if kind == "doubled":
        return Mutation(kind, place, ((frame, place), (frame, place), *rest), place, frame, frame)
    if kind in ("swapped", "delayed"):
        return _moved(kind, frames, place, end, 1 if kind == "swapped" else random.randrange(2, 12))
    changed = _digit_changed(frame, random) if kind == "digit changed" else _cut(frame, random)
    if changed is None or changed == frame.body:
        return None
    mutated = replace(frame, body=changed)
    return Mutation(kind, place, ((mutated, place), *rest), place, frame, mutated)


def _moved(kind: str, frames: Sequence[Frame], place: int, end: int, by: int) -> Mutation | None:
    """The frame comes after so many others of its own connection (or, an answer by REST, of any)."""
    frame = frames[place]
    others = [
        at for at in range(place + 1, end)
        if not frames[at].is_outgoing and (frames[at].connection == frame.connection or frame.passage is Passage.REST)
    ]  # fmt: skip
    if len(others) < by:
        return None
    after = others[by - 1]
    told = [
        *((frames[at], at) for at in range(place + 1, after + 1)), (frame, after),
        *((frames[at], at) for at in range(after + 1, end)),
    ]  # fmt: skip
    return Mutation(kind, place, tuple(told), after + 1, frame, frame)


def _digit_changed(frame: Frame, random: Random) -> bytes | None:
    body = gzip.decompress(frame.body) if frame.body[:2] == b"\x1f\x8b" else frame.body
    places = [at for at, byte in enumerate(body) if 48 <= byte <= 57]
    if not places:
        return None
    at = random.choice(places)
    digit = random.choice([digit for digit in b"0123456789" if digit != body[at]])
    changed = body[:at] + bytes([digit]) + body[at + 1 :]
    return gzip.compress(changed) if frame.body[:2] == b"\x1f\x8b" else changed


def _cut(frame: Frame, random: Random) -> bytes | None:
    """The frame's end is missing, or the worst levels of a list are."""
    body = gzip.decompress(frame.body) if frame.body[:2] == b"\x1f\x8b" else frame.body
    lists = list(_LEVEL_LIST.finditer(body))
    if not lists:
        return None
    if random.random() < 0.3:
        return frame.body[: random.randrange(len(frame.body))]
    chosen = random.choice(lists)
    levels = _LEVELS[chosen[0][1:].lstrip()[:1]].findall(chosen[0][1:])
    kept = b"[" + b",".join(levels[: random.randrange(1, len(levels))]) + b"]"
    changed = body[: chosen.start()] + kept + body[chosen.end() :]
    return gzip.compress(changed) if frame.body[:2] == b"\x1f\x8b" else changed


def whole_books(frames: Sequence[Frame]) -> list[int]:
    """The places of frames that hold a whole book."""
    books = books_of(frames[0].exchange)
    kinds = (Kind.SNAPSHOT, Kind.TOP)
    return [at for at, frame in enumerate(frames) if any(event.kind in kinds for event in _events(books, frame))]


def shown(books: ExchangeBooks, symbol: str) -> Shown:
    """What is served of a symbol."""
    book = books.book(symbol)
    return None if book is None else book.top(SHOWN)


class Judge:
    """Follows a recording as it is, and at any place tells what a mutation of what comes next leads to."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self.frames = frames
        self.place = 0
        self._exchange = frames[0].exchange
        self._replay = Replay()
        self._named: list[set[str]] = []
        """The symbols whose books each frame is about."""
        self._served: list[dict[str, Shown]] = []
        """What is served of them after it."""
        true = Replay()
        for frame in frames:
            true.take(frame)
            books = true.books[self._exchange]
            self._named.append(_symbols(books, frame))
            self._served.append({symbol: shown(books, symbol) for symbol in self._named[-1]})

    def go_to(self, place: int) -> None:
        """Take all frames before a place."""
        for frame in self.frames[self.place : place]:
            self._replay.take(frame)
        self.place = place

    def verdict(self, mutation: Mutation) -> str:
        """`noticed`, `equal`, or `wrong: …` with what was served that never was."""
        other = fork(self._replay)
        before = self._replay.books.get(self._exchange)

        def history_of(symbol: str) -> list[Shown]:
            return histories.setdefault(symbol, [None if before is None else shown(before, symbol)])

        histories: dict[str, list[Shown]] = {}
        told, was_out, following = mutation.place - 1, False, 0
        spoken: set[str] = set()
        concerned = self._named[mutation.place]
        for frame, place in mutation.told:
            for at in range(told + 1, place + 1):
                for symbol, served in self._served[at].items():
                    history_of(symbol).append(served)
            told = max(told, place)
            other.take(frame)
            books = other.books[self._exchange]
            names = _symbols(books, frame) if frame is mutation.mutated else self._named_at(place, frame)
            for symbol in names:
                history = history_of(symbol)
                served = shown(books, symbol)
                was_out = was_out or (served is None and history[-1] is not None)
                is_settled = place >= mutation.settled and symbol in spoken
                if served is not None and not _was_true(served, history[-1:] if is_settled else history, mutation.kind):
                    return f"wrong: {self._why(mutation, served, history[-1])}"
                if place >= mutation.settled:
                    spoken.add(symbol)
            following += place >= mutation.settled and not names.isdisjoint(concerned)
            if following >= _FOLLOWING_EVENTS:
                break
        return "noticed" if was_out else "equal"

    def _named_at(self, place: int, frame: Frame) -> set[str]:
        if self.frames[place] is frame:
            return self._named[place]
        return _symbols(self._replay.books[self._exchange], frame) if self._replay.books else set()

    def _why(self, mutation: Mutation, served: Shown, true: Shown) -> str:
        books = self._replay.books.get(self._exchange) or books_of(self._exchange)
        rules = rules_of(self._exchange)
        has_checksums = rules.checksum and mutation.original.exchange != "bitfinex"
        if has_checksums and served is not None and true is not None and _are_equal(served, true, rules.covered):
            return "below the checksum"
        if mutation.kind == "digit changed":
            before, after = (_numbers(books, frame) for frame in (mutation.original, mutation.mutated))
            if before == after:
                return "a number of a level"
            if [numbers[0] for numbers in before] == [numbers[0] for numbers in after]:
                return "a channel's number"
            if true is None and (rules.joins or rules.source is not Source.SOCKET):
                return "a change's number where it joins the snapshot"
        if mutation.kind == "snapshot cut" and mutation.mutated != mutation.original:
            return "levels missing"
        return "served"


def _are_equal(served: tuple[list[Any], list[Any]], true: tuple[list[Any], list[Any]], levels: int) -> bool:
    return all(mine[:levels] == its[:levels] for mine, its in zip(served, true, strict=True))


def _was_true(served: Shown, history: Sequence[Shown], kind: str) -> bool:
    """Whether it is one of these. Of a snapshot that was cut fewer levels may be told, if they are the first."""
    if served is None or served in history:
        return True
    return kind == "snapshot cut" and any(
        true is not None and all(mine == its[: len(mine)] for mine, its in zip(served, true, strict=True))
        for true in history
    )


def _events(books: ExchangeBooks, frame: Frame) -> Sequence[Event]:
    if frame.is_outgoing or frame.passage not in (Passage.SOCKET, Passage.REST):
        return ()
    if frame.passage is Passage.REST:
        return books.lists.decode_answer(frame.url, frame.body)
    return books.wire.decode(frame.body, is_binary=frame.is_binary)


def _symbols(books: ExchangeBooks, frame: Frame) -> set[str]:
    found = set()
    for event in _events(books, frame):
        if event.kind in _CHANGES:
            known = books._state.connections.get(frame.connection)
            named = known.channels.get(event.channel, ("", None))[0] if known is not None else ""
            found.add(event.symbol or named)
    return found - {""}


def _numbers(books: ExchangeBooks, frame: Frame) -> list[tuple[Any, ...]]:
    """What an event says beside its levels: its sequence, and the channel that it names."""
    return [
        ((event.kind, event.symbol, event.first, event.last, event.previous, event.connection_sequence), event.channel)
        for event in _events(books, frame)
    ]
