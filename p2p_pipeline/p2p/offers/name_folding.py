"""Make the many spellings of one name the same text.

Sellers and venues mix alphabets, sometimes to get round a filter: `Tинькoфф` with a Latin T and o is Tinkoff too. The
Unicode consortium's list of confusable letters says which ones look alike.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from p2p_pipeline.p2p.offers.lookalikes import LOOKALIKES


def _is_bare(character: str) -> bool:
    return unicodedata.category(character) not in ("Mn", "Me", "Cf")


def fold_text(text: str) -> str:
    """The text without case, accents, invisible characters and the difference between letters that look alike.

    Spaces and punctuation stay. Takes time in proportion to the text's length, whatever the text is.
    """
    # Marks go before the normalisation: it sorts a run of them in quadratic time.
    bare = "".join(filter(_is_bare, text))
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", bare).casefold())
    return "".join(filter(_is_bare, plain)).translate(LOOKALIKES)


@lru_cache(maxsize=16_384)
def _fold_short_name(name: str) -> str:
    return "".join(character for character in fold_text(name) if character.isalnum())


def fold_name(name: str) -> str:
    """The skeleton of a name: two names with the same skeleton are the same name.

    `T-Bank`, `т bank` and `TBANK ` have one skeleton; so have `Тинькофф` and `Tинькoфф`.
    """
    return _fold_short_name(name[:200])
