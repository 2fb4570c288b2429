"""Payment methods: many names, one code; what the map doesn't know stays visible."""

from __future__ import annotations

import gzip

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import NativePayment
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap, PaymentMapError, canonical_codes, fold_name
from p2p_pipeline_tests.shared_files import RECORDINGS

recorded = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="../shared/recordings is not there")

MAP = PaymentMap.load()


@pytest.mark.parametrize(
    "name",
    ["T-Bank", "tbank", "T BANK ", "Т-Банк", "T-Бaнк", "Tinkoff", "Тинькофф", "Tинькoфф", "ТИНЬКОФФ  БАНК", "Ｔ-Bank"],
)
def test_every_spelling_and_alphabet_of_t_bank_is_one_method(name: str) -> None:
    assert MAP.code_of_name(name, "RUB") == "tbank"


@pytest.mark.parametrize(
    ("name", "fiat", "code"),
    [
        ("СБП все банки ", "RUB", "sbp"),
        ("SBP - Fast Bank Transfer", "RUB", "sbp"),
        ("Sovkombank", "RUB", "sovcombank"),
        ("PSB", "RUB", "psb"),
        ("Promsvyazbank", "RUB", "psb"),
        ("Local Bank(R-Green)", "RUB", "sberbank"),
        ("ЮMoney", "RUB", "yoomoney"),
        ("Mercadopago", "ARS", "mercado_pago"),
        ("Ualá", "ARS", "uala"),
        ("BNC Banco Nacional de Credito", "VES", "bnc_venezuela"),
        ("Pago Móvil", "VES", "pago_movil"),
        ("Oschad bank (CARD)", "UAH", "oschadbank"),
        ("Ví Momo", "VND", "momo"),
        ("Chuyen khoan ngan hang", "VND", "bank_transfer"),
        ("bKash", "BDT", "bkash"),
        ("Cash Deposit to Bank", "RUB", "cash_deposit"),
        ("Mobile Top-up", "RUB", "mobile_topup"),
        ("Cash in Person", "RUB", "cash_in_person"),
    ],
)
def test_names_as_venues_write_them_are_known(name: str, fiat: str, code: str) -> None:
    assert MAP.code_of_name(name, fiat) == code


def test_raiffeisen_in_russia_and_in_ukraine_are_two_banks() -> None:
    assert MAP.code_of_name("Raiffeisen Bank", "RUB") == "raiffeisen"
    assert MAP.code_of_name("Raiffeisen Bank", "UAH") == "raiffeisen_aval"
    assert MAP.code_of_name("Raiffeisen Bank Aval", "RUB") is None
    assert MAP.code("binance", NativePayment("RaiffeisenBank"), "RUB", {}) == "raiffeisen"


def test_a_binance_identifier_counts_whatever_its_localised_name_says() -> None:
    assert MAP.code("binance", NativePayment("TinkoffNew", "¿Qué?"), "RUB", {}) == "tbank"
    assert MAP.code("binance", NativePayment("BANK"), "BOB", {}) == "bank_transfer"
    assert MAP.code("binance", NativePayment("BankTransferMena"), "AED", {}) == "bank_transfer_mena"


def test_a_bybit_number_means_what_the_venues_list_called_it_that_day() -> None:
    payment = NativePayment("582")
    assert MAP.code("bybit", payment, "RUB", {"582": "Rosbank"}) == "rosbank"
    assert MAP.code("bybit", payment, "RUB", {"582": " Sberbank"}) == "sberbank"
    assert MAP.code("bybit", payment, "RUB", {}) is None


def test_a_number_of_bybit_is_never_looked_up_as_another_venues_identifier() -> None:
    assert MAP.code("bybit", NativePayment("TinkoffNew2"), "RUB", {}) is None
    assert MAP.code("okx", NativePayment("RUBfiatbalance"), "RUB", {}) is None


def test_an_unknown_method_stays_in_the_offer_under_the_venues_own_id() -> None:
    payments = [NativePayment("583"), NativePayment("14"), NativePayment("14")]
    codes, unknown = canonical_codes(MAP, "bybit", payments, "RUB", {"14": "Bank Transfer"})
    assert codes == ("bank_transfer", "bybit:583")
    assert unknown == ("bybit:583",)


@given(st.text(max_size=300))
def test_folding_is_stable_and_ignores_case_spaces_and_punctuation(name: str) -> None:
    skeleton = fold_name(name)
    assert fold_name(skeleton) == skeleton
    assert fold_name(f" {name[:100]} - ") == fold_name(name[:100])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("methods: {a: {name: One, category: bank}, b: {name: oNe, category: bank}}", "both a and b"),
        (
            "methods: {a: {name: A, category: bank, aliases: [X]}, b: {name: B, category: bank, aliases: [Х]}}",
            "a and b",
        ),
        (
            "methods: {a: {name: A, category: bank, binance: [I]}, b: {name: B, category: bank, binance: [I]}}",
            "a and b",
        ),
        ("methods: {a: {name: A, category: bank}, a: {name: B, category: bank}}", "'a' stands twice"),
        ("methods: {a: {name: A, category: bnk}}", "a: category was 'bnk'"),
        ("methods: {a: {category: bank}}", "a needs a `name`"),
        ("methods: {a: {name: A, category: bank, alias: [B]}}", "alias"),
        ("methods: {a: {name: A, category: bank, aliases: B}}", "write a list"),
        ("methods: {A B: {name: A, category: bank}}", "'A B'"),
        ("methods: [", "no YAML"),
        ("[]", "no `methods:`"),
    ],
)
def test_a_mistake_in_the_map_is_named(text: str, message: str) -> None:
    with pytest.raises(PaymentMapError, match=message):
        PaymentMap.parse(text)


def test_one_name_may_belong_to_two_methods_of_different_currencies() -> None:
    payment_map = PaymentMap.parse(
        "methods: {a: {name: A, category: bank, fiats: [RUB]}, b: {name: A, category: bank, fiats: [UAH]}}"
    )
    assert (payment_map.code_of_name("a", "RUB"), payment_map.code_of_name("a", "UAH")) == ("a", "b")
    assert payment_map.code_of_name("a", "VND") is None


@recorded
@pytest.mark.recordings
def test_every_method_of_the_recording_and_of_the_other_venues_samples_is_known() -> None:
    unknown: set[str] = set()
    with gzip.open(RECORDINGS / "binance_usdt_bob_2024-10.jsonl.gz") as lines:
        for line in lines:
            for ad in orjson.loads(line)["body"]["data"]:
                methods = ad["adv"]["tradeMethods"]
                payments = [NativePayment(method["identifier"], method["tradeMethodName"]) for method in methods]
                unknown.update(canonical_codes(MAP, "binance", payments, "BOB", {})[1])
    mexc = orjson.loads((RECORDINGS / "samples" / "mexc_payment_list.trimmed.json").read_bytes())["data"]
    unknown.update(entry["name"] for entry in mexc if MAP.code_of_name(entry["name"], "RUB") is None)
    htx = orjson.loads((RECORDINGS / "samples" / "htx_rub_ads.trimmed.json").read_bytes())["data"]
    names = {method["name"] for ad in htx for method in ad["payMethods"]}
    unknown.update(name for name in names if MAP.code_of_name(name, "RUB") is None)
    assert unknown == set()
