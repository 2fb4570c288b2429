"""Read bank names out of sellers' free text.

Since 2026 Bybit's RUB ads name no banks in their payment methods any more; sellers write them in the remark: "только
Т-Банк", "СБП, Сбер", "кроме Альфы". What is read here is what the text says, not what the venue confirms: whoever uses
it marks it so.

A bank that is refused anywhere in a remark is not counted, even if it is named elsewhere too: a profile that asks for a
bank must not be given an offer whose seller turns that bank away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from p2p_pipeline.p2p.offers.name_folding import fold_name, fold_text
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap

_MOST_CHARACTERS = 100_000
_MOST_ENDING = 3
_MOST_WORDS = 3
_MOST_CONNECTING = 4

_words_of = re.compile(r"[^\W_]+(?:['’][^\W_]+)?").finditer
# What may stand between the words of one name: "Т-Банк", "Альфа «Банк»".
_is_joint = re.compile(r"[ \t\-–—\"«»]{1,3}").fullmatch
_ENDS_STATEMENT = frozenset(".!?;\n•●▪✅✔☑")


class _Kind(Enum):
    BANK = auto()
    REFUSING = auto()
    """A word before a bank that turns it away."""
    REFUSING_SIGN = auto()
    """The same as a sign, before or after it."""
    NEGATED_VERB = auto()
    ACCEPTING = auto()
    CONNECTING = auto()
    COMMA = auto()
    END = auto()
    OTHER = auto()


@dataclass(slots=True)
class _Part:
    kind: _Kind
    code: str = ""
    is_refused: bool = False


class _Words:
    """Words and word sequences with their meanings; a final `~` allows for an ending of up to three letters."""

    def __init__(self, patterns: Iterable[tuple[str, str]]) -> None:
        self._exact: dict[str, str] = {}
        self._stems: dict[str, str] = {}
        for pattern, meaning in patterns:
            (self._stems if pattern.endswith("~") else self._exact)[fold_name(pattern)] = meaning
        self._most_characters = max(map(len, (*self._exact, *self._stems)), default=0) + _MOST_ENDING

    def meaning(self, skeleton: str) -> str | None:
        """What a word means, or None."""
        if len(skeleton) > self._most_characters:
            return None
        found = self._exact.get(skeleton)
        for ending in range(min(_MOST_ENDING + 1, len(skeleton))):
            if found is not None:
                break
            found = self._stems.get(skeleton[: len(skeleton) - ending])
        return found


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    banks: _Words
    by_use: dict[str, _Words]
    refusing_signs: frozenset[str]

    def has(self, use: str, skeleton: str) -> bool:
        return self.by_use[use].meaning(skeleton) is not None


_USES = ("refusing", "negating", "accepting", "only", "connecting")


@lru_cache(maxsize=64)
def _vocabulary(fiat: str) -> _Vocabulary:
    payment_map = PaymentMap.load()
    banks = _Words(
        (pattern, method.code)
        for method in payment_map.methods.values()
        if not method.fiats or fiat in method.fiats
        for pattern in method.remarks
    )
    listed = payment_map.remark_words
    by_use = {use: _Words((word, use) for word in listed.get(use, ())) for use in _USES}
    return _Vocabulary(banks, by_use, frozenset(fold_text("".join(listed.get("refusing_signs", ())))))


def banks_in_remark(text: str, fiat: str) -> tuple[str, ...]:
    """Canonical codes of the banks (and SBP and the like) that a remark takes, sorted; refused ones are left out.

    Never raises, and takes time in proportion to the text's length.
    """
    return _banks(text[:_MOST_CHARACTERS], fiat)


# An ad keeps its remark from sweep to sweep: most calls ask for a text that was read thirty seconds ago.
@lru_cache(maxsize=4096)
def _banks(text: str, fiat: str) -> tuple[str, ...]:
    vocabulary = _vocabulary(fiat)
    parts = _parts(fold_text(text)[:_MOST_CHARACTERS], vocabulary)
    for position, part in enumerate(parts):
        if part.kind is _Kind.NEGATED_VERB:
            # "Сбер не принимаю ВТБ" can mean either: neither is counted.
            _refuse_after(parts, position)
            _refuse_before(parts, position)
        elif part.kind is _Kind.REFUSING_SIGN or (part.kind is _Kind.REFUSING and _ends(parts, position + 1)):
            _ = _refuse_after(parts, position) or _refuse_before(parts, position)
        elif part.kind is _Kind.REFUSING:
            _refuse_after(parts, position)
    refused = {part.code for part in parts if part.is_refused}
    return tuple(sorted({part.code for part in parts if part.kind is _Kind.BANK} - refused))


def _parts(text: str, vocabulary: _Vocabulary) -> list[_Part]:
    """The remark as a row of banks and of what matters around them."""
    words = [(match[0].replace("'", "").replace("’", ""), match.start(), match.end()) for match in _words_of(text)]
    parts: list[_Part] = []
    position = 0
    previous_end = 0
    while position < len(words):
        parts += _signs(text[previous_end : words[position][1]], vocabulary)
        part, used = _part_at(text, words, position, vocabulary)
        parts.append(part)
        position += used
        previous_end = words[position - 1][2]
    parts += _signs(text[previous_end:], vocabulary)
    return parts


def _signs(gap: str, vocabulary: _Vocabulary) -> list[_Part]:
    signs: list[_Part] = []
    for character in gap:
        if character == ",":
            signs.append(_Part(_Kind.COMMA))
        elif character in _ENDS_STATEMENT:
            signs.append(_Part(_Kind.END))
        elif character in vocabulary.refusing_signs:
            signs.append(_Part(_Kind.REFUSING_SIGN))
    return signs


def _part_at(text: str, words: list[tuple[str, int, int]], position: int, vocabulary: _Vocabulary) -> tuple[_Part, int]:
    """What the word at a position (perhaps with the next ones) is, and how many words that took."""
    joined = ""
    names: list[str] = []
    for index in range(position, min(position + _MOST_WORDS, len(words))):
        if index > position and not _is_joint(text[words[index - 1][2] : words[index][1]]):
            break
        joined += words[index][0]
        names.append(joined)
    for used in range(len(names), 0, -1):
        code = vocabulary.banks.meaning(names[used - 1])
        if code is not None:
            return _Part(_Kind.BANK, code), used
    word = words[position][0]
    if vocabulary.has("negating", word) and position + 1 < len(words):
        following = words[position + 1][0]
        if vocabulary.has("only", following):
            return _Part(_Kind.OTHER), 2
        if vocabulary.has("accepting", following):
            return _Part(_Kind.NEGATED_VERB), 2
    if vocabulary.has("refusing", word):
        return _Part(_Kind.REFUSING), 1
    if vocabulary.has("accepting", word) or vocabulary.has("only", word):
        return _Part(_Kind.ACCEPTING), 1
    return _Part(_Kind.CONNECTING if vocabulary.has("connecting", word) else _Kind.OTHER), 1


def _ends(parts: list[_Part], position: int) -> bool:
    return position >= len(parts) or parts[position].kind in (_Kind.END, _Kind.COMMA)


def _refuse_after(parts: list[_Part], position: int) -> bool:
    """Refuse the list of banks that begins right after a position; False when there is none."""
    run = _run(parts, range(position + 1, len(parts)))
    for bank in run:
        bank.is_refused = True
    return bool(run)


def _refuse_before(parts: list[_Part], position: int) -> bool:
    """Refuse the list of banks that ends right before a position; False when there is none."""
    indexes = range(position - 1, -1, -1)
    run = _run(parts, indexes)
    if run and _is_claimed(parts, indexes, run[-1]):
        # "Принимаю Т-Банк, Сбер не принимаю": the list belongs to the verb before it, except for its last name.
        run = _run(parts, indexes, over_commas=False)
    for bank in run:
        bank.is_refused = True
    return bool(run)


def _run(parts: list[_Part], indexes: range, *, over_commas: bool = True) -> list[_Part]:
    """The banks along the indexes, as long as nothing but connecting words and commas lies between them."""
    run: list[_Part] = []
    between = 0
    for index in indexes:
        part = parts[index]
        if part.kind is _Kind.BANK:
            # One already refused ends the walk: its list was walked before, and long texts stay linear.
            if part.is_refused and run:
                break
            run.append(part)
            between = 0
            continue
        between += 1
        is_comma = part.kind is _Kind.COMMA
        if between > _MOST_CONNECTING or not (part.kind is _Kind.CONNECTING or (is_comma and run and over_commas)):
            break
    return run


def _is_claimed(parts: list[_Part], indexes: range, earliest: _Part) -> bool:
    """Whether an accepting word stands before the earliest bank of a list read backwards."""
    is_before = False
    for index in indexes:
        part = parts[index]
        if is_before and part.kind is not _Kind.CONNECTING:
            return part.kind is _Kind.ACCEPTING
        is_before = is_before or part is earliest
    return False
