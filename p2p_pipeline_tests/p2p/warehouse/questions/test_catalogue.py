"""The questions' files say what people need to ask them."""

from __future__ import annotations

import pytest

from p2p_pipeline.p2p.warehouse.questions.catalogue import (
    Question,
    QuestionError,
    all_questions,
    question_named,
    read_question,
)
from p2p_pipeline.p2p.warehouse.questions.document import questions_markdown
from p2p_pipeline_tests.shared_files import REPOSITORY

SAMPLE = """-- How many?
--
-- More about
-- it.
--
-- Parameters:
--   fiat text = 'RUB': the fiat
--   until timestamptz = NULL: the end
--
-- Relies on:
--   offer_versions: offer_versions_market, at most 1 partition
--   market_best: whole
SELECT 1;
"""


def test_there_are_twenty_questions() -> None:
    assert len(all_questions()) == 20
    assert len({question.name for question in all_questions()}) == 20


def test_a_header_is_read() -> None:
    question = read_question("sample", SAMPLE)
    assert (question.title, question.notes, question.sql) == ("How many?", "More about it.", "SELECT 1;\n")
    assert question.values({"fiat": "VND"}) == {"fiat": "VND", "until": None}
    assert [(one.table, one.index, one.most_partitions) for one in question.reliances] == [
        ("offer_versions", "offer_versions_market", 1),
        ("market_best", None, None),
    ]


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("fiat text =", "fiat text", "write it as `name type = default"),
        (": whole", " whole", "write it as `table: index"),
    ],
)
def test_a_header_that_says_it_otherwise_is_refused_with_what_to_write(good: str, bad: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_question("sample", SAMPLE.replace(good, bad))


def test_an_unknown_question_or_parameter_is_refused_with_those_there_are() -> None:
    with pytest.raises(QuestionError, match=r"no question 'teaser'; there are .*teasers"):
        question_named("teaser")
    with pytest.raises(QuestionError, match="no parameter 'coin'; it has venue, fiat, percent"):
        question_named("teasers").values({"coin": "BTC"})


@pytest.mark.parametrize("question", all_questions(), ids=lambda question: question.name)
def test_every_parameter_is_used_and_every_value_is_one(question: Question) -> None:
    named = {parameter.name for parameter in question.parameters}
    assert question.title.endswith("?")
    assert question.reliances
    for name in named:
        assert f"%({name})s" in question.sql
    question.sql % dict.fromkeys(named, "")  # raises where a value is asked for that is no parameter


def test_the_committed_page_is_the_one_the_files_make() -> None:
    committed = REPOSITORY / "docs" / "questions.md"
    assert committed.read_text(encoding="utf-8") == questions_markdown() + "\n"
