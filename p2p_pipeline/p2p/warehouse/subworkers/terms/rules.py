"""The rules of classes.yaml, compiled.

A rule's words become a regular expression in which every repetition is bounded and no two neighbours can match the same
letter: the time to try it at one place has a limit, whatever the text is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from p2p_pipeline.p2p.warehouse.subworkers.terms.text import fold_pattern

_GAP = r"[\W_]{1,3}"
_WORDS_BETWEEN = {"*": r"(?:[^\W_]{1,20}[\W_]{1,3}){0,2}", "**": r"(?:[^\W_]{1,20}[\W_]{1,3}){0,5}"}
_CHARACTERS_BETWEEN = {"*": r"[^。！？；\n]{0,8}?", "**": r"[^。！？；\n]{0,16}?"}
_ARABIC_PREFIX = "(?:[وفبلك]?ال|لل|[وفبلك])?"

_is_ideographic = re.compile("[\u3400-\u9fff]").search
_is_arabic = re.compile("[\u0600-\u06ff]").search
_has_word = re.compile(r"[^\W_]").search


@dataclass(frozen=True, slots=True)
class Rules:
    """What makes up one class."""

    topics: Mapping[str, re.Pattern[str]]
    statements: Mapping[str, re.Pattern[str]]
    cues: Mapping[str, re.Pattern[str]]
    near: str | None
    """The value that a negation right before a topic gives."""
    outranks: tuple[frozenset[str], ...]
    """Values in order: of these groups only the first one found is kept."""


@lru_cache(maxsize=1)
def rules() -> Mapping[str, Rules]:
    """All classes, by name."""
    return {name: _rules(entry) for name, entry in _document()["classes"].items()}


@lru_cache(maxsize=1)
def negations() -> re.Pattern[str]:
    """Words that turn round what comes right after them."""
    return _any_of(_document()["negations"])


@lru_cache(maxsize=1)
def _document() -> Any:
    return yaml.safe_load((resources.files(__package__) / "classes.yaml").read_text(encoding="utf-8"))


def _rules(entry: Mapping[str, Any]) -> Rules:
    def compiled(kind: str) -> Mapping[str, re.Pattern[str]]:
        return {value: _any_of(patterns) for value, patterns in entry.get(kind, {}).items()}

    return Rules(
        compiled("topics"),
        compiled("statements"),
        compiled("cues"),
        entry.get("near"),
        tuple(frozenset(group.split("|")) for group in entry.get("outranks", ())),
    )


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    # Longer ones first: `not accepted` is tried before `not`.
    ordered = sorted({str(pattern) for pattern in patterns}, key=len, reverse=True)
    spaced: list[str] = []
    other: list[str] = []
    for pattern in ordered:
        is_free = _is_ideographic(pattern) or not _has_word(pattern)
        (other if is_free else spaced).append("".join(_free(pattern) if is_free else _spaced(pattern)))
    choices = list(other)
    if spaced:
        choices.append(rf"(?<![^\W_])(?:{'|'.join(spaced)})(?![^\W_])")
    return re.compile("|".join(choices))


def _spaced(pattern: str) -> Iterator[str]:
    parts = pattern.split()
    for number, part in enumerate(parts):
        if part in _WORDS_BETWEEN:
            yield _WORDS_BETWEEN[part]
            continue
        yield f"(?:{'|'.join(map(_word, part.split('/')))})"
        if number + 1 < len(parts):
            yield _GAP


def _word(word: str) -> str:
    prefix = _ARABIC_PREFIX if _is_arabic(word) else ""
    ending = r"[^\W_]{0,8}" if word.endswith("~") else ""
    return prefix + re.escape(fold_pattern(word.rstrip("~"))) + ending


def _free(pattern: str) -> Iterator[str]:
    for part in re.split(r"(\*+)", pattern):
        yield _CHARACTERS_BETWEEN.get(part) or re.escape(fold_pattern(part.replace(" ", "")))
