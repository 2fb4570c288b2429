"""The languages there are, and the one a reader gets."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from p2p_pipeline.kernel.told import Told
from p2p_pipeline.web.words.saying import Filling

LANGUAGES = ("en", "ru")
"""The first is the one that everything is written in."""


@cache
def translations(language: str) -> NullTranslations:
    """The texts of a language; English needs none."""
    if language == LANGUAGES[0]:
        return NullTranslations()
    source = files("p2p_pipeline.web.words") / f"{language}.po"
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return Translations(compiled)


@cache
def templates(language: str) -> frozenset[str]:
    """The templates of single sentences that a language has texts for."""
    source = files("p2p_pipeline.web.words") / f"{language}.po"
    found = read_po(BytesIO(source.read_bytes()), locale=language)
    return frozenset(entry.id for entry in found if isinstance(entry.id, str) and entry.id)


def language_of(chosen: str | None, accepted: str) -> str:
    """What the reader chose, else the first of `Accept-Language` that there is, else English."""
    if chosen in LANGUAGES:
        return str(chosen)
    weighed = []
    for place, part in enumerate(accepted.split(",")):
        name, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), place, name.partition("-")[0].lower()))
        except ValueError:
            continue
    return next((name for _, _, name in sorted(weighed) if name in LANGUAGES), LANGUAGES[0])


class Words:
    """Texts in one language, filled in by name: `words.text("at most {count} offers", count=3)`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = translations(language)
        self._filling = Filling(language, self.say)

    def text(self, message: str, **values: object) -> str:
        """A text."""
        return self._filling.fill(self._texts.gettext(message), values)

    def many(self, one: str, several: str, count: int, **values: object) -> str:
        """A text in the form that a number takes, which is in it as `{count}`."""
        return self._filling.fill(self._texts.ngettext(one, several, count), {**values, "count": count})

    def say(self, told: str) -> str:
        """What was told in English; a text of which nothing more is known stays as it is."""
        return self._filling.fill(self.template_of(told), told.values) if isinstance(told, Told) else told

    def template_of(self, told: Told) -> str:
        """The template of a sentence in this language."""
        if told.several is not None:
            return self._texts.ngettext(told.template, told.several, int(str(told.values["count"]).replace(",", "")))
        # The catalogue's own head stands under the empty text.
        return self._texts.gettext(told.template) if told.template else ""
