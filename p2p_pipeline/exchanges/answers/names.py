"""The exchanges as people write them; who only shows a name needs no decoder."""

from __future__ import annotations

TITLES = {
    "binance": "Binance", "okx": "OKX", "kraken": "Kraken", "bybit": "Bybit", "coinbase": "Coinbase",
    "kucoin": "KuCoin", "gate": "Gate", "mexc": "MEXC", "bitget": "Bitget", "htx": "HTX", "upbit": "Upbit",
    "bingx": "BingX", "bitfinex": "Bitfinex", "xt": "XT",
}  # fmt: skip


def title_of(exchange: str) -> str:
    """Its name for people; one that is not known stays as it is."""
    return TITLES.get(exchange, exchange)
