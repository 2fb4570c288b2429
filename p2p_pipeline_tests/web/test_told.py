"""Sentences that are told once, in English, and said in the reader's language where they are shown."""

from __future__ import annotations

import ast
import copy
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from p2p_pipeline.kernel.errors import ClearError, InvalidInput
from p2p_pipeline.kernel.told import Told, joined
from p2p_pipeline.p2p.answers.asked import asked_amount
from p2p_pipeline.web.asked import (
    Asked,
    BehaviourAsked,
    ComboAsked,
    DepthAsked,
    PriceAsked,
    WindowsAsked,
    sentence_of,
)
from p2p_pipeline.web.asked_history import HistoryAsked
from p2p_pipeline.web.pages.rendering import told_html
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.recalled import recalled
from p2p_pipeline_tests.web.catalogue import PROGRAM, name_of, shown_files, told_calls, told_kinds

MAY_PASS_ON = {
    "lake/lake.py: DamagedFile": "made from a path and a reason; its class has the template",
    "lake/month_file.py: DamagedMonth": "made from a path and a reason; its class has the template",
    "p2p/answers/combo.py: NoRoute": "the sentence of metrics/combos/routes.py, a Told",
    "p2p/answers/combo.py: NoSnapshot": "the explanation of a refusal, a Told",
    "p2p/answers/health.py: Unwell": "sentences of listed_markets.py, joined",
    "p2p/answers/now.py: NoSnapshot": "the sentence of known_markets.py, a Told",
    "p2p/settings.py: SettingsError": "lines of a settings file, which is read before there are pages",
    "p2p/steps/series.py: NoSeries": "the sentence of the same file, a Told",
    "web/api/quality.py: RecordsAway": "the sentence of answers/dagster_records.py, a Told",
    "web/pages/quarantine.py: InvalidInput": "the sentences of web/asked.py, each a Told",
    "postgres/troubles.py: WarehouseError": "sentences of the same file, each a Told",
}
"""Errors that are made without a template in their own words, and why they can be said all the same."""


def test_an_error_is_a_sentence_in_english_and_can_be_said_in_russian() -> None:
    with pytest.raises(InvalidInput) as raised:
        asked_amount("-5")
    assert str(raised.value).startswith("amount was '-5'; write a number above 0")
    assert Words("ru").say(str(raised.value)).startswith("сумма была '-5'; напишите число больше 0")
    assert Words("en").say(str(raised.value)) == str(raised.value)


@given(st.text(), st.text())
def test_what_a_stranger_wrote_is_never_read_as_a_template(value: str, other: str) -> None:
    told = str(ClearError("there is no question {name!r}; there are {names}", name=value, names=other))
    assert told == f"there is no question {value!r}; there are {other}"
    assert Words("ru").say(told) == f"вопроса {value!r} нет; есть {other}"
    assert str(ClearError(value)) == value
    assert Words("ru").say(Told("{name}: {names}", name=value, names=other)) == f"{value}: {other}"


def test_a_strangers_words_in_a_sentence_stay_text_on_a_page() -> None:
    told = Told("venue was {venue!r}; known are {known}", venue="<b>\u202e{known}", known="bybit")
    html = told_html(told, Words("ru"))
    assert html == (
        'площадка была <bdi class="stranger">&#39;&lt;b&gt;\\u202e{known}&#39;</bdi>; известны '
        '<bdi class="stranger">bybit</bdi>'
    )


def test_a_sentence_keeps_its_parts_through_copies_processes_and_joins() -> None:
    told = joined("; ", [Told("the price did not move"), Told("{weeks} weeks", weeks=3)])
    for same in (told, copy.deepcopy(told), pickle.loads(pickle.dumps(told))):
        assert (str(same), Words("ru").say(same)) == ("the price did not move; 3 weeks", "цена не двигалась; 3 нед.")
    again = pickle.loads(pickle.dumps(InvalidInput("time was {text!r}; write it as 2024-10-25T12:00Z", text="{x}")))
    assert Words("ru").say(str(again)) == "время было '{x}'; напишите его как 2024-10-25T12:00Z"


def test_numbers_in_a_sentence_have_the_readers_marks_and_their_plural() -> None:
    words = Words("ru")
    told = Told("amount was {text!r}; it must be below {most:,f}", text="9,5", most=Decimal("1234567.5"))
    assert words.say(told) == "сумма была '9,5'; она должна быть меньше 1\u00a0234\u00a0567,5"
    days = [Told("{count} day", "{count} days", count=count) for count in (1, 2, 5, 21)]
    assert [str(one) for one in days] == ["1 day", "2 days", "5 days", "21 days"]
    assert [words.say(one) for one in days] == ["1 день", "2 дня", "5 дней", "21 день"]


def test_every_error_that_a_page_may_show_is_made_of_a_template_in_its_own_words() -> None:
    errors, passed_on = told_kinds(), set()
    for file in shown_files():
        for call in told_calls(file):
            first = call.args[0] if call.args else None
            where = f"{file.relative_to(PROGRAM).as_posix()}: {name_of(call)}"
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                continue
            if name_of(call) in errors and first is not None:
                passed_on.add(where)
                assert not isinstance(first, ast.JoinedStr), f"{where}, line {call.lineno}: write a template and values"
    assert passed_on == set(MAY_PASS_ON)


@pytest.mark.parametrize(
    "model",
    [PriceAsked, DepthAsked, ComboAsked, BehaviourAsked, HistoryAsked, WindowsAsked],
    ids=lambda one: one.__name__,
)
@pytest.mark.parametrize("value", ["", "x", "9" * 500, "-1", "1e99", "2026-02-31", "{}", None, [], {"a": 1}])
def test_every_refusal_of_a_value_has_our_words_in_both_languages(model: type[Asked], value: object) -> None:
    names = [field.alias or name for name, field in model.model_fields.items()]
    with pytest.raises(ValidationError) as raised:
        model.model_validate(dict.fromkeys(names, value) | {"colour": "red"})
    english = sentence_of(raised.value.errors())
    russian = Words("ru").say(english)
    for foreign in ("Input should", "should have", "valid", "Value error", "/openapi.json tells what can"):
        assert foreign not in english
    assert "нет" in russian
    assert "write" not in russian


@pytest.mark.parametrize(
    ("stored", "russian"),
    [
        (
            (
                "offers 212 where 540 (410 to 710) are usual on Tuesdays at 14:00: 60.7 % below, the lowest in 5 "
                "weeks, together with BUY median (5.1 % above) and 2 more; bad for buyers"
            ),
            (
                "объявлений 212, а обычно по вторникам в 14:00 540 (от 410 до 710): на 60,7 % ниже, наименьшее за 5 "
                "нед., вместе с BUY median (на 5,1 % выше) и ещё 2; плохо покупателям"
            ),
        ),
        (
            (
                "the price 14.950, 0.21 % above what is usual at 14:00; it varies so much that anything from 1,312.5 "
                "to 20.2 is normal"
            ),
            "цена 14,950, на 0,21 % выше обычного в 14:00; разброс таков, что обычно всё от 1 312,5 до 20,2",
        ),
        (
            "adv.price was '5 is missing'; expected 0 to 10^20 with at most 12 decimal places.",
            "adv.price было '5 is missing'; ожидалось от 0 до 10^20, не больше 12 знаков после запятой.",
        ),
        (
            "price is missing; an offer can't be read without it.",
            "Нет price; без него объявление не прочитать.",
        ),
        ("12 of 2880 (0.4 %)", "12 из 2880 (0,4 %)"),
        ("no value in this hour", "в этот час значения нет"),
        ("{why} a template of nobody's", "{why} a template of nobody's"),
    ],
)
def test_a_stored_sentence_is_told_again_in_russian_and_the_same_in_english(stored: str, russian: str) -> None:
    found = recalled(stored)
    assert str(found) == stored
    assert Words("ru").say(found).replace("\u00a0", " ") == russian


@given(st.text(max_size=400) | st.text(alphabet=" (),;:'{}to 1.%", max_size=400))
def test_any_text_is_told_again_as_it_is(text: str) -> None:
    assert str(recalled(text)) == text
    assert Words("en").say(recalled(text)) == text
