"""Take a remark apart: which of its words are banks, and which say that a bank is taken or turned away."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from p2p_pipeline.p2p.offers.name_folding import fold_name, fold_text
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap

_MOST_ENDING = 3
_MOST_WORDS = 3
_MOST_BEFORE_VERB = 2
"""So many words may stand between a negation and its verb: "do not currently accept"."""

_words_of = re.compile(r"[^\W_]+(?:['’][^\W_]+)?").finditer
# What may stand between the words of one name: "Т-Банк", "Альфа «Банк»".
_is_joint = re.compile(r"[ \t\-–—\"«»]{1,3}").fullmatch
_is_space = re.compile(r"[ \t]+").fullmatch
# A dash that ends an item: "ВТБ -, Сбер +". One before a word is a minus only beside a plus: else it is a list's.
_trailing_dash = re.compile(r"(?<=[\w:])[ \t]*[-–—]+[ \t]*(?=[,;|/\n]|$)")
_leading_dash = re.compile(r"(?<!\w)[-–—](?=\w)")
_NEW_LINES = frozenset("\n•●▪")
_ENDS = frozenset(".!?;")
_SEPARATORS = frozenset(",|/")
_REFUSING_SIGN = "✖"


class Kind(Enum):
    """What a part of a remark does to the banks around it."""

    BANK = auto()
    REFUSES_AFTER = auto()
    """"кроме", "except": turns away what follows."""
    REFUSES_BEFORE = auto()
    """The same in languages where it follows: "hariç"."""
    REFUSES_EITHER = auto()
    """"нет", "no": before or after a bank."""
    NEGATION = auto()
    """"не", "not": belongs to what follows; with nothing to negate, to what stands before."""
    NEGATED_VERB = auto()
    REFUSING_SIGN = auto()
    ACCEPTING_SIGN = auto()
    ACCEPTING = auto()
    ONLY = auto()
    OBJECT = auto()
    """What else a negation may be about: third parties, other banks."""
    CONNECTING = auto()
    COMMA = auto()
    COLON = auto()
    LINE = auto()
    END = auto()
    OTHER = auto()


_USES = {
    "only": Kind.ONLY,
    "refusing_verbs": Kind.NEGATED_VERB,
    "refusing_either": Kind.REFUSES_EITHER,
    "negating": Kind.NEGATION,
    "refusing": Kind.REFUSES_AFTER,
    "refusing_before": Kind.REFUSES_BEFORE,
    "accepting": Kind.ACCEPTING,
    "objects": Kind.OBJECT,
    "connecting": Kind.CONNECTING,
}
"""The lists of words in the payment map, in the order they are looked up."""


@dataclass(slots=True)
class Part:
    """A bank, or something around it."""

    kind: Kind
    code: str = ""
    is_refused: bool = False


class _Words:
    """Words and word sequences with their meanings; a final `~` allows for an ending of up to three letters."""

    def __init__(self, patterns: Iterable[tuple[str, str]], never_endings: frozenset[str] = frozenset()) -> None:
        self._exact: dict[str, str] = {}
        self._stems: dict[str, str] = {}
        self._never_endings = never_endings
        for pattern, meaning in patterns:
            (self._stems if pattern.endswith("~") else self._exact)[fold_name(pattern)] = meaning
        self._most_characters = max(map(len, (*self._exact, *self._stems)), default=0) + _MOST_ENDING

    def meaning(self, skeleton: str, last_word: str = "") -> str | None:
        """What a word means, or words joined of which `last_word` is the last; None where they mean nothing.

        An ending is never a word: "Сбербанк не" is no case of "Сбербанк".
        """
        if len(skeleton) > self._most_characters:
            return None
        found = self._exact.get(skeleton)
        if found is not None:
            return found
        most = min(_MOST_ENDING, len(skeleton) - 1, len(last_word or skeleton) - 1)
        for length in range(most + 1):
            found = self._stems.get(skeleton[: len(skeleton) - length])
            if found is not None and skeleton[len(skeleton) - length :] not in self._never_endings:
                return found
        return None


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    banks: _Words
    uses: _Words
    refusing_signs: frozenset[str]
    accepting_signs: frozenset[str]

    def kind(self, word: str) -> Kind:
        use = self.uses.meaning(word)
        return Kind.OTHER if use is None else _USES[use]


@lru_cache(maxsize=64)
def _vocabulary(fiat: str) -> _Vocabulary:
    payment_map = PaymentMap.load()
    listed = payment_map.remark_words
    # Later ones win in a dictionary: the first use of a word is the one that counts.
    uses = [(word, use) for use in reversed(_USES) for word in listed.get(use, ())]
    negations = (word for use in ("negating", "refusing_either", "refusing") for word in listed.get(use, ()))
    banks = _Words(
        (
            (pattern, method.code)
            for method in payment_map.methods.values()
            if not method.fiats or fiat in method.fiats
            for pattern in method.remarks
        ),
        frozenset(map(fold_name, negations)),
    )
    refusing, accepting = (
        frozenset(fold_text("".join(listed.get(signs, ())))) for signs in ("refusing_signs", "accepting_signs")
    )
    return _Vocabulary(banks, _Words(uses), refusing, accepting)


_Word = tuple[str, int, int]


def parts_of(folded: str, fiat: str) -> list[Part]:
    """A folded remark as a row of banks and of what matters around them. Takes time in proportion to its length."""
    vocabulary = _vocabulary(fiat)
    folded = _with_signs_for_dashes(folded)
    words = [(match[0].replace("'", "").replace("’", ""), match.start(), match.end()) for match in _words_of(folded)]
    parts: list[Part] = []
    position = 0
    previous_end = 0
    while position < len(words):
        parts += _signs(folded[previous_end : words[position][1]], vocabulary)
        part, used = _part_at(folded, words, position, vocabulary)
        parts.append(part)
        position += used
        previous_end = words[position - 1][2]
    parts += _signs(folded[previous_end:], vocabulary)
    return parts


def _with_signs_for_dashes(folded: str) -> str:
    marked = _trailing_dash.sub(_REFUSING_SIGN, folded)
    return _leading_dash.sub(_REFUSING_SIGN, marked) if "+" in marked else marked


def _signs(gap: str, vocabulary: _Vocabulary) -> list[Part]:
    kinds = (_kind_of_sign(character, vocabulary) for character in gap)
    return [Part(kind) for kind in kinds if kind is not None]


def _kind_of_sign(character: str, vocabulary: _Vocabulary) -> Kind | None:
    if character in _SEPARATORS:
        return Kind.COMMA
    if character == ":":
        return Kind.COLON
    if character in _NEW_LINES:
        return Kind.LINE
    if character in _ENDS:
        return Kind.END
    if character in vocabulary.refusing_signs:
        return Kind.REFUSING_SIGN
    return Kind.ACCEPTING_SIGN if character in vocabulary.accepting_signs else None


def _part_at(text: str, words: list[_Word], position: int, vocabulary: _Vocabulary) -> tuple[Part, int]:
    """What the word at a position (perhaps with the next ones) is, and how many words that took."""
    joined = ""
    names: list[str] = []
    for index in range(position, min(position + _MOST_WORDS, len(words))):
        if index > position and not _is_joint(text[words[index - 1][2] : words[index][1]]):
            break
        joined += words[index][0]
        names.append(joined)
    for used in range(len(names), 0, -1):
        code = vocabulary.banks.meaning(names[used - 1], words[position + used - 1][0])
        if code is not None:
            return Part(Kind.BANK, code), used
    kind = vocabulary.kind(words[position][0])
    if kind in (Kind.NEGATION, Kind.REFUSES_EITHER):
        negated = _negated(text, words, position, vocabulary)
        if negated is not None:
            return negated
    return Part(kind), 1


def _negated(text: str, words: list[_Word], position: int, vocabulary: _Vocabulary) -> tuple[Part, int] | None:
    """A negation with what it negates: "не только", "не принимаю", "do not currently accept"; None without."""
    for index in range(position + 1, min(position + 2 + _MOST_BEFORE_VERB, len(words))):
        if not _is_space(text[words[index - 1][2] : words[index][1]]):
            return None
        word = words[index][0]
        kind = vocabulary.kind(word)
        if kind is Kind.ONLY and index == position + 1:
            return Part(Kind.OTHER), 2
        if kind is Kind.ACCEPTING:
            return Part(Kind.NEGATED_VERB), index - position + 1
        if kind not in (Kind.OTHER, Kind.CONNECTING) or vocabulary.banks.meaning(word) is not None:
            return None
    return None
