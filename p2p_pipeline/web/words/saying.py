"""How values come into a sentence of a language: sentences within it are said too, numbers have its marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from string import Formatter
from typing import Any

from babel.dates import get_day_names

from p2p_pipeline.kernel.told import Digits, Told

NO_BREAK = "\u00a0"
_MARKS = {"ru": str.maketrans({",": NO_BREAK, ".": ",", "%": f"{NO_BREAK}%", "-": "\u2212"})}
"""What stands for the marks of an English number."""


class Filling(Formatter):
    """Fills templates in one language."""

    def __init__(self, language: str, say: Callable[[Told], str], write: Callable[[str], str] = str) -> None:
        """`say` says a sentence that is a value; `write` is how any other text goes in, such as escaped."""
        self._language, self._say, self._write = language, say, write

    def fill(self, template: str, values: Mapping[str, object]) -> str:
        """The template with its values; as it is without any."""
        return self.vformat(template, (), values) if values else template

    def format_field(self, value: Any, format_spec: str) -> str:
        """One value as this language writes it."""
        if isinstance(value, Told):
            return self._say(value)
        if isinstance(value, Digits | int | float | Decimal):
            return (
                format(value, format_spec).translate(_MARKS.get(self._language, {})).replace(f" {NO_BREAK}", NO_BREAK)
            )
        if isinstance(value, datetime) and "%a" in format_spec:
            days = get_day_names("abbreviated", locale=self._language)
            format_spec = format_spec.replace("%a", str(days[value.weekday()]))
        text = format(value, format_spec)
        return self._write(text) if text else ""
