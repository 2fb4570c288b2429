"""How each exchange says that it was asked too often."""

from __future__ import annotations

import json

from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer

_WORDS: dict[str, tuple[int, object, dict[str, str]]] = {
    "binance": (429, {"code": -1003, "msg": "Too many requests."}, {"Retry-After": "2"}),
    "okx": (429, {"code": "50011", "msg": "Too Many Requests", "data": []}, {}),
    "kraken": (200, {"error": ["EGeneral:Too many requests"]}, {}),
    "bybit": (200, {"retCode": 10006, "retMsg": "Too many visits!", "result": {}, "retExtInfo": {}, "time": 0}, {}),
    "coinbase": (429, {"error": "rate_limit_exceeded", "error_details": "too many requests", "message": ""}, {}),
    "kucoin": (429, {"code": "429000", "msg": "Too Many Requests"}, {"gw-ratelimit-reset": "2000"}),
    "gate": (429, {"label": "TOO_MANY_REQUESTS", "message": "Request Rate Limit Exceeded"}, {}),
    "mexc": (429, {"code": 429, "msg": "Too Many Requests"}, {"Retry-After": "2"}),
    "bitget": (429, {"code": "429", "msg": "Too Many Requests", "data": None}, {}),
    "htx": (429, {"status": "error", "err-code": "api-limit", "err-msg": "too many requests", "data": None}, {}),
    "upbit": (429, {"error": {"name": "too_many_requests", "message": "Too many API requests."}}, {}),
    "bingx": (200, {"code": 100410, "msg": "rate limited", "data": {}}, {}),
    "bitfinex": (429, ["error", 11010, "ratelimit: error"], {}),
    "xt": (429, {"rc": 1, "mc": "TOO_MANY_REQUESTS", "ma": [], "result": None}, {}),
}


def too_many(exchange: str) -> Answer:
    """The answer to a request above the limit."""
    status, body, headers = _WORDS[exchange]
    return Answer(json.dumps(body).encode(), status, {"Content-Type": "application/json", **headers})
