"""Make the many spellings of one name the same text.

Sellers and venues mix alphabets, sometimes to get round a filter: `Tинькoфф` with a Latin T and o is Tinkoff too. The
Unicode consortium's list of confusable letters says which ones look alike.
"""

from __future__ import annotations

import string
import unicodedata
from functools import lru_cache

from confusable_homoglyphs import confusables

# Latin with strokes and phonetic letters, Greek, Cyrillic: the alphabets that names of banks are written or faked in.
_FIRST_FOLDED, _LAST_FOLDED = 0x80, 0x52F


def _is_bare(character: str) -> bool:
    return unicodedata.category(character) not in ("Mn", "Me", "Cf")


@lru_cache(maxsize=1)
def _lookalikes() -> dict[int, str]:
    table: dict[int, str] = {}
    for code_point in range(_FIRST_FOLDED, _LAST_FOLDED + 1):
        letter = chr(code_point).casefold()
        if len(letter) != 1 or letter in string.ascii_letters or not letter.isalpha():
            continue
        # A small letter often has its ASCII twin only as a capital: т looks like ᴛ, but Т like T.
        for form in (letter, letter.upper()):
            # Letters with strokes are listed as the plain letter with an overlay mark (đ as d̵); the mark is dropped.
            forms = ("".join(filter(_is_bare, entry["c"])) for entry in confusables.confusables_data.get(form, []))
            twins = {twin.lower() for twin in forms if len(twin) == 1 and twin in string.ascii_letters}
            if twins:
                table[ord(letter)] = min(twins)
                break
    return table


def fold_text(text: str) -> str:
    """The text without case, accents, invisible characters and the difference between letters that look alike.

    Spaces and punctuation stay. Takes time in proportion to the text's length, whatever the text is.
    """
    # Marks go before the normalisation: it sorts a run of them in quadratic time.
    bare = "".join(filter(_is_bare, text))
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", bare).casefold())
    return "".join(filter(_is_bare, plain)).translate(_lookalikes())


@lru_cache(maxsize=16_384)
def _fold_short_name(name: str) -> str:
    return "".join(character for character in fold_text(name) if character.isalnum())


def fold_name(name: str) -> str:
    """The skeleton of a name: two names with the same skeleton are the same name.

    `T-Bank`, `т bank` and `TBANK ` have one skeleton; so have `Тинькофф` and `Tинькoфф`.
    """
    return _fold_short_name(name[:200])
