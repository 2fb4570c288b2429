"""The payment methods of each simulated venue and fiat, with the spellings that make real lists awkward."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from p2p_pipeline.p2p.simulator.currencies import FIATS
from p2p_pipeline.p2p.simulator.noise import key_of, mixed


@dataclass(frozen=True, slots=True)
class Method:
    """A payment method as a venue lists it: Binance has word identifiers, Bybit numbers in a string."""

    native_id: str
    name: str | None
    short_name: str | None = None
    color: str = "#F0B90B"


_BINANCE_METHODS = {
    "RUB": "TinkoffNew=Тинькoфф RosBankNew=Rosbank RaiffeisenBank=Raiffeisenbank QIWI=QIWI YandexMoneyNew=ЮMoney "
    "RUBfiatbalance=BinancePay~(RUB) Payeer=Payeer Advcash=AdvCash",
    "BOB": "BANK=Bank~Transfer BancoUnion=Banco~Union BancoGanadero=Banco~Ganadero BancoEconomico=Banco~Economico "
    "BancoSantaCruz=Banco~Mercantil~Santa~Cruz BancoDeBolivia=Banco~Nacional~de~Bolivia TigoMoney=Tigo~Money "
    "BancoDeCredito=Banco~de~Credito BancoSolidario=Banco~Solidario SoliPagos=SoliPagos",
    "VES": "Banesco=Banesco Mercantil=Mercantil Provincial=Provincial Bancamiga=Bancamiga PagoMovil=Pago~Movil "
    "SpecificBank=Transfers~with~specific~bank BNCBancoNacional=BNC~Banco~Nacional~de~Crédito",
    "ARS": "MercadoPagoNew=Mercadopago LemonCash=Lemon~Cash BancoBrubankNew=Banco~Brubank Uala=Uala "
    "BankArgentina=Bank~Transfer~(Argentina) BANK=Bank~Transfer",
    "BDT": "BKash=bKash NAGAD=Nagad Rocket=Rocket BANK=Bank~Transfer",
    "AED": "BANK=Bank~Transfer BankTransferMena=Bank~Transfer~(Middle~East) CashDeposit=Cash~Deposit~to~Bank",
    "UAH": "Monobank=Monobank PrivatBank=PrivatBank PUMBBank=PUMB ABank=A-Bank RaiffeisenBankAval=Raiffeisen~Bank~Aval",
    "VND": "BANK=Bank~Transfer MoMoNew=MoMo ViettelPay=Viettel~Pay ZaloPay=ZaloPay BankVietnam=Bank~Transfer~(Vietnam)",
    "KZT": "KaspiBank=Kaspi~Bank HalykBank=Halyk~Bank JysanBank=Jysan~Bank ForteBank=ForteBank",
}
_EVERYWHERE_BINANCE = (
    "BANK=Bank~Transfer SpecificBank=Transfers~with~specific~bank CashInPerson=Cash~in~Person Wise=Wise"
)

_BYBIT_METHODS = {
    "RUB": "14=Bank~Transfer 18=Cash~Deposit~to~Bank 40=Mobile~Top-up 90=Cash~in~Person 784=PAY-API",
    "VND": "14=Bank~Transfer 48=MoMo 613=Viettel~Pay 614=ZaloPay 615=Vietcombank 616=Techcombank 90=Cash~in~Person",
    "UAH": "14=Bank~Transfer 43=Monobank 1=A-Bank 63=Raiffeisen~Bank~Aval 60=PrivatBank 90=Cash~in~Person",
    "ARS": "14=Bank~Transfer 8=Mercado~Pago 617=Lemon~Cash 618=Uala 619=Brubank",
    "ETB": "629=CBE 630=Telebirr 631=Awash~Bank 632=Dashen~Bank 14=Bank~Transfer",
}
_EVERYWHERE_BYBIT = "14=Bank~Transfer 90=Cash~in~Person 18=Cash~Deposit~to~Bank"

_LOCAL_WORDS = ("National Bank", "Commercial Bank", "People's Bank", "Mobile Money", "Savings Bank", "Post Wallet")
_COLORS = ("#004A2C", "#DAB700", "#00377D", "#F0B90B", "#6DBB24", "#D32F2F")

BYBIT_ALIASES = {"784": "Sberpay"}
"""Where Bybit's alias differs from its name."""


@lru_cache(maxsize=4096)
def methods_of(venue: str, fiat: str) -> tuple[Method, ...]:
    """What the venue lists for a fiat, the most used first. Fiats without a list of their own get invented banks."""
    named = (_BYBIT_METHODS if venue == "bybit" else _BINANCE_METHODS).get(fiat)
    if named is not None:
        return _read_methods(named)
    return _read_methods(_EVERYWHERE_BYBIT if venue == "bybit" else _EVERYWHERE_BINANCE) + _local_methods(venue, fiat)


def all_methods(venue: str) -> tuple[Method, ...]:
    """Each method of the venue once, in the order of the fiats."""
    seen: dict[str, Method] = {}
    for fiat in FIATS:
        for method in methods_of(venue, fiat):
            seen.setdefault(method.native_id, method)
    return tuple(seen.values())


def _read_methods(text: str) -> tuple[Method, ...]:
    methods = []
    for entry in text.split():
        native_id, _, name = entry.partition("=")
        spaced = name.replace("~", " ")
        color = _COLORS[key_of(native_id) % len(_COLORS)]
        methods.append(Method(native_id, spaced, spaced if len(spaced) < 12 else None, color))
    return tuple(methods)


def _local_methods(venue: str, fiat: str) -> tuple[Method, ...]:
    count = 2 + mixed(key_of(fiat)) % (len(_LOCAL_WORDS) - 1)
    methods = []
    for index, word in enumerate(_LOCAL_WORDS[:count]):
        name = f"{FIATS[fiat].country} {word}"
        identifier = name.replace(" ", "").replace("'", "")
        native_id = str(1000 + FIATS[fiat].rank * 10 + index) if venue == "bybit" else identifier
        methods.append(Method(native_id, name, None, _COLORS[index]))
    return tuple(methods)
