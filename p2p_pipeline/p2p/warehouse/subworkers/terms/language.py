"""In which language a text is written: by its alphabet, and by common words where languages share one.

No library: the one that was found to be well kept, py3langid, costs 100 MB of memory for this one column. On our own
labelled texts it is right on all and this on nearly all of them; docs/subworkers.md has the numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

NO_LANGUAGE = "none"
"""A text without words."""
UNKNOWN = "unknown"
_MOST_CHARACTERS = 2000
"""Enough to tell a language by."""
_LETTERS_COUNT = 2

_words = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?").findall
# Kana and letters of Persian and Urdu tell these from Chinese and Arabic.
_KANA = re.compile("[\u3040-\u30ff]")
_PERSIAN = re.compile("[پچژگ]")
_URDU = re.compile("[ٹڈڑںے]")


@dataclass(frozen=True, slots=True)
class _Language:
    code: str
    words: frozenset[str]
    letters: frozenset[str]


def language_of(text: str) -> str:
    """Its two-letter code; `none` where there are no words, `unknown` where none of the languages known here fits."""
    plain = unicodedata.normalize("NFKC", text[:_MOST_CHARACTERS])
    plain = "".join(letter for letter in plain if unicodedata.category(letter) != "Cf").casefold()
    scripts = Counter(_script(letter) for letter in plain if letter.isalpha())
    if not scripts:
        return NO_LANGUAGE
    # A Chinese or Arabic text names banks and apps in Latin letters, and never the other way round.
    others = Counter({name: count for name, count in scripts.items() if name != "LATIN"})
    script, count = (others or scripts).most_common(1)[0]
    if scripts["LATIN"] > 3 * count:
        script = "LATIN"
    return _of_script(script, plain)


def _of_script(script: str, plain: str) -> str:
    if script in ("CJK", "HIRAGANA", "KATAKANA"):
        return "ja" if _KANA.search(plain) else "zh"
    if script == "ARABIC":
        if _URDU.search(plain):
            return "ur"
        return "fa" if _PERSIAN.search(plain) else "ar"
    languages = _languages().get(script)
    return _single_languages().get(script, UNKNOWN) if languages is None else _by_words(plain, script, languages)


def _by_words(plain: str, script: str, languages: tuple[_Language, ...]) -> str:
    words = _words(plain)
    seen = set(plain)
    scores = {
        language.code: sum(word in language.words for word in words)
        + _LETTERS_COUNT * sum(letter in seen for letter in language.letters)
        for language in languages
    }
    best = max(scores, key=lambda code: scores[code])
    if scores[best] > 0:
        return best
    return languages[0].code if script == "CYRILLIC" else UNKNOWN


@lru_cache(maxsize=65_536)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0]


@lru_cache(maxsize=1)
def _document() -> Any:
    return yaml.safe_load((resources.files(__package__) / "languages.yaml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _languages() -> Mapping[str, tuple[_Language, ...]]:
    return {
        script.upper(): tuple(
            _Language(code, frozenset(entry["words"].split()), frozenset(entry.get("letters", "")))
            for code, entry in _document()[script].items()
        )
        for script in ("latin", "cyrillic")
    }


@lru_cache(maxsize=1)
def _single_languages() -> Mapping[str, str]:
    found: Mapping[str, str] = _document()["scripts"]
    return found
