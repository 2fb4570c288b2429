"""What Bybit P2P trades, as it tells it with every ad and in its configuration."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from p2p_pipeline.p2p.simulator.currencies import ASSETS, FIATS, Fiat, asset_scale


@lru_cache(maxsize=1)
def configuration() -> dict[str, Any]:
    """All pairs, fiats and assets; made once, for it is large."""
    scales = {code: asset_scale("bybit", asset) for code, asset in ASSETS.items()}
    return {
        "symbols": [symbol_info(asset, fiat, scale) for fiat in FIATS for asset, scale in scales.items()],
        "currencies": [_currency(fiat) for fiat in FIATS.values()],
        "tokens": [_token(asset, place, scale) for place, (asset, scale) in enumerate(scales.items())],
    }


def symbol_info(asset: str, fiat_code: str, scale: int) -> dict[str, Any]:
    """A pair as ads and the configuration show it; `scale` is the asset's."""
    fiat, asset_place = FIATS[fiat_code], list(ASSETS).index(asset)
    periods = {"paymentPeriods": [15, 30, 60]}
    return {
        "id": str(13 + fiat.rank * 8 + asset_place),
        "exchangeId": "301",
        "orgId": "9001",
        "tokenId": asset,
        "currencyId": fiat_code,
        "status": 1,
        "lowerLimitAlarm": 90,
        "upperLimitAlarm": 110,
        "itemDownRange": "70",
        "itemUpRange": "130",
        "currencyMinQuote": f"{fiat.units_per_dollar * 2:.0f}",
        "currencyMaxQuote": f"{fiat.units_per_dollar * 50_000:.0f}",
        "currencyLowerMaxQuote": f"{fiat.units_per_dollar * 2:.0f}",
        "tokenMinQuote": "1",
        "tokenMaxQuote": "50000",
        "kycCurrencyLimit": "900",
        "itemSideLimit": 3,
        "buyFeeRate": "0",
        "sellFeeRate": "0",
        "orderAutoCancelMinute": 15,
        "orderFinishMinute": 10,
        "tradeSide": 9,
        "currency": _currency(fiat),
        "token": _token(asset, asset_place, scale),
        "buyAd": periods,
        "sellAd": periods,
    }


def _currency(fiat: Fiat) -> dict[str, Any]:
    return {
        "id": str(14 + fiat.rank),
        "exchangeId": "0",
        "orgId": "9001",
        "currencyId": fiat.code,
        "scale": fiat.scale,
    }


def _token(asset: str, place: int, scale: int) -> dict[str, Any]:
    return {
        "id": str(1 + place),
        "exchangeId": "0",
        "orgId": "9001",
        "tokenId": asset,
        "scale": scale,
        "sequence": 1 + place,
    }
