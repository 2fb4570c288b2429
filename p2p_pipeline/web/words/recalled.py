"""Sentences that were stored in English (a reason in the lake, an outcome of a check), told again with their parts.

Tables keep one language. What a sentence was made of is found by the templates of the catalogue: one whose own words
are all in the text, and which gives the text again, letter by letter, with what stands between them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from string import Formatter

from p2p_pipeline.kernel.told import Digits, Told, joined
from p2p_pipeline.web.words.languages import LANGUAGES, templates

_NUMBER = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?(?: ?%)?")
_WORDS = re.compile(r"[a-z]{2,} [a-z]{2,}")
_LEAST_LETTERS = 6
"""Of its own, in a template that is looked for by itself: fewer stand in any text."""
_DEEPEST = 8
_NAMES = frozenset({"field", "path"})
"""Values that are names in a venue's answer: `price` is no price there."""
_REMEMBERED = 4096
MOST_CHARACTERS = 2000


class _Part(str):
    """A value as it stood in the text, whatever its template does to values."""

    __slots__ = ()

    def __format__(self, _: str) -> str:
        return str.__str__(self)

    def __repr__(self) -> str:
        return str.__str__(self)


class _Number(_Part, Digits):
    """A number as it stood there."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Known:
    """A template that can be looked for."""

    template: str
    pieces: tuple[tuple[str, str], ...]
    """Its own words and the value after them, in order; the last may have no value."""
    letters: int
    """Of its own."""
    plain: frozenset[str]
    """The values that may be sentences themselves."""

    @classmethod
    def of(cls, template: str) -> _Known | None:
        """None for one whose braces are no names of values."""
        try:
            parsed = list(Formatter().parse(template))
        except ValueError:
            return None
        pieces = tuple((text, name or "") for text, name, _, _ in parsed)
        plain = frozenset(name for _, name, spec, conversion in parsed if name and not spec and not conversion) - _NAMES
        if not any(name for _, name in pieces) or not all(name.isidentifier() or not name for _, name in pieces[:-1]):
            return None
        return cls(template, pieces, sum(letter.isalpha() for text, _ in pieces for letter in text), plain)

    @property
    def marks(self) -> str:
        """All of its own."""
        return "|".join(text for text, _ in self.pieces)

    def values_in(self, text: str) -> dict[str, str] | None:
        """What stands between its own words, looked for from the end; None where they aren't all there.

        Nothing is tried twice: a stranger's text must not take long.
        """
        found: dict[str, str] = {}
        for place, (own, name) in reversed(tuple(enumerate(self.pieces))):
            # A value right after another one gets nothing: the one before it has all.
            at = _last_place(text, own, is_first=place == 0, is_end=not name)
            if at < 0 or found.setdefault(name, text[at + len(own) :]) != text[at + len(own) :]:
                return None
            text = text[:at]
        found.pop("", None)
        return None if text else found


def _last_place(text: str, own: str, *, is_first: bool, is_end: bool) -> int:
    if is_first:
        return 0 if text.startswith(own) and (not is_end or text == own) else -1
    if is_end:
        return len(text) - len(own) if text.endswith(own) else -1
    return text.rfind(own)


@cache
def _known() -> tuple[_Known, ...]:
    found = [_Known.of(template) for template in sorted(templates(LANGUAGES[1])) if "{" in template]
    # Templates without words are told apart by nothing but their marks; without brackets they are in any text.
    by_marks = {one.marks: one for one in found if one and not one.letters and "(" in one.marks}
    worded = [one for one in found if one and one.letters]
    return tuple(sorted([*worded, *by_marks.values()], key=lambda one: -one.letters))


@cache
def _clauses() -> tuple[str, ...]:
    """How clauses that follow a sentence begin."""
    starts = (one.pieces[0][0] for one in _known())
    return tuple(start for start in starts if start.startswith(", ") and len(start) > _LEAST_LETTERS)


def recalled(text: str) -> str:
    """A stored sentence as a Told where its template is known; else the text as it is."""
    return _told(text, 0) or text if len(text) <= MOST_CHARACTERS else text


# Remembered with all that lies within it, or a text of brackets in brackets would be read again and again.
@lru_cache(maxsize=_REMEMBERED)
def _told(text: str, depth: int) -> Told | None:
    if text in templates(LANGUAGES[1]) and text:
        return Told(text)
    told = _told_in_clauses(text, depth)
    for one in _known() if depth < _DEEPEST and told is None else ():
        values = one.values_in(text)
        if values is not None:
            parts = {name: _value(part, depth) if name in one.plain else _part(part) for name, part in values.items()}
            if one.letters >= _LEAST_LETTERS or all(_fits_anywhere(part, depth) for part in parts.values()):
                found = Told(one.template, **parts)
                if found == text:
                    return found
    return told or _told_in_parts(text, depth)


def _told_in_clauses(text: str, depth: int) -> Told | None:
    """A sentence with clauses after it that have texts of their own, such as `, the lowest in {span}`."""
    places = [text.find(own, 1) for own in _clauses()] if depth and depth < _DEEPEST else []
    at = min((place for place in places if place > 0), default=0)
    return joined("", [_value(text[:at], depth), _value(text[at:], depth)]) if at else None


def _told_in_parts(text: str, depth: int) -> Told | None:
    """Sentences in a row, of which at least one is known."""
    for between in ("; ", ", "):
        parts = text.split(between)
        told = [_told(part, depth + 1) for part in parts] if len(parts) > 1 and depth < _DEEPEST else []
        if any(told):
            return joined(between, [one or _part(part) for one, part in zip(told, parts, strict=True)])
    return None


def _fits_anywhere(part: str, depth: int) -> bool:
    """Whether a value may stand in a template that has hardly a word of its own: no words of which nothing is known."""
    return isinstance(part, Told | _Number) or (depth > 0 and _WORDS.search(part) is None)


def _value(text: str, depth: int) -> str:
    return _told(text, depth + 1) or _part(text)


def _part(text: str) -> str:
    return _Number(text) if _NUMBER.fullmatch(text) else _Part(text)
