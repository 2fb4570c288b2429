"""Sentences for people that can be said in another language: what they were made of is kept with them.

Here: the sentence in English and its parts. Not here: other languages, and how a figure is written in them (web/words).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class Told(str):
    """A sentence in English wherever a text is wanted, with the template and the values it was made from.

    The template is ours and stands in the catalogue of texts; a value comes from anywhere and is never read as a
    template. Without values the template is the sentence, braces and all.
    """

    __slots__ = ("several", "template", "values")

    template: str
    several: str | None
    """The template of more than one, where `count` is among the values."""
    values: Mapping[str, object]

    def __new__(cls, template: str, several: str | None = None, /, **values: object) -> Told:
        """The sentence; `Told("has {count} leg", "has {count} legs", count=3)` takes the form of its number."""
        chosen = template if several is None or values["count"] == 1 else several
        # An error among the values would keep its traceback alive; a clear one's text can be said like any other.
        values = {name: str(one) if isinstance(one, BaseException) else one for name, one in values.items()}
        told = super().__new__(cls, chosen.format(**values) if values else chosen)
        told.template, told.several, told.values = template, several, values
        return told

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, object]]:
        """How a copy is made, in this process or another."""
        return (self.template, self.several), dict(self.values)


class Digits(str):
    """A number already written for people in English: another language changes its marks alone."""

    __slots__ = ()


def joined(between: str, parts: Iterable[str]) -> Told:
    """Sentences in a row, each of which can still be said in another language; `between` has no braces."""
    values = {f"part_{place}": part for place, part in enumerate(parts)}
    return Told(between.join(f"{{{name}}}" for name in values), **values)
