"""Payment methods: many names, one code; what the map doesn't know stays visible."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from importlib import resources
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import NativePayment
from p2p_pipeline.p2p.offers.payment_methods import (
    PaymentMap,
    PaymentMapError,
    canonical_codes,
    fold_name,
    shipped_texts,
)
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


_LISTED_BY_BINANCE = """
    BancoFIE CIHBankNew ForteBank JysanBank CenterCreditBank HomeCreditKazakhstan EurasianBank AltynBank BankRBK ABank
    RenaissanceCredit BCSBank BankSaintPetersburg UniCreditRussia CreditEuropeBank CitibankRussia Zinli
    MercantilBankPanama Mony ACHXpressPanama Towerbank BancoGeneralPanama WallyTech YappyPanama PuntoPagoPanama AirTM
    BACCredomatic BanescoPanama SkrillMoneybookers BanistmoPanama CajadeahorrosPanama BancoLafisePanama BanisiPanama
    TransferenciaACH Ziraat Garanti DenizBank VakifBank KuveytTurk Papara QNB ISBANK Akbank Ozan alBaraka TBCbank
    BankofGeorgia CREDOBANK BCAMobile BCASyariah MandiriPay PermataMe BANKBRI DanamonBank Sinarmas TMRW AlloBank
    BankJago Blu SEAbank Maybank CIMBNiaga OCBCNISP NEO Flip OVO YapBNI GoPay ShopeePay DANA LinkAja JeniusPayMe
    TinkoffNew RosBankNew BKash NAGAD Rocket MoMoNew HalykBank Monobank BancoUnion PagoMovil MercadoPagoNew
"""


@pytest.mark.parametrize("identifier", _LISTED_BY_BINANCE.split())
def test_a_binance_identifier_is_the_same_known_method_in_every_currency(identifier: str) -> None:
    codes = {MAP.code("binance", NativePayment(identifier), fiat, {}) for fiat in ("RUB", "BOB", "USD", "TRY", "XXX")}
    assert len(codes) == 1
    assert None not in codes


def test_an_identifier_that_is_only_a_name_is_recognised_in_other_currencies_when_one_method_has_the_name() -> None:
    payment_map = PaymentMap.parse(
        "methods: {a: {name: One, category: bank, fiats: [RUB]}, b: {name: Two, category: bank, fiats: [RUB]}, "
        "c: {name: Two, category: bank, fiats: [UAH]}}"
    )
    assert payment_map.code("binance", NativePayment("One"), "USD", {}) == "a"
    assert payment_map.code("binance", NativePayment("Two"), "UAH", {}) == "c"
    assert payment_map.code("binance", NativePayment("Two"), "USD", {}) is None
    assert payment_map.code("bybit", NativePayment("5", "One"), "USD", {}) is None


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
        ("methods: []", "no `methods:`"),
        ("other: {}", "no `methods:`"),
    ],
)
def test_a_mistake_in_the_map_is_named(text: str, message: str) -> None:
    with pytest.raises(PaymentMapError, match=message):
        PaymentMap.parse(text)


def test_a_map_in_several_texts_is_one_map_and_no_method_stands_in_two_of_them() -> None:
    one, two = "methods: {a: {name: A, category: bank}}", "methods: {b: {name: B, category: bank}}"
    both = PaymentMap.parse(one, two, "remark_words: {only: [just]}")
    assert (set(both.methods), both.remark_words) == ({"a", "b"}, {"only": ("just",)})
    assert both.version != PaymentMap.parse(one).version
    with pytest.raises(PaymentMapError, match="'a' stands twice"):
        PaymentMap.parse(one, two, one)


def test_the_map_that_is_loaded_is_what_the_yaml_says() -> None:
    parsed = PaymentMap.parse(*shipped_texts())
    read = resources.files("p2p_pipeline.p2p.offers").joinpath("payment_map.json").read_bytes()
    assert read == parsed.to_json(), "run `python -m p2p_pipeline_tests.p2p.offers.write_payment_map`"
    loaded = PaymentMap.from_json(read, parsed.version)
    assert loaded is not None
    assert vars(loaded) == vars(parsed)


def test_a_map_whose_texts_were_edited_since_is_read_from_them() -> None:
    parsed = PaymentMap.parse("methods: {a: {name: A, category: bank}}")
    assert PaymentMap.from_json(parsed.to_json(), "another version") is None


def test_one_name_may_belong_to_two_methods_of_different_currencies() -> None:
    payment_map = PaymentMap.parse(
        "methods: {a: {name: A, category: bank, fiats: [RUB]}, b: {name: A, category: bank, fiats: [UAH]}}"
    )
    assert (payment_map.code_of_name("a", "RUB"), payment_map.code_of_name("a", "UAH")) == ("a", "b")
    assert payment_map.code_of_name("a", "VND") is None


def _methods(ads: Iterable[dict[str, Any]]) -> list[tuple[str, NativePayment]]:
    return [
        (ad["adv"]["fiatUnit"], NativePayment(method["identifier"], method.get("tradeMethodName")))
        for ad in ads
        for method in ad["adv"]["tradeMethods"]
    ]


@recorded
@pytest.mark.recordings
@pytest.mark.parametrize("name", ["binance_usdt_bob_2024-10.jsonl.gz", "binance_usdt_bob_usd_2026-08.jsonl.gz"])
def test_every_method_of_the_recordings_is_known(name: str) -> None:
    with gzip.open(RECORDINGS / name) as lines:
        methods = {pair for line in lines for pair in _methods(orjson.loads(line)["body"]["data"])}
    assert {payment for fiat, payment in methods if MAP.code("binance", payment, fiat, {}) is None} == set()


def _identifiers(found: object) -> Iterator[str]:
    """Every payment identifier anywhere in an answer."""
    if isinstance(found, dict):
        if isinstance(found.get("identifier"), str):
            yield found["identifier"]
        for inner in found.values():
            yield from _identifiers(inner)
    elif isinstance(found, list):
        for inner in found:
            yield from _identifiers(inner)


@recorded
@pytest.mark.recordings
def test_every_method_of_the_samples_of_all_venues_is_known() -> None:
    unknown: set[str] = set()
    samples = RECORDINGS / "samples"
    for path in samples.glob("binance_*.json"):
        for identifier in _identifiers(orjson.loads(path.read_bytes())):
            if MAP.code("binance", NativePayment(identifier), "XXX", {}) is None:
                unknown.add(identifier)
    names = {("RUB", entry["name"]) for entry in _sample("mexc_payment_list.trimmed.json")["data"]}
    names |= {
        ("RUB", method["name"]) for ad in _sample("htx_rub_ads.trimmed.json")["data"] for method in ad["payMethods"]
    }
    names |= {
        ("UAH", name)
        for ad in _sample("okx_uah_sell_2026-09.trimmed.json")["data"]["sell"]
        for name in ad["paymentMethods"]
    }
    names |= {
        ("PLN", name)
        for ad in _sample("okx_pln_buy.2026-09.trimmed.json")["data"]["buy"]
        for name in ad["paymentMethods"]
    }
    bybit = _sample("bybit_payment_list.trimmed.json")["result"]["paymentConfigVo"]
    names |= {("RUB", entry["paymentName"]) for entry in bybit}
    unknown.update(name for fiat, name in names if MAP.code_of_name(name, fiat) is None)
    assert unknown == set()


def _sample(name: str) -> Any:
    return orjson.loads((RECORDINGS / "samples" / name).read_bytes())
