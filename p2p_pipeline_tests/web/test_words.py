"""Every text of the pages is there in every language, with the same values in it, and none is left over."""

from __future__ import annotations

import re
from typing import Any

import pytest
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import read_po

from p2p_pipeline.web.words.languages import LANGUAGES, Words, language_of
from p2p_pipeline_tests.shared_files import REPOSITORY
from p2p_pipeline_tests.web.catalogue import messages

_VALUES = re.compile(r"(?<!\{)\{([a-z_.]*)[^{}]*\}|%\(([a-z_]+)\)s")


def entries(language: str) -> dict[Any, Entry]:
    file = REPOSITORY / "p2p_pipeline" / "web" / "words" / f"{language}.po"
    with file.open("rb") as text:
        return {entry.id: entry for entry in read_po(text, locale=language) if entry.id}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_language_has_every_text_and_no_other(language: str) -> None:
    wanted = {message for _, message in messages()}
    assert len(wanted) > 80
    assert entries(language).keys() == wanted


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_text_is_translated_in_all_its_forms_with_the_values_of_the_original(language: str) -> None:
    for message, entry in entries(language).items():
        forms = entry.string if isinstance(entry.string, list | tuple) else (entry.string,)
        assert all(forms), message
        assert not entry.fuzzy, message
        one, several = (
            set(_VALUES.findall(form)) for form in ((message,) * 2 if isinstance(message, str) else message)
        )
        for form in map(str, forms):
            # The form of one may leave the number out.
            assert one <= set(_VALUES.findall(form)) <= several, message


def test_russian_numbers_take_their_forms() -> None:
    words = Words("ru")
    one = "{amount} is above what any one offer can fill."
    several = "{amount} is above what any {count} offers can fill together."
    told = [words.many(one, several, count, amount="5").split()[-1] for count in (1, 2, 5, 11, 21, 22)]
    assert told == ["объявление.", "объявления.", "объявлений.", "объявлений.", "объявление.", "объявления."]


@pytest.mark.parametrize(
    ("chosen", "accepted", "given"),
    [
        ("ru", "en", "ru"),
        (None, "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        (None, "de,en;q=0.5,ru;q=0.7", "ru"),
        ("xx", "fr", "en"),
        (None, "", "en"),
        (None, "ru;q=abc, en", "en"),
    ],
)
def test_a_reader_gets_what_was_chosen_else_what_the_browser_says(
    chosen: str | None, accepted: str, given: str
) -> None:
    assert language_of(chosen, accepted) == given
