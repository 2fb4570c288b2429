"""Binance P2P's lists: fiats, assets of a fiat, payment methods and what else a search can be filtered by."""

from __future__ import annotations

from typing import Any

from p2p_pipeline.p2p.simulator.answers import WireAnswer, WireRequest
from p2p_pipeline.p2p.simulator.binance_envelope import illegal_parameter, success
from p2p_pipeline.p2p.simulator.binance_items import render_method
from p2p_pipeline.p2p.simulator.catalogue import Catalogue
from p2p_pipeline.p2p.simulator.currencies import FIATS
from p2p_pipeline.p2p.simulator.payments import all_methods, methods_of

PERIODS = (15, 30, 45, 60)
_EXPRESS_ASSETS = 3


def fiat_list(_: dict[str, Any]) -> WireAnswer:
    """All fiats."""
    return success(
        [
            {
                "currencyCode": fiat.code,
                "currencySymbol": fiat.symbol,
                "currencyScale": fiat.scale,
                "countryCode": fiat.country,
                "iconUrl": f"https://bin.bnbstatic.com/image/fiat/{fiat.code}.png",
            }
            for fiat in sorted(FIATS.values(), key=lambda fiat: fiat.code)
        ]
    )


def portal_config(catalogue: Catalogue, payload: dict[str, Any]) -> WireAnswer:
    """The areas of a fiat. P2P is not the first of them, and some of its assets are in no other."""
    fiat = str(payload.get("fiat"))
    assets = catalogue.assets_of(fiat)
    methods = [method.native_id for method in methods_of("binance", fiat)] if fiat in FIATS else []
    # What is bought in one step has fewer assets, and the fiat itself among them.
    areas = [("EXPRESS", [*assets[:_EXPRESS_ASSETS], fiat]), ("P2P", assets), ("BLOCK", assets[:1])]
    written = [_area(name, listed, methods) for name, listed in areas] if assets else []
    return success({"fiat": fiat, "areas": written, "filterDefaultValues": {"publisherType": ""}})


def _area(name: str, assets: list[str], methods: list[str]) -> dict[str, Any]:
    side = {
        "assets": [{"asset": code, "description": None, "iconUrl": None} for code in assets],
        "convertAssets": [],
        "tradeMethods": [{"identifier": identifier} for identifier in methods],
    }
    sides = [{"side": trade_type} | side for trade_type in ("BUY", "SELL")]
    return {"area": name, "proMerchantFilterAvailable": name == "P2P", "tradeSides": sides}


def filter_conditions(catalogue: Catalogue, payload: dict[str, Any]) -> WireAnswer:
    """What a search of a fiat can be filtered by."""
    fiat = str(payload.get("fiat"))
    methods = methods_of("binance", fiat) if fiat in FIATS else ()
    everywhere = {"scode": "ALL", "name": "All regions"}
    return success(
        {
            "tradeMethods": [render_method(method) for method in methods],
            "areas": ["P2P"],
            "periods": list(PERIODS),
            "countries": [everywhere, {"scode": FIATS[fiat].country, "name": None}] if fiat in FIATS else [everywhere],
            "assets": catalogue.assets_of(fiat),
        }
    )


def method_pages(request: WireRequest) -> WireAnswer:
    """All payment methods of all fiats, page by page."""
    page, rows = request.query.get("page", "1"), request.query.get("rows", "20")
    if not page.isdigit() or not rows.isdigit() or int(page) < 1:
        return illegal_parameter()
    methods = all_methods("binance")
    shown = methods[(int(page) - 1) * int(rows) : int(page) * int(rows)]
    return success([render_method(method) for method in shown], total=len(methods))
