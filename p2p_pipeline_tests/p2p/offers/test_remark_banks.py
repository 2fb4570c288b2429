"""Banks in free text: named ones are found in any spelling, refused ones are not counted."""

from __future__ import annotations

import time

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.offers.remark_banks import banks_in_remark
from p2p_pipeline_tests.shared_files import RECORDINGS

recorded = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="../shared/recordings is not there")


@pytest.mark.parametrize(
    ("remark", "banks"),
    [
        ("только Т-Банк", {"tbank"}),
        ("СБП", {"sbp"}),
        ("СБП, Сбер, Альфа, ВТБ", {"sbp", "sberbank", "alfa_bank", "vtb"}),
        ("Озон банк/Райффайзен", {"ozon_bank", "raiffeisen"}),
        ("Принимаю на Сбербанке и с Т-Банка", {"sberbank", "tbank"}),
        ("Tинькoфф и T-Бaнк", {"tbank"}),
        ("💙 Перевод с Альфа-Банка 💙\nВТБ ок", {"alfa_bank", "vtb"}),
        ("Принимаю только с Тиньков (Т банка) по реквизитам", {"tbank"}),
        ("ТИНЬКОФФ|СОВКОМБАНК|ПСБ", {"tbank", "sovcombank", "psb"}),
        ("банк Открытие; Почта Банк", {"otkritie", "pochta_bank"}),
        ("SBP / Sber / VTB only", {"sbp", "sberbank", "vtb"}),
    ],
)
def test_banks_are_read_in_any_spelling_inflection_and_alphabet(remark: str, banks: set[str]) -> None:
    assert set(banks_in_remark(remark, "RUB")) == banks


@pytest.mark.parametrize(
    ("remark", "banks"),
    [
        ("не Сбер", set()),
        ("кроме Т-Банка", set()),
        ("no Tinkoff", set()),
        ("Сбер не принимаю", set()),
        ("Не работаю с Альфой", set()),
        ("все банки кроме Сбера, ВТБ и Альфы", set()),
        ("со Сбера и ВТБ переводы временно не принимаю", set()),
        ("we don't accept Sberbank", set()),
        ("❌ Сбер ✅ Т-Банк", {"tbank"}),
        ("Т-Банк\nСбер ❌", {"tbank"}),
        ("Сбер - нет, Т-Банк - да", {"tbank"}),
        ("Sber ok, no Tinkoff", {"sberbank"}),
        ("Принимаю Т-Банк, Сбер не принимаю", {"tbank"}),
        ("Не Сбер, только Т-Банк", {"tbank"}),
        ("Не принимаю: Сбер, ВТБ. Принимаю: Т-Банк", {"tbank"}),
        ("Сбер. Повторяю: Сбер не принимаю!", set()),
    ],
)
def test_a_refused_bank_is_not_counted(remark: str, banks: set[str]) -> None:
    assert set(banks_in_remark(remark, "RUB")) == banks


@pytest.mark.parametrize(
    ("remark", "banks"),
    [
        ("не только Сбер", {"sberbank"}),
        ("только Т-Банк, другие банки не принимаю", {"tbank"}),
        ("ТОЛЬКО С Т-БАНКА!!! От третьих лиц не принимаю!!!", {"tbank"}),
        ("Без комиссии Сбер", {"sberbank"}),
        ("Т-Банк, не звоните", {"tbank"}),
    ],
)
def test_a_negation_of_something_else_refuses_no_bank(remark: str, banks: set[str]) -> None:
    assert set(banks_in_remark(remark, "RUB")) == banks


@pytest.mark.parametrize(
    "remark",
    ["", "отправьте чек на почту", "Сбережения", "открытие сделки", "без блокировок банка", "🏢 Москва | USD | €"],
)
def test_words_that_only_resemble_banks_are_none(remark: str) -> None:
    assert banks_in_remark(remark, "RUB") == ()


def test_the_currency_says_which_bank_a_shared_name_means() -> None:
    assert banks_in_remark("Райф", "RUB") == ("raiffeisen",)
    assert banks_in_remark("Райф", "UAH") == ("raiffeisen_aval",)
    assert banks_in_remark("chỉ Vietcombank, không MoMo", "VND") == ("vietcombank",)
    assert banks_in_remark("Vietcombank", "RUB") == ()


_FRAGMENTS = st.sampled_from(["сбер", "не", "принимаю", ",", " ", "т-банк", "и", "❌", "\n", "кроме", "т-", "\u0301"])


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300) | st.lists(_FRAGMENTS, max_size=60).map(" ".join), st.sampled_from(["RUB", "VND", "???"]))
def test_any_text_is_read_and_what_is_found_is_a_known_code(text: str, fiat: str) -> None:
    assert set(banks_in_remark(text, fiat)) <= set(PaymentMap.load().methods)


@pytest.mark.parametrize(
    "fragment",
    [
        "сбер и ",
        "сбер, ",
        "не сбер ",
        "т-",
        "не принимаю сбер ",
        "сбер не принимаю, ",
        "❌",
        "и ",
        "a\u0301\u0327",
        " ",
        "сбер",
    ],
)
def test_ten_times_the_text_takes_about_ten_times_as_long(fragment: str) -> None:
    def seconds(characters: int, attempt: int) -> float:
        # Each text is another one: the same would come from the cache.
        text = f"{attempt} " + fragment * (characters // len(fragment)) + " не принимаю"
        started = time.process_time()
        banks_in_remark(text, "RUB")
        return time.process_time() - started

    short = min(seconds(10_000, attempt) for attempt in range(3))
    long = min(seconds(100_000 - 20, attempt) for attempt in range(3))
    # Quadratic time would be a hundred times as long. Once, on a busy machine, a single measurement gave 48.
    assert long < 60 * max(short, 0.005)


@recorded
@pytest.mark.recordings
def test_real_remarks_of_sellers_who_take_t_bank_are_understood() -> None:
    ads = orjson.loads((RECORDINGS / "samples" / "mexc_rub_ads.trimmed.json").read_bytes())["data"]
    assert [banks_in_remark(ad["tradeTerms"], "RUB") for ad in ads] == [(), ("tbank",), ("tbank",), ("tbank",)]
