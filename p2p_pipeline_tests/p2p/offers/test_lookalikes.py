"""The letters that are folded are those that the Unicode consortium lists as confusable."""

from __future__ import annotations

import string
import unicodedata

from confusable_homoglyphs import confusables

from p2p_pipeline.p2p.offers.lookalikes import LOOKALIKES

# Latin with strokes and phonetic letters, Greek, Cyrillic: the alphabets that names of banks are written or faked in.
FIRST_FOLDED, LAST_FOLDED = 0x80, 0x52F


def bare(text: str) -> str:
    return "".join(letter for letter in text if unicodedata.category(letter) not in ("Mn", "Me", "Cf"))


def twin_of(letter: str) -> str | None:
    # A small letter often has its ASCII twin only as a capital: т looks like ᴛ, but Т like T.
    for form in (letter, letter.upper()):
        # Letters with strokes are listed as the plain letter with an overlay mark (đ as d̵); the mark is dropped.
        forms = [bare(entry["c"]) for entry in confusables.confusables_data.get(form, [])]
        twins = {twin.lower() for twin in forms if len(twin) == 1 and twin in string.ascii_letters}
        if twins:
            return min(twins)
    return None


def test_the_letters_written_out_are_those_of_the_list() -> None:
    expected: dict[int, str] = {}
    for code_point in range(FIRST_FOLDED, LAST_FOLDED + 1):
        letter = chr(code_point).casefold()
        twin = twin_of(letter) if len(letter) == 1 and letter.isalpha() and letter not in string.ascii_letters else None
        if twin is not None:
            expected[ord(letter)] = twin
    assert expected == LOOKALIKES
