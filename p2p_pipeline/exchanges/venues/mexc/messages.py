"""MEXC's protobuf messages, declared by their field numbers instead of by a generated file."""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "mexc"
_FIELD = descriptor_pb2.FieldDescriptorProto

_TEXT, _WHOLE = "text", "whole"
"""proto3 string, and int64 varint."""

_DEPTHS = {"asks": (1, "*Item"), "bids": (2, "*Item"), "eventType": (3, _TEXT), "version": (4, _TEXT)}

_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "Item": {"price": (1, _TEXT), "quantity": (2, _TEXT)},
    "AggreDepths": {
        "asks": (1, "*Item"),
        "bids": (2, "*Item"),
        "eventType": (3, _TEXT),
        "fromVersion": (4, _TEXT),
        "toVersion": (5, _TEXT),
    },
    "LimitDepths": _DEPTHS,
    "AggreBookTicker": {
        "bidPrice": (1, _TEXT),
        "bidQuantity": (2, _TEXT),
        "askPrice": (3, _TEXT),
        "askQuantity": (4, _TEXT),
        "version": (5, _TEXT),
    },
    "BookTicker": {
        "bidPrice": (1, _TEXT),
        "bidQuantity": (2, _TEXT),
        "askPrice": (3, _TEXT),
        "askQuantity": (4, _TEXT),
    },
    "BookTickerBatch": {"items": (1, "*BookTicker"), "version": (2, _TEXT)},
    "Other": {},
    "Wrapper": {
        "channel": (1, _TEXT),
        "symbol": (3, _TEXT),
        "symbolId": (4, _TEXT),
        "createTime": (5, _WHOLE),
        "sendTime": (6, _WHOLE),
        "publicDeals": (301, "Other"),
        "publicIncreaseDepths": (302, "Other"),
        "publicLimitDepths": (303, "LimitDepths"),
        "publicBookTicker": (305, "BookTicker"),
        "publicSpotKline": (308, "Other"),
        "publicMiniTicker": (309, "Other"),
        "publicMiniTickers": (310, "Other"),
        "publicBookTickerBatch": (311, "BookTickerBatch"),
        "publicIncreaseDepthsBatch": (312, "Other"),
        "publicAggreDepths": (313, "AggreDepths"),
        "publicAggreDeals": (314, "Other"),
        "publicAggreBookTicker": (315, "AggreBookTicker"),
    },
}
"""By message: each field's number and type; `*` is a list of it. `Other` stands for what is of no use here."""

BODY = "body"
"""The envelope's choice: it has at most one of the fields from 301 on."""


def _wrapper_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        if name == "Wrapper":
            message.oneof_decl.add(name=BODY)
        for field_name, (number, type_name) in fields.items():
            field = message.field.add(name=field_name, number=number, json_name=field_name)
            field.label = _FIELD.LABEL_REPEATED if type_name.startswith("*") else _FIELD.LABEL_OPTIONAL
            if type_name in (_TEXT, _WHOLE):
                field.type = _FIELD.TYPE_STRING if type_name == _TEXT else _FIELD.TYPE_INT64
            else:
                field.type = _FIELD.TYPE_MESSAGE
                field.type_name = f".{_PACKAGE}.{type_name.removeprefix('*')}"
            if name == "Wrapper" and number > 300:
                field.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Wrapper"))


Wrapper = _wrapper_class()
"""The envelope of every frame of market data."""
