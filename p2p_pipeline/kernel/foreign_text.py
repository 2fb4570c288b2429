"""Text from outside, made safe to print: nothing in it steers the terminal or turns the line around."""

from __future__ import annotations

import unicodedata

_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories: control characters, formats (bidirectional ones among them), half characters, line breaks."""


def shown(text: str) -> str:
    r"""The text with control and bidirectional characters spelled out, as `\x1b`."""
    return "".join(_spelled(sign) if unicodedata.category(sign) in _STEERING else sign for sign in text)


def _spelled(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
