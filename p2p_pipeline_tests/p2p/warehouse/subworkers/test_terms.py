"""What terms say is read by rules: measured on labelled texts, in time in proportion to a text's length."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.warehouse.subworkers.terms.classify import classify
from p2p_pipeline.p2p.warehouse.subworkers.terms.language import language_of
from p2p_pipeline.p2p.warehouse.subworkers.terms.text import MOST_CHARACTERS, read

LABELLED = yaml.safe_load((Path(__file__).parent / "labelled_terms.yaml").read_text(encoding="utf-8"))


def said(text: str) -> set[str]:
    return {f"{finding.topic}={finding.value}" for finding in classify(text) if finding.topic != "language"}


@dataclass
class Score:
    right: int = 0
    invented: int = 0
    missed: int = 0
    languages: int = 0
    wrong: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, texts: list[dict[str, Any]]) -> Score:
        score = cls()
        for entry in texts:
            found, wanted = said(entry["text"]), set(entry["says"])
            score.right += len(found & wanted)
            score.invented += len(found - wanted)
            score.missed += len(wanted - found)
            score.languages += language_of(entry["text"]) == entry["language"]
            if found != wanted:
                score.wrong.append(f"{entry['text']}: found {sorted(found)}, is {sorted(wanted)}")
        return score

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.invented)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)


def test_the_texts_the_rules_were_made_with_are_read_without_a_mistake() -> None:
    score = Score.of([entry for entry in LABELLED if not entry.get("held")])
    assert not score.wrong
    assert score.right == 100


def test_of_the_texts_held_back_at_least_95_in_100_findings_are_right_and_are_found() -> None:
    texts = [entry for entry in LABELLED if entry.get("held")]
    score = Score.of(texts)
    assert len(texts) == 34
    assert score.precision >= 0.95, score.wrong
    assert score.recall >= 0.95, score.wrong


def test_the_language_of_the_labelled_texts_is_told() -> None:
    assert Score.of(LABELLED).languages >= 0.97 * len(LABELLED)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Third party payments accepted", "accepted"),
        ("Third party payments not accepted", "refused"),
        ("I accept no third party payments", "refused"),
        ("No comments please, third party payments accepted", "accepted"),
        ("Принимаю от третьих лиц", "accepted"),
        ("Не принимаю от третьих лиц", "refused"),
        ("不接受第三方付款", "refused"),
        ("接受第三方付款", "accepted"),
        ("Not only bank transfer. Third party payments accepted", "accepted"),
        ("Third party payment?", "unclear"),
    ],
)
def test_a_negation_turns_the_meaning_round_where_it_belongs_and_nowhere_else(text: str, value: str) -> None:
    assert f"third_party={value}" in said(text)


def test_who_refuses_and_accepts_in_one_text_is_taken_to_refuse() -> None:
    both = said("Third party payments accepted! Update: third party payments not accepted.")
    assert both == {"third_party=refused"}


@pytest.mark.parametrize(
    "text", ["Платежи oт тpетьих лиц не пpинимаю", "ПЛАТЕЖИ ОТ ТРЕТЬИX ЛИЦ HE ПРИНИМАЮ", "no third рarty"]
)
def test_letters_of_another_alphabet_hide_nothing(text: str) -> None:
    assert "third_party=refused" in said(text)


def test_a_word_is_not_read_as_one_of_another_alphabet_that_looks_like_it() -> None:
    # Folded as names of banks are, the Russian `по` would be the English `no`.
    assert "receipt=demanded" in said("по чеку сразу отпускаю")


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("open 9:30 - 17:45", "09:30-17:45"),
        ("I work from 10am till 8pm", "10:00-20:00"),
        ("работаю с 9 до 21", "09:00-21:00"),
        ("online 12pm - 12am", "12:00-00:00"),
        ("7/24 hizmet", "24/7"),
    ],
)
def test_working_hours_are_told_in_one_way(text: str, hours: str) -> None:
    assert f"working_hours={hours}" in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "release in 5-10 minutes",
        "limit 100 to 500",
        "work 10-15 min",
        "open 25:00 - 77:00",
        "работаю, отпускаю 5-10 минут",
    ],
)
def test_other_spans_of_numbers_are_no_working_hours(text: str) -> None:
    assert not any(one.startswith("working_hours") for one in said(text))


def test_the_evidence_is_the_part_of_the_text_that_says_so() -> None:
    found = {
        finding.topic: finding.evidence
        for finding in classify("Привет! Оплата от ТPЕТЬИХ лиц — возврат. Чек обязателен")
    }
    assert found["third_party"] == "ТPЕТЬИХ лиц — возврат"
    assert found["receipt"] == "Чек"


@given(
    st.text(max_size=300) | st.lists(st.sampled_from([entry["text"] for entry in LABELLED]), max_size=4).map(" ".join)
)
@settings(max_examples=150, deadline=None)
def test_no_text_makes_it_fail_and_all_evidence_stands_in_the_text(text: str) -> None:
    findings = classify(text)
    assert [finding.topic for finding in findings].count("language") == 1
    assert all(finding.evidence in text and len(finding.evidence) <= 200 for finding in findings)
    assert all(finding.evidence for finding in findings if finding.topic != "language")
    keys = [(finding.topic, finding.value) for finding in findings]
    assert len(keys) == len(set(keys)), "a class and a value are one row"


HOSTILE = (
    "a", "no ", "third party ", "not accepted third party ", "name must ", "name a ", "without a ", "third party,,,,,,",
    "1", "9-", "9 to ", "9:00 - ", "9am to 9pm ", "第三方", "姓名", "тpетьих лиц ", "ال", "𝗻𝗼 ",
    "\u0301", "!", "❌ ", ". ", "\n",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_ten_thousand_hostile_characters_take_no_more_than_in_proportion(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        best = float("inf")
        for _ in range(2):
            begun = time.process_time()
            classify(text)
            best = min(best, time.process_time() - begun)
        return best

    short, long = seconds(2_500), seconds(10_000)
    assert long < 1.0
    # Four times the text: sixteen times the work would be quadratic.
    assert long < 10 * short + 0.02


def test_what_comes_after_the_limit_is_not_read() -> None:
    assert len(read("a" * 100_000).original) == MOST_CHARACTERS
    assert said(" " * MOST_CHARACTERS + "no third party") == set()


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_every_letter_of_a_text_as_read_leads_back_to_the_text(text: str) -> None:
    reading = read(text)
    assert len(reading.plain) == len(reading.origins)
    assert all(0 <= origin < len(text) for origin in reading.origins)
    assert list(reading.origins) == sorted(reading.origins)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("お支払い後に連絡してください", "ja"),
        ("입금 후 알려주세요", "ko"),
        ("گزارش پرداخت", "fa"),
        ("გადახდის შემდეგ", "ka"),
        ("12345 !!!", "none"),
        ("zxqj wvkp", "unknown"),
        ("Работаем со Sberbank, Raiffeisen, Tinkoff", "ru"),
        ("Revolut, PayPal, Wise", "unknown"),
    ],
)
def test_alphabets_tell_languages_and_names_of_banks_do_not(text: str, language: str) -> None:
    assert language_of(text) == language
