"""Bybit's own lists: payment methods, and which assets trade against which fiats."""

from __future__ import annotations

from typing import Any

import orjson

from p2p_pipeline.p2p.venues import reading
from p2p_pipeline.p2p.venues.reading import as_list, as_object, load_object
from p2p_pipeline.p2p.venues.wire import PaymentMethod


def payment_methods(body: bytes) -> list[PaymentMethod]:
    """The entries of a payment list that can be read, with the fiats they are offered for."""
    result = as_object(load_object(body).get("result"))
    fiats = _fiats_by_payment(result.get("currencyPaymentIdMap"))
    found: list[PaymentMethod] = []
    for entry in map(as_object, as_list(result.get("paymentConfigVo"))):
        payment = reading.payment_of(entry.get("paymentType"), first_text(entry, "paymentName", "paymentAlias"))
        if payment is None:
            continue
        extent = as_object(entry.get("paymentExtInfo"))
        listed = {code for code in as_list(extent.get("supportCurrencyIds")) if isinstance(code, str) and code}
        listed |= fiats.get(payment.native_id, set())
        found.append(PaymentMethod(payment, frozenset() if extent.get("supportAllCurrency") else frozenset(listed)))
    return found


def _fiats_by_payment(written: Any) -> dict[str, set[str]]:
    """The list's own map from fiat to payment ids, turned round. It is JSON inside a JSON string."""
    if isinstance(written, str):
        try:
            written = orjson.loads(written)
        except orjson.JSONDecodeError:
            return {}
    fiats: dict[str, set[str]] = {}
    for fiat, ids in as_object(written).items():
        for native_id in as_list(ids):
            if isinstance(native_id, int | str):
                fiats.setdefault(str(native_id).strip(), set()).add(fiat)
    return fiats


def symbols(body: bytes) -> list[tuple[str, str]]:
    """Each asset with a fiat it trades against."""
    listed = as_object(load_object(body).get("result")).get("symbols")
    entries = listed if isinstance(listed, list) else list(as_object(listed).values())
    pairs = ((as_object(entry).get("tokenId"), as_object(entry).get("currencyId")) for entry in entries)
    return [(asset, fiat) for asset, fiat in pairs if isinstance(asset, str) and isinstance(fiat, str)]


def first_text(entry: dict[str, Any], *fields: str) -> str | None:
    """The first of some fields that holds more than blanks."""
    texts = (reading.name(entry.get(field)) for field in fields)
    return next((text for text in texts if text and text.strip()), None)
