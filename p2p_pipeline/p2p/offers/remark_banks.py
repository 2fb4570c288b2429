"""Read bank names out of sellers' free text.

Since 2026 Bybit's RUB ads name no banks in their payment methods any more; sellers write them in the remark: "только
Т-Банк", "СБП, Сбер", "кроме Альфы". What is read here is what the text says, not what the venue confirms: whoever uses
it marks it so.

A bank that is refused anywhere in a remark is not counted, even if it is named elsewhere too, and where a refusal may
be meant for either of two banks neither is: a profile that asks for a bank must not be given an offer whose seller
turns that bank away.
"""

from __future__ import annotations

from functools import lru_cache

from p2p_pipeline.p2p.offers.name_folding import fold_text
from p2p_pipeline.p2p.offers.remark_parts import Kind, Part, parts_of

_MOST_CHARACTERS = 100_000
_MOST_CONNECTING = 4
_MOST_OTHER = 4
"""So many words that mean nothing here may stand between a verb and the banks it turns away."""

_SIGNS = (Kind.REFUSING_SIGN, Kind.ACCEPTING_SIGN)
_STOPS = (Kind.END, Kind.LINE)


def banks_in_remark(text: str, fiat: str) -> tuple[str, ...]:
    """Canonical codes of the banks (and SBP and the like) that a remark takes, sorted; refused ones are left out.

    Never raises, and takes time in proportion to the text's length.
    """
    return _banks(text[:_MOST_CHARACTERS], fiat)


# An ad keeps its remark from sweep to sweep: most calls ask for a text that was read thirty seconds ago.
@lru_cache(maxsize=4096)
def _banks(text: str, fiat: str) -> tuple[str, ...]:
    parts = parts_of(fold_text(text)[:_MOST_CHARACTERS], fiat)
    _heed_signs(parts)
    for position, part in enumerate(parts):
        _heed_word(parts, position, part.kind)
    refused = {part.code for part in parts if part.is_refused}
    return tuple(sorted({part.code for part in parts if part.kind is Kind.BANK} - refused))


def _heed_word(parts: list[Part], position: int, kind: Kind) -> None:
    """Refuse what a word turns away."""
    if kind is Kind.NEGATED_VERB:
        _heed_verb(parts, position)
    elif kind is Kind.REFUSES_AFTER:
        _ = _refuse_after(parts, position) or _refuse_listed_below(parts, position)
    elif kind is Kind.REFUSES_BEFORE:
        _refuse_before(parts, position)
    elif kind is Kind.NEGATION:
        _ = _refuse_after(parts, position, other=1) or _refuse_before(parts, position)
    elif kind is Kind.REFUSES_EITHER:
        # "Сбер нет Т-Банк" can mean either: neither is counted.
        is_refusing = _refuse_after(parts, position)
        is_refusing |= _refuse_before(parts, position)
        _ = is_refusing or _refuse_listed_below(parts, position)


def _heed_verb(parts: list[Part], position: int) -> None:
    # "Сбер не принимаю ВТБ" can mean either: neither is counted.
    object_before = _meets_object(parts, range(position - 1, -1, -1))
    object_after = _meets_object(parts, range(position + 1, len(parts)))
    is_refusing = not object_after and _refuse_after(parts, position, other=_MOST_OTHER)
    if not object_before:
        # What is said of something else after the verb is only about the bank that stands right before it.
        is_refusing |= _refuse_before(parts, position, other=0 if object_after else _MOST_OTHER)
    if not (is_refusing or object_before or object_after):
        _refuse_listed_below(parts, position)


def _heed_signs(parts: list[Part]) -> None:
    """Refuse what signs turn away, line by line: "❌ Сбер ✅ Т-Банк", "Сбер ❌ Т-Банк ✅"."""
    start = 0
    for position in range(len(parts) + 1):
        if position == len(parts) or parts[position].kind is Kind.LINE:
            _heed_signs_of_line(parts, start, position)
            start = position + 1


def _heed_signs_of_line(parts: list[Part], start: int, end: int) -> None:
    marks = [index for index in range(start, end) if parts[index].kind in (*_SIGNS, Kind.BANK)]
    signs = [index for index in marks if parts[index].kind is Kind.REFUSING_SIGN]
    if not signs:
        return
    begins_with_bank, ends_with_bank = (parts[index].kind is Kind.BANK for index in (marks[0], marks[-1]))
    for sign in signs:
        if begins_with_bank == ends_with_bank:
            # Signs on both ends, or on none: which bank one belongs to can't be told.
            _refuse_after(parts, sign)
            _refuse_before(parts, sign)
        elif begins_with_bank:
            _refuse_before(parts, sign)
        else:
            _refuse_after(parts, sign)


def _refuse_after(parts: list[Part], position: int, other: int = 0) -> bool:
    """Refuse the list of banks that begins right after a position; False when there is none."""
    run = _run(parts, range(position + 1, len(parts)), other)
    for bank in run:
        bank.is_refused = True
    return bool(run)


def _refuse_before(parts: list[Part], position: int, other: int = 0) -> bool:
    """Refuse the list of banks that ends right before a position; False when there is none."""
    indexes = range(position - 1, -1, -1)
    run = _run(parts, indexes, other, leads_over_commas=other > 0)
    if run and _is_claimed(parts, indexes, run[-1]):
        # "Принимаю Т-Банк, Сбер не принимаю": the list belongs to the verb before it, except for its last name.
        run = _run(parts, indexes, other, over_commas=False)
    for bank in run:
        bank.is_refused = True
    return bool(run)


def _refuse_listed_below(parts: list[Part], position: int) -> bool:
    """Refuse what is listed under a heading: "Не принимаю:", then a bank a line, or "Не принимаю | Сбер | ВТБ"."""
    after = position + 1
    while after < len(parts) and parts[after].kind in (Kind.COLON, Kind.COMMA, *_SIGNS):
        after += 1
    if after >= len(parts):
        return False
    is_heading = parts[after].kind is Kind.LINE
    if not is_heading and position > 0 and parts[position - 1].kind not in _STOPS:
        # "Быстро, не торгуюсь, Сбер": what stands before is what the negation is about.
        return False
    run = _run(parts, range(after, len(parts)), over_lines=is_heading)
    for bank in run:
        bank.is_refused = True
    return bool(run)


def _run(
    parts: list[Part],
    indexes: range,
    other: int = 0,
    *,
    over_commas: bool = True,
    over_lines: bool = False,
    leads_over_commas: bool = False,
) -> list[Part]:
    """The banks along the indexes, as long as nothing but connecting words and commas lies between them.

    Before the first of them `other` words may stand that mean nothing here, `leads_over_commas` with commas.
    """
    run: list[Part] = []
    between = 0
    for index in indexes:
        part = parts[index]
        if part.kind is Kind.BANK:
            # One already refused ends the walk: its list was walked before, and long texts stay linear.
            if part.is_refused and run:
                break
            run.append(part)
            between = 0
            continue
        between += 1
        if between > _MOST_CONNECTING + (0 if run else other):
            break
        if part.kind is Kind.CONNECTING or part.kind is Kind.COLON or (part.kind is Kind.LINE and over_lines):
            continue
        if part.kind is Kind.COMMA and (over_commas if run else leads_over_commas):
            continue
        if not run and other and part.kind in (Kind.OTHER, Kind.ONLY):
            continue
        break
    return run


def _meets_object(parts: list[Part], indexes: range) -> bool:
    """Whether a negation is about something else than a bank: the first thing of meaning along the indexes is none."""
    for index in indexes[: _MOST_OTHER + _MOST_CONNECTING]:
        kind = parts[index].kind
        if kind is Kind.OBJECT:
            return True
        if kind is Kind.BANK or kind in _STOPS:
            return False
    return False


def _is_claimed(parts: list[Part], indexes: range, earliest: Part) -> bool:
    """Whether an accepting word stands before the earliest bank of a list read backwards."""
    is_before = False
    for index in indexes:
        part = parts[index]
        if is_before and part.kind is not Kind.CONNECTING:
            return part.kind in (Kind.ACCEPTING, Kind.ONLY, Kind.ACCEPTING_SIGN)
        is_before = is_before or part is earliest
    return False
