"""What currencies and crypto assets are called, for people who read the dimensions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

_CRYPTO_NAMES = {
    "ADA": "Cardano", "BNB": "BNB", "BTC": "Bitcoin", "BUSD": "Binance USD", "DAI": "Dai", "DOGE": "Dogecoin",
    "ETH": "Ether", "EURI": "Eurite", "FDUSD": "First Digital USD", "LTC": "Litecoin", "SHIB": "Shiba Inu",
    "SOL": "Solana", "TRX": "TRON", "TUSD": "TrueUSD", "USD1": "World Liberty Financial USD", "USDC": "USDC",
    "USDE": "Ethena USDe", "USDT": "Tether USD", "WLD": "Worldcoin", "XRP": "XRP",
}  # fmt: skip


def crypto_name(symbol: str) -> str:
    """An asset's name; its symbol where none is known."""
    return _CRYPTO_NAMES.get(symbol, symbol)


def fiat_name(code: str) -> str:
    """A currency's English name; its code where it is none of ISO 4217's."""
    return _english_names().get(code, code)


def country_of(code: str) -> str | None:
    """The ISO 3166 code of the country a currency belongs to; `EU` for the euro, None for one that many share."""
    if code == "EUR":
        return "EU"
    users = _users_today().get(code, frozenset())
    if code[:2] in users:
        return code[:2]
    return next(iter(users)) if len(users) == 1 else None


@cache
def _english_names() -> dict[str, str]:
    from babel import Locale  # noqa: PLC0415 - a tenth of a second, and only for a currency not seen before

    return {str(code): str(name) for code, name in Locale("en").currencies.items()}


@cache
def _users_today() -> dict[str, frozenset[str]]:
    from babel.core import get_global  # noqa: PLC0415

    users: dict[str, set[str]] = {}
    for territory, currencies in get_global("territory_currencies").items():
        for code, _, until, is_tender in _entries(currencies):
            if until is None and is_tender:
                users.setdefault(code, set()).add(territory)
    return {code: frozenset(found) for code, found in users.items()}


def _entries(currencies: Iterable[tuple[str, object, object, bool]]) -> Iterable[tuple[str, object, object, bool]]:
    # (code, in use since, until, whether it is legal tender)
    return currencies
