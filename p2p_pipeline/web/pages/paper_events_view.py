"""Lines of a log as the page Events shows them: which ones are asked for, and what each of them says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.foreign_text import shown
from p2p_pipeline.paper.log.index import Filter, Line, LogIndex
from p2p_pipeline.web.paper_figures import PaperFigures
from p2p_pipeline.web.paper_read import moment_of
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.paper_events import LEVELS, sentence_of, type_texts

USUAL_LINES = 50
MOST_LINES = 500
_TIMES = ("%H:%M:%S", "%H:%M")


@dataclass(frozen=True, slots=True)
class AskedLines:
    """What an address asks for."""

    wanted: Filter
    skip: int | None
    """Lines of the filter before the first one that is shown; None: the newest ones."""
    limit: int
    number: int | None
    """A line to go to."""
    at: str
    """A time to go to, as it was typed."""

    def values(self, **changed: str) -> dict[str, str]:
        """For an address that asks for the same, but for what is changed."""
        told = {"type": self.wanted.type, "symbol": self.wanted.symbol, "text": self.wanted.text}
        return {**told, "from": "" if self.skip is None else str(self.skip + 1), **changed}


def asked_lines(given: Mapping[str, str]) -> AskedLines:
    """Read an address. Raises InvalidInput."""
    wanted = Filter(given.get("type", "")[:40], given.get("symbol", "").upper()[:40], given.get("text", "")[:80])
    first = _count(given, "from")
    limit = min(_count(given, "limit") or USUAL_LINES, MOST_LINES)
    return AskedLines(
        wanted, None if first is None else max(0, first - 1), limit, _count(given, "number"), given.get("at", "")
    )


def _count(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name, "").replace(",", "").replace(" ", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise InvalidInput("{name} was {text!r}; write the number of a line, from 1 on", name=name, text=text[:40])
    return int(text)


def lines_told(index: LogIndex, asked: AskedLines, words: Words, tell: PaperFigures) -> dict[str, Any]:
    """What the page is sent: how many lines there are, how many the filter lets through, and the ones asked for."""
    skip = asked.skip
    if asked.number is not None:
        skip = index.place_of(asked.wanted, asked.number)
    elif asked.at:
        skip = index.place_at(asked.wanted, _moment(asked.at, index, tell.figures.zone))
    count, lines = index.matching(asked.wanted, skip or 0, asked.limit if skip is not None else 0)
    if skip is None:
        skip = max(0, count - asked.limit)
        count, lines = index.matching(asked.wanted, skip, asked.limit)
    types = type_texts(words)
    return {
        "total": index.count(),
        "count": count,
        "skip": skip,
        "lines": [_told(line, words, tell, types) for line in lines],
    }


def _told(line: Line, words: Words, tell: PaperFigures, types: Mapping[str, str]) -> dict[str, Any]:
    said = orjson.loads(line.body)
    kind = str(said.get("type", ""))
    return {
        "n": line.number,
        "at": said.get("at", 0),
        "clock": tell.clock(said.get("at", 0)),
        "type": types.get(kind, kind),
        "level": LEVELS.get(kind, ""),
        "sentence": shown(sentence_of(said, words, tell)),
    }


def _moment(text: str, index: LogIndex, zone: ZoneInfo) -> int:
    """A day and time, or the first such time of day after the log's beginning. Raises InvalidInput."""
    first = index.lines(0, 1)
    began = moment_of(orjson.loads(first[0].body)["at"] if first else 0).astimezone(zone)
    for form in _TIMES:
        try:
            clock = datetime.strptime(text.strip(), form).time()  # noqa: DTZ007 - the zone is the reader's
        except ValueError:
            continue
        # a log that began at 09:00:00.4 has lines of 09:00:00
        found = datetime.combine(began.date(), clock, zone)
        return _milliseconds(found if found >= began - timedelta(minutes=1) else found + timedelta(days=1))
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(
            "at was {text!r}; write a time such as 14:05:30, or a day with it, 2026-11-30T14:05", text=text[:40]
        ) from None
    return _milliseconds(found if found.tzinfo else found.replace(tzinfo=zone))


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
