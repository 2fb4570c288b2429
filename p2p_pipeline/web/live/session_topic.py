"""What is told of a paper session at its socket: the board once, then what each second changed, and new log lines.

A tick has the board's head whole and of each symbol only the fields that changed: applied to the snapshot it gives the
next board. Log lines go out as they stand in the log, numbered by it. A client that is too far behind gets the whole
board; `events` in it says up to which line the log has been told, so that a gap is seen and can be asked for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from p2p_pipeline.kernel.foreign_text import shown_json
from p2p_pipeline.paper.board import SessionBoard, SymbolRow
from p2p_pipeline.web.bodies import body_of
from p2p_pipeline.web.live.topic import HEARTBEAT_SECONDS, Frame, digits_of

MOST_TICKS_BEHIND = 5
"""Seconds; a client further behind gets the whole board: what lies between is of no use any more."""
MOST_FRAMES_KEPT = 120
"""A tick of 600 symbols has 80 kB; who was away for longer gets the whole board."""
MOST_LINES_KEPT = 5_000
"""Of the log, for who comes back; what is older the API gives."""
LINES_A_FRAME = 500
_ROW_FIELDS = tuple(field.name for field in msgspec.structs.fields(SymbolRow))


@dataclass(frozen=True, slots=True)
class SessionFrame(Frame):
    """A frame, and which board and line of the log have been told with it."""

    sequence: int
    events: int


class SessionTopic:
    """The frames of one session, for all who look at it."""

    def __init__(self, session: str, now: Callable[[], datetime]) -> None:
        self.session = session
        self.number = 0
        """Counts frames of this process; clients never see it."""
        self.events = 0
        """The last line of the log that was told, or was there before."""
        self._now = now
        self._board: SessionBoard | None = None
        self._rows: dict[str, SymbolRow] = {}
        self._frames: deque[SessionFrame] = deque(maxlen=MOST_FRAMES_KEPT)
        self._lines: deque[tuple[int, bytes]] = deque(maxlen=MOST_LINES_KEPT)
        self._snapshot: SessionFrame | None = None
        self._changed = asyncio.Event()

    @property
    def sequence(self) -> int:
        """Of the newest board."""
        return self._board.sequence if self._board else 0

    def show(self, board: SessionBoard) -> bool:
        """Take a newer board; whether it was one."""
        before, rows = self._board, {row.symbol: row for row in board.rows}
        if before == board:
            return False
        is_first = before is None or board.sequence <= before.sequence
        told = None if is_first else self._tick(board, rows)
        self._board, self._rows, self._snapshot = board, rows, None
        if told is None:
            # Nothing that was told before leads to this one.
            self._frames = deque((one for one in self._frames if _is_of_lines(one)), maxlen=MOST_FRAMES_KEPT)
        self._tell(self.snapshot().text if told is None else told)
        return True

    def _tick(self, board: SessionBoard, rows: Mapping[str, SymbolRow]) -> str:
        changed = {name: changed_of(self._rows.get(name), row) for name, row in rows.items() if self._is_new(row)}
        gone = sorted(self._rows.keys() - rows.keys())
        told = {"type": "tick", "sequence": board.sequence, "at": board.at, "head": head_of(board), "rows": changed}
        return body_of({**told, **({"gone": gone} if gone else {})}).decode()

    def append(self, lines: Sequence[tuple[int, bytes]]) -> None:
        """New lines of the log, in their order."""
        self._lines.extend(lines)
        for first in range(0, len(lines), LINES_A_FRAME):
            some = lines[first : first + LINES_A_FRAME]
            self.events = some[-1][0]
            self._tell(_lines_text(some))

    def remember(self, lines: Sequence[tuple[int, bytes]]) -> None:
        """Lines that were there before anybody looked: told to nobody who doesn't ask for them."""
        self._lines.extend(lines)
        self.events = lines[-1][0] if lines else self.events

    def hello(self) -> str:
        """What a client hears first."""
        return body_of(
            {"type": "hello", "session": self.session, **self._where, "heartbeat_seconds": HEARTBEAT_SECONDS}
        ).decode()

    def heartbeat(self) -> str:
        """What it hears when nothing changes, also of a session that has ended."""
        return body_of({"type": "heartbeat", **self._where}).decode()

    @property
    def _where(self) -> dict[str, Any]:
        return {"server_time": self._now(), "sequence": self.sequence, "events": self.events}

    def snapshot(self) -> SessionFrame:
        """The whole board; null before the first."""
        if self._snapshot is None:
            board = msgspec.to_builtins(self._board)
            told = {"type": "snapshot", "sequence": self.sequence, "events": self.events, "board": board}
            self._snapshot = SessionFrame(self.number, body_of(told).decode(), self.sequence, self.events)
        return self._snapshot

    def frames_after(self, number: int | None) -> Sequence[SessionFrame]:
        """What a client that has got `number` has to hear."""
        if number == self.number:
            return []
        after = [frame for frame in self._frames if number is not None and frame.number > number]
        is_whole = number is not None and len(after) == self.number - number
        ticks = len({frame.sequence for frame in after})
        if is_whole and ticks <= MOST_TICKS_BEHIND:
            return after
        # Lines are appended, not replaced: of them it misses none that can still be given.
        lines = [frame for frame in after if is_whole and _is_of_lines(frame)]
        return [*self._as_newest(lines), self.snapshot()]

    def missed(self, sequence: int, event: int) -> Sequence[SessionFrame]:
        """What a client has to hear that had the board `sequence` and wants the log from the line `event` on."""
        return self._as_newest([*self._boards_after(sequence), *self._lines_from(event)])

    def _as_newest(self, frames: Sequence[SessionFrame]) -> list[SessionFrame]:
        """With them a client has everything up to now: what else was told meanwhile is not told again."""
        return [replace(frame, number=self.number) for frame in frames]

    def _boards_after(self, sequence: int) -> Sequence[SessionFrame]:
        if sequence == self.sequence:
            return []
        ticks = [frame for frame in self._frames if not _is_of_lines(frame)]
        after = [frame for frame in ticks if frame.sequence > sequence]
        leads = any(frame.sequence == sequence for frame in ticks)
        return after if leads and sequence < self.sequence else [self.snapshot()]

    def _lines_from(self, event: int) -> Sequence[SessionFrame]:
        lines = [one for one in self._lines if one[0] >= event]
        if not lines or lines[0][0] != max(event, 1):
            return []
        return [
            SessionFrame(self.number, _lines_text(lines[at : at + LINES_A_FRAME]), self.sequence, self.events)
            for at in range(0, len(lines), LINES_A_FRAME)
        ]

    def resume_of(self, message: Mapping[str, Any]) -> tuple[int, int] | None:
        """Where a client's message says that it was: `{"resume": {"sequence": 4711, "event": 120}}`."""
        asked = message.get("resume")
        if not isinstance(asked, dict):
            return None
        sequence, event = asked.get("sequence"), asked.get("event")
        return (sequence, event) if type(sequence) is int and type(event) is int else None

    def resume_in(self, query: Mapping[str, str]) -> tuple[int, int] | None:
        """The same of its address, `?sequence=4711&event=120`."""
        sequence, event = digits_of(query.get("sequence")), digits_of(query.get("event"))
        return None if sequence is None or event is None else (sequence, event)

    async def changed(self) -> None:
        """Wait for the next change."""
        await self._changed.wait()

    def _is_new(self, row: SymbolRow) -> bool:
        return self._rows.get(row.symbol) != row

    def _tell(self, text: str) -> None:
        self.number += 1
        self._frames.append(SessionFrame(self.number, text, self.sequence, self.events))
        self._snapshot = None
        event, self._changed = self._changed, asyncio.Event()
        event.set()


_LINES_BEGIN = '{"type":"events_append"'


def _is_of_lines(frame: SessionFrame) -> bool:
    return frame.text.startswith(_LINES_BEGIN)


def _lines_text(lines: Sequence[tuple[int, bytes]]) -> str:
    """As they stand in the log: what was written as JSON there is JSON here."""
    joined = b",".join(line for _, line in lines).decode()
    return f'{_LINES_BEGIN},"from":{lines[0][0]},"lines":[{shown_json(joined)}]}}'


def head_of(board: SessionBoard) -> dict[str, Any]:
    """Everything of a board but its rows."""
    found: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(board, rows=()))
    del found["rows"]
    return found


def changed_of(before: SymbolRow | None, row: SymbolRow) -> dict[str, Any]:
    """The fields of a row that changed; all of a new one."""
    names = (
        _ROW_FIELDS if before is None else [name for name in _ROW_FIELDS if getattr(before, name) != getattr(row, name)]
    )
    return {name: getattr(row, name) for name in names}
