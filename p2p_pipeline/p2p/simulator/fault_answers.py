"""What a fault makes of an answer: other status, other headers, a damaged body. Pure; the socket is the server's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import orjson

from p2p_pipeline.p2p.simulator.answers import WireAnswer
from p2p_pipeline.p2p.simulator.faults import FaultName, FaultRule

PageReader = Callable[[int], bytes]
"""Renders another page of the book that was asked for, at the same moment."""


@dataclass(frozen=True, slots=True)
class FaultContext:
    """What a fault may look at besides the answer."""

    venue: str
    rule: FaultRule
    seed: int
    read_page: PageReader = field(default=lambda _: b"{}")


_IMPORTANT_FIELDS = {
    "bybit": (
        "price", "lastQuantity", "minAmount", "maxAmount", "payments", "userId", "nickName", "id", "recentExecuteRate",
    ),
    "binance": (
        "adv.price", "adv.tradableQuantity", "adv.minSingleTransAmount", "adv.dynamicMaxSingleTransAmount",
        "adv.tradeMethods", "adv.advNo", "advertiser.userNo", "advertiser.nickName", "advertiser.monthFinishRate",
    ),
}  # fmt: skip

_STATUS_FAULTS: dict[FaultName, tuple[int, str, bytes]] = {
    FaultName.TOO_MANY_REQUESTS: (429, "text/plain", b"Too Many Requests"),
    FaultName.TOO_MANY_REQUESTS_WITH_RETRY_AFTER: (429, "text/plain", b"Too Many Requests"),
    FaultName.TEAPOT: (418, "application/json", b'{"code":-1003,"msg":"Way too many requests; IP banned."}'),
    FaultName.ACCESS_DENIED: (
        403,
        "text/html",
        b"<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n</BODY>\n</HTML>\n",
    ),
    FaultName.ACCESS_TOO_FREQUENT: (
        403,
        "application/json",
        b'{"ret_code":10006,"ret_msg":"access too frequent","result":{},"ext_code":"","ext_info":{},"time_now":"0"}',
    ),
    FaultName.SERVER_ERROR: (500, "text/html", b"<html><body><h1>500 Internal Server Error</h1></body></html>"),
    FaultName.BAD_GATEWAY: (502, "text/html", b"<html><body><h1>502 Bad Gateway</h1></body></html>"),
    FaultName.UNAVAILABLE: (503, "text/html", b"<html><body><h1>503 Service Unavailable</h1></body></html>"),
    FaultName.HTML_INSTEAD: (200, "text/html", b"<!doctype html><html><body>Just a moment...</body></html>"),
    FaultName.REDIRECT: (302, "text/html", b""),
}

_VENUE_ERRORS = {
    "bybit": b'{"ret_code":912000014,"ret_msg":"permission denied\\t","result":{},"ext_code":"",'
    b'"ext_info":{"fiat_error_config":""},"time_now":"0"}',
    "binance": b'{"code":"000001","message":"System error","messageDetail":null,"data":null,"success":false}',
}


def damaged(answer: WireAnswer, context: FaultContext) -> WireAnswer:
    """The answer as the fault leaves it. Faults of the connection leave it alone."""
    name, amount = context.rule.name, context.rule.amount
    if name in _STATUS_FAULTS:
        status, content_type, body = _STATUS_FAULTS[name]
        headers = {}
        if name is FaultName.TOO_MANY_REQUESTS_WITH_RETRY_AFTER:
            headers["retry-after"] = f"{amount or 2:g}"
        if name is FaultName.REDIRECT:
            headers["location"] = "http://redirected.invalid/"
        return replace(answer, status=status, content_type=content_type, body=body, headers=headers, offer_ids=())
    if name is FaultName.VENUE_ERROR:
        return replace(answer, body=_VENUE_ERRORS[context.venue], offer_ids=())
    if name is FaultName.TRUNCATED_JSON:
        return replace(answer, body=answer.body[: len(answer.body) * 2 // 3])
    if name in _DOCUMENT_FAULTS:
        document = orjson.loads(answer.body)
        _DOCUMENT_FAULTS[name](document, context, answer.page or 1)
        ids = tuple(filter(None, (_id_of(item) for item in _items(document, context.venue) or ())))
        return replace(answer, body=orjson.dumps(document), offer_ids=ids)
    return answer


def _items(document: Any, venue: str) -> list[Any] | None:
    found: Any = document["result"].get("items") if venue == "bybit" else document.get("data")
    return found if isinstance(found, list) else None


def _set_items(document: Any, venue: str, items: list[Any] | None) -> None:
    if venue == "bybit":
        document["result"]["items"] = items
    else:
        document["data"] = items


def _id_of(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    adv = item.get("adv", item)
    found = adv.get("advNo", adv.get("id")) if isinstance(adv, dict) else None
    return found if isinstance(found, str) else None


def _empty_page(document: Any, context: FaultContext, _: int) -> None:
    _set_items(document, context.venue, [])
    if context.venue == "bybit":
        document["result"]["count"] = 0
    else:
        document["total"] = 0


def _null_list(document: Any, context: FaultContext, _: int) -> None:
    _set_items(document, context.venue, None)


def _other_page(context: FaultContext, page: int) -> list[Any]:
    return _items(orjson.loads(context.read_page(page)), context.venue) or []


def _duplicate_page(document: Any, context: FaultContext, page: int) -> None:
    _set_items(document, context.venue, _other_page(context, max(1, page - 1)))


_SHIFTED_ADS = 3


def _shift_down(document: Any, context: FaultContext, page: int) -> None:
    own = _items(document, context.venue) or []
    if page > 1:
        _set_items(
            document,
            context.venue,
            (_other_page(context, page - 1)[-_SHIFTED_ADS:] + own)[: max(len(own), _SHIFTED_ADS)],
        )


def _shift_up(document: Any, context: FaultContext, page: int) -> None:
    own = _items(document, context.venue) or []
    if page > 1:
        _set_items(document, context.venue, own[_SHIFTED_ADS:] + _other_page(context, page + 1)[:_SHIFTED_ADS])


def _chosen(document: Any, context: FaultContext) -> tuple[Any, str] | None:
    """The object and the key in it that a fault of fields befalls; None on a page without ads."""
    items = _items(document, context.venue)
    if not items:
        return None
    random = Random(context.seed)
    item = random.choice(items)
    path = (context.rule.field or random.choice(_IMPORTANT_FIELDS[context.venue])).split(".")
    for key in path[:-1]:
        item = item[key]
    return item, path[-1]


def _new_field(document: Any, context: FaultContext, _: int) -> None:
    for item in _items(document, context.venue) or []:
        target = item["adv"] if context.venue == "binance" else item
        target[context.rule.field or "somethingNew"] = {"since": "today"}


def _missing_field(document: Any, context: FaultContext, _: int) -> None:
    if (place := _chosen(document, context)) is not None:
        place[0].pop(place[1], None)


def _renamed_field(document: Any, context: FaultContext, _: int) -> None:
    if (place := _chosen(document, context)) is not None and place[1] in place[0]:
        place[0][f"{place[1]}V2"] = place[0].pop(place[1])


def _retyped_field(document: Any, context: FaultContext, _: int) -> None:
    if (place := _chosen(document, context)) is not None:
        place[0][place[1]] = _retyped(place[0].get(place[1]))


def _retyped(value: Any) -> Any:
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return 1
        # An id of twenty digits becomes a number that no longer holds all of them: that is the trap.
        return int(number) if number.is_integer() else number
    if isinstance(value, (int, float)):
        return str(value)
    return None if isinstance(value, list) else "?"


def _broken_record(document: Any, context: FaultContext, _: int) -> None:
    items = _items(document, context.venue)
    if not items:
        return
    random = Random(context.seed)
    place = random.randrange(len(items))
    target = items[place]["adv"] if context.venue == "binance" else items[place]
    low, high = (
        ("minSingleTransAmount", "maxSingleTransAmount") if context.venue == "binance" else ("minAmount", "maxAmount")
    )
    match random.randrange(3):
        case 0:
            items[place] = None
        case 1:
            target["price"] = random.choice(("", "abc", "NaN", "-1", "0", None))
        case _:
            target[low], target[high] = "1000000000", "1"


_DOCUMENT_FAULTS: dict[FaultName, Callable[[Any, FaultContext, int], None]] = {
    FaultName.EMPTY_PAGE: _empty_page,
    FaultName.NULL_LIST: _null_list,
    FaultName.DUPLICATE_PAGE: _duplicate_page,
    FaultName.PAGES_SHIFT_DOWN: _shift_down,
    FaultName.PAGES_SHIFT_UP: _shift_up,
    FaultName.NEW_FIELD: _new_field,
    FaultName.MISSING_FIELD: _missing_field,
    FaultName.RENAMED_FIELD: _renamed_field,
    FaultName.RETYPED_FIELD: _retyped_field,
    FaultName.BROKEN_RECORD: _broken_record,
}
