"""Banks in free text: named ones are found in any spelling, refused ones are not counted."""

from __future__ import annotations

import time

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.offers.remark_banks import banks_in_remark
from p2p_pipeline_tests.shared_files import CASES, RECORDINGS

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


_REFUSED_OR_UNCLEAR = {
    "RUB": """
        Сбербанк не принимаю | Т-Банк no | Sberbank not accepted | Альфа-Банк не беру | Сбербанк нет | Озон no |
        Сбер не предлагать | Т-Банк, Сбер не предлагать | Сбер нельзя | Сбер запрещен | Сбер под запретом |
        Сбер закрыт | Переводы со Сбера и ВТБ я не принимаю | Сбер, к сожалению, не принимаю | Не буду принимать Сбер |
        не принимаю только Сбер | С Альфы мы не работаем | за исключением Сбера | Сбер нет Т-Банк да | Сбер ❌ Т-Банк |
        Сбербанкне принимаю | No Sberbank | Sberbank: no | Sberbank isn't accepted | Sberbank not supported |
        I do not accept payments from Sberbank or VTB | never Sberbank | do not use Sberbank | don't send from Sber |
        all banks except Sber | any bank but Sber | We do not currently accept Sberbank | no longer accept Sber |
        avoid Sberbank | Сбер - | ВТБ -, Сбер - """,
    "VES": """
        no acepto Mercantil | Banesco no | todos menos Banesco | No recibo de Provincial ni de Banesco | sin Banesco |
        Banesco no disponible | não aceito Banesco""",
    "ARS": "No trabajo con Mercado Pago | Mercado Pago no",
    "UAH": "крім Приватбанку | Приватбанк не приймаю | Моно ні",
    "VND": "Không nhận MoMo | MoMo không",
    "TRY": "Ziraat hariç tüm bankalar | Papara kabul etmiyorum | Papara yok",
}


@pytest.mark.parametrize(
    ("remark", "fiat"),
    [(remark.strip(), fiat) for fiat, remarks in _REFUSED_OR_UNCLEAR.items() for remark in remarks.split("|")],
)
def test_no_bank_is_claimed_where_it_is_refused_or_where_that_cannot_be_told(remark: str, fiat: str) -> None:
    assert banks_in_remark(remark, fiat) == ()


@pytest.mark.parametrize(
    ("remark", "fiat", "banks"),
    [
        ("Сбер ❌ Т-Банк ✅", "RUB", {"tbank"}),
        ("Сбер❌ ВТБ❌ Т-Банк✅", "RUB", {"tbank"}),
        ("❌Сбер ❌ВТБ ✅Т-Банк, Альфа", "RUB", {"tbank", "alfa_bank"}),
        ("Т-Банк ✅\nСбер ⛔️\nВТБ 🔴", "RUB", {"tbank"}),
        ("Сбер ❌ | Т-Банк ✅", "RUB", {"tbank"}),
        ("+Сбер -ВТБ", "RUB", {"sberbank"}),
        ("Сбер: +\nВТБ: -", "RUB", {"sberbank"}),
        ("- Сбер\n- ВТБ", "RUB", {"sberbank", "vtb"}),
        ("Не принимаю:\n- Сбер\n- ВТБ\nПринимаю:\n- Т-Банк", "RUB", {"tbank"}),
        ("НЕ ПРИНИМАЮ\nСбер\n\nПринимаю\nТ-Банк", "RUB", {"tbank"}),
        ("От третьих лиц не принимаю\nТ-Банк", "RUB", {"tbank"}),
        ("Т-Банк, от третьих лиц не принимаю", "RUB", {"tbank"}),
        ("Сбербанку нет, Т-Банку да", "RUB", {"tbank"}),
        ("Т-Банк (не Сбер)", "RUB", {"tbank"}),
        ("Т-Банк без комиссии", "RUB", {"tbank"}),
        ("Комментарий не писать | Т-Банк", "RUB", {"tbank"}),
        ("Не принимаю, Сбер, ВТБ. Т-Банк", "RUB", {"tbank"}),
        ("Не принимаю / Сбер / ВТБ\nПринимаю / Т-Банк", "RUB", {"tbank"}),
        ("Альфа-Банк без СБП", "RUB", {"alfa_bank"}),
        ("Сбер временно не работает, Т-Банк работает", "RUB", {"tbank"}),
        ("Принимаю на Сбер, с других банков не принимаю", "RUB", {"sberbank"}),
        ("Sberbank unavailable, T-Bank ok", "RUB", {"tbank"}),
        ("Sber. No third party payments", "RUB", {"sberbank"}),
        ("Solo Banesco, Mercantil. No Provincial", "VES", {"banesco", "mercantil_venezuela"}),
        ("Acepto Banesco, excepto Mercantil", "VES", {"banesco"}),
        ("Banesco, no acepto terceros", "VES", {"banesco"}),
        ("Mercado Pago, Brubank. No uala", "ARS", {"mercado_pago", "brubank"}),
        ("Приватбанк не приймаю, тільки монобанк", "UAH", {"monobank"}),
        ("Vietcombank, trừ MoMo", "VND", {"vietcombank"}),
        ("Ziraat'tan, Garanti. Papara yok", "TRY", {"ziraat", "garanti"}),
    ],
)
def test_what_is_taken_is_told_from_what_is_refused(remark: str, fiat: str, banks: set[str]) -> None:
    assert set(banks_in_remark(remark, fiat)) == banks


_NAMES = {
    "sberbank": ["Сбер", "Сбербанк", "Sberbank", "сбербанка"],
    "tbank": ["Т-Банк", "Tinkoff", "тинькофф", "Т банк"],
    "vtb": ["ВТБ", "VTB"],
    "ozon_bank": ["Озон", "Озон Банк"],
    "gazprombank": ["Газпромбанк", "ГПБ"],
}
_REFUSALS = [
    "{} не принимаю",
    "{} нет",
    "{} no",
    "{} не беру",
    "{} not accepted",
    "не {}",
    "no {}",
    "кроме {}",
    "без {}",
    "except {}",
    "❌{}",
    "{}❌",
    "{} - нет",
    "{}: no",
    "не принимаю {}",
    "{} не работает",
    "нет {}",
    "{} 🚫",
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(_NAMES)).flatmap(lambda code: st.tuples(st.just(code), st.sampled_from(_NAMES[code]))),
    st.lists(st.sampled_from([name for names in _NAMES.values() for name in names]), max_size=4),
    st.sampled_from(_REFUSALS),
    st.sampled_from([". ", "\n", ", ", " ", " / "]),
    st.booleans(),
)
def test_a_bank_that_is_refused_is_never_claimed_wherever_it_stands_and_whatever_stands_beside_it(
    bank: tuple[str, str], others: list[str], refusal: str, between: str, is_first: bool
) -> None:
    refused = refusal.format(bank[1])
    remark = between.join([refused, *others] if is_first else [*others, refused])
    assert bank[0] not in banks_in_remark(remark, "RUB")


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([name for names in _NAMES.values() for name in names]), st.sampled_from(["не", "нет", "no", "not"])
)
def test_an_ending_is_never_a_word(name: str, word: str) -> None:
    assert banks_in_remark(f"{name} {word}", "RUB") == ()
    assert banks_in_remark(f"{name}-{word}", "RUB") == ()


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not there")
def test_of_the_case_of_refused_banks_only_the_last_ad_takes_any() -> None:
    exchange = orjson.loads((CASES / "remark-refused-bank.jsonl").read_bytes())
    found = [banks_in_remark(ad["remark"], "RUB") for ad in exchange["body"]["result"]["items"]]
    assert found == [(), (), (), (), (), ("alfa_bank", "sberbank", "tbank")]


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
        "сбер ❌",
        "не принимаю:\n",
        "x не принимаю ",
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

    short = min(seconds(4_000, attempt) for attempt in range(3))
    long = min(seconds(40_000, attempt) for attempt in range(2))
    # Quadratic time would be a hundred times as long. Once, on a busy machine, a single measurement gave 48.
    assert long < 60 * max(short, 0.002)


@recorded
@pytest.mark.recordings
def test_real_remarks_of_sellers_who_take_t_bank_are_understood() -> None:
    ads = orjson.loads((RECORDINGS / "samples" / "mexc_rub_ads.trimmed.json").read_bytes())["data"]
    assert [banks_in_remark(ad["tradeTerms"], "RUB") for ad in ads] == [(), ("tbank",), ("tbank",), ("tbank",)]
