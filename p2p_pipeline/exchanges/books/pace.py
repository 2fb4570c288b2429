"""Refusals that say "not so fast": they are about no symbol, and asking again at once makes them worse. Pure."""

from __future__ import annotations

import re

_CODES = frozenset(
    {
        "60014", "50011",  # OKX
        "-1003", "-1015",  # Binance
        "10006",  # Bybit
        "509", "429000",  # KuCoin
        "30006",  # Bitget
        "11010",  # Bitfinex
        "100410",  # BingX
        "429",
    }
)  # fmt: skip
_WORDS = re.compile(
    r"too (?:many (?:requests|messages|visits)|fast|frequent)|rate ?limit"
    r"|exceed\w* (?:\w+ )*(?:rate|frequency|permits)",
    re.IGNORECASE,
)


def is_about_pace(words: str) -> bool:
    """Whether a refusal is of the pace: by the code that it begins with, or by its words.

    >>> [is_about_pace(words) for words in ("60014 too fast", "60018 wrong channel", "EAPI:Rate limit exceeded")]
    [True, False, True]
    """
    return words.partition(" ")[0] in _CODES or _WORDS.search(words) is not None
