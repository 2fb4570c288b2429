"""A text as the rules read it: without case and accents, each word in one alphabet, and where each letter came from."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from p2p_pipeline.p2p.offers.name_folding import fold_text

MOST_CHARACTERS = 20_000
"""What comes after is not read: a venue allows about a thousand."""
_MOST_EVIDENCE = 200

_CYRILLIC = re.compile("[\u0400-\u052f]")
_LATIN = re.compile("[a-z]")
_word_positions = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+").finditer
_DROPPED = ("Mn", "Me", "Cf")
_TATWEEL = "\u0640"
# Traditional and simplified Chinese, and two Arabic letters that are written either way.
_VARIANTS = str.maketrans(
    "稱賬帳號應證視頻轉備註傳間營業時須實與內聯電報無戶請圖單據護賣買額驗嚴絕謝進姓碼機飛紙騙詐銀ةى",
    "称账账号应证视频转备注传间营业时须实与内联电报无户请图单据护卖买额验严绝谢进姓码机飞纸骗诈银هي",
)
_SIGNS = "❌⛔🚫✖❎🙅"
_ends_statement = re.compile(
    # A point after a digit belongs to a number; a sign before words belongs to them, after words it ends them.
    rf"(?<!\d)\.(?=\s|$)|[!?;\n。！？；؟؛•●▪✅✔☑|]|(?=[{_SIGNS}][ \t]*\w)|(?<=[{_SIGNS}])(?![ \t]*\w)"
).finditer


@dataclass(frozen=True, slots=True)
class ReadText:
    """What the rules are matched against, and the way back to the text."""

    original: str
    plain: str
    origins: tuple[int, ...]
    """For each character of `plain`, where in `original` it came from."""
    word_starts: tuple[int, ...]
    ends: tuple[int, ...]
    """Where statements end, in `plain`."""

    def statement(self, position: int) -> int:
        """Which statement, counted from 0, a position lies in."""
        return bisect_right(self.ends, position)

    def word(self, position: int) -> int:
        """How many words begin at or before a position."""
        return bisect_right(self.word_starts, position)

    def evidence(self, start: int, end: int) -> str:
        """The part of the original that a part of `plain` came from."""
        if start >= end:
            return ""
        return self.original[self.origins[start] : self.origins[end - 1] + 1][:_MOST_EVIDENCE]


def read(text: str) -> ReadText:
    """Make a text ready for the rules, in time in proportion to its length."""
    original = text[:MOST_CHARACTERS]
    letters: list[str] = []
    origins: list[int] = []
    for position, character in enumerate(original):
        folded = _folded(character)
        letters.append(folded)
        origins.extend([position] * len(folded))
    plain = _one_alphabet("".join(letters))
    return ReadText(
        original,
        plain,
        tuple(origins),
        tuple(match.start() for match in _word_positions(plain)),
        tuple(
            sorted(
                {max(match.end(), match.start() + 1) if match[0] else match.start() for match in _ends_statement(plain)}
            )
        ),
    )


def fold_pattern(text: str) -> str:
    """The same for a rule's words, which are in one alphabet each."""
    return "".join(map(_folded, text))


@lru_cache(maxsize=65_536)
def _folded(character: str) -> str:
    if character == _TATWEEL or unicodedata.category(character) in _DROPPED:
        return ""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    bare = "".join(letter for letter in plain if unicodedata.category(letter) not in _DROPPED)
    # Cyrillic stays what it is: `по` and `не` would become the English `no` and `he`.
    return (bare if _CYRILLIC.search(bare) else fold_text(character)).translate(_VARIANTS)


@lru_cache(maxsize=1)
def _twins() -> tuple[dict[int, str], dict[int, str]]:
    """Cyrillic letters to the Latin ones they look like, and back."""
    # No capitals here, so those small letters are left out that look alike only as capitals, but the usual ones.
    to_latin = {letter: fold_text(letter) for letter in "аеорсухікмтнв"}
    to_cyrillic = {latin: cyrillic for cyrillic, latin in to_latin.items()}
    to_cyrillic |= {"h": "н", "b": "в", "m": "м", "k": "к", "t": "т"}
    return str.maketrans(to_latin), str.maketrans(to_cyrillic)


def _one_alphabet(plain: str) -> str:
    """Words that mix Latin and Cyrillic letters in one of the two; the length stays."""
    if not _CYRILLIC.search(plain) or not _LATIN.search(plain):
        return plain
    to_latin, to_cyrillic = _twins()
    is_mostly_cyrillic = len(_CYRILLIC.findall(plain)) > len(_LATIN.findall(plain))

    def repaired(match: re.Match[str]) -> str:
        word = match[0]
        if not _LATIN.search(word):
            return word
        if _CYRILLIC.search(word):
            as_latin = word.translate(to_latin)
            return word.translate(to_cyrillic) if _CYRILLIC.search(as_latin) else as_latin
        # `HET` in a Russian text, all of it in Latin letters.
        as_cyrillic = word.translate(to_cyrillic)
        return as_cyrillic if is_mostly_cyrillic and not _LATIN.search(as_cyrillic) else word

    return re.sub(r"[^\W_]+", repaired, plain)
