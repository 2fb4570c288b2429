"""The addresses under which a test or a person steers the simulator and asks it for the truth."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer
from p2p_pipeline.exchanges.simulator.faults import FaultName, rule_from_json, rule_to_json
from p2p_pipeline.exchanges.simulator.hall import FORGET_AFTER_SECONDS, Hall
from p2p_pipeline.exchanges.simulator.http import Asked
from p2p_pipeline.exchanges.simulator.plant import plant_to_json
from p2p_pipeline.exchanges.simulator.plant_file import plant_from_json
from p2p_pipeline.kernel.errors import ClearError, InvalidInput

_TRUTHS = "/truth, /truth/book?exchange=&symbol=&at=, /truth/ticker?symbol=&at="
_HELP = f"GET /health, {_TRUTHS}, /faults, POST /faults, POST /plants"


def steer(hall: Hall, asked: Asked) -> Answer | None:
    """Answer a request to the simulator itself; None when it is to an exchange.

    GET /health; GET /truth: every plant; GET /truth/book?exchange=binance&symbol=BTC/USDT[&depth=N][&at=SECONDS]: a
    book as its exchange publishes it with its sequence, and as it truly is, or was at a time; GET
    /truth/ticker?symbol=BTCUSDT[&at=SECONDS]: the same of a ticker of the linear market; GET /faults; POST
    /faults: a list of rules replaces those in force; POST /plants: one plant or a list, as in a file of plants.
    """
    found = _ACTIONS.get((asked.method, asked.mount, asked.path))
    if found is None:
        if asked.mount not in ("", *(mount for _, mount, _ in _ACTIONS)):
            return None
        what = f"{asked.method} /{asked.mount} does nothing here; there are: {_HELP}"
        return _json({"error": what}, 404)
    try:
        return _json(found(hall, asked))
    except ClearError as error:
        return _json({"error": str(error)}, 400)
    except ValueError as error:
        return _json({"error": f"the body is no JSON: {error}"}, 400)


def _health(hall: Hall, _: Asked) -> dict[str, Any]:
    sockets = {name: len(exchange.lines) for name, exchange in hall.exchanges.items()}
    if hall.linear is not None:
        sockets[hall.linear.name] = len(hall.linear.lines)
    return {"now": hall.now, "sockets": sockets, "faults": [str(name) for name in FaultName], "help": _HELP}


def _truth(hall: Hall, _: Asked) -> dict[str, Any]:
    return hall.truth(hall.now)


def _book(hall: Hall, asked: Asked) -> dict[str, Any]:
    exchange, symbol = asked.query.get("exchange", ""), asked.query.get("symbol", "")
    depth = asked.query.get("depth", "")
    published = hall.book(exchange, symbol)
    simulated = hall.exchanges[exchange]
    true = simulated.true_book(symbol, _moment(asked.query.get("at", ""), hall.now))
    what = published.instrument
    views = {}
    for name, book in (("published", published), ("true", true)):
        bids, asks = book.top(int(depth) if depth.isdecimal() else None)
        views[name] = {"sequence": book.last, "at_ms": book.at_ms, "bids": bids, "asks": asks}
    spelled = simulated.dialect.symbol(published)
    return {"exchange": exchange, "symbol": symbol, "spelled": spelled, "contract": what.contract, **views}


def _ticker(hall: Hall, asked: Asked) -> dict[str, Any]:
    symbol = asked.query.get("symbol", "")
    if hall.linear is None or symbol not in hall.linear.market.paths:
        raise InvalidInput("the linear market has no {symbol!r} here", symbol=symbol)
    moment = _moment(asked.query.get("at", ""), hall.now)
    return {"symbol": symbol, **hall.linear.truth(symbol, moment)}


def _moment(text: str, now: float) -> float | None:
    """The time that is asked about; None for now."""
    if not text:
        return None
    try:
        moment = float(text)
    except ValueError:
        moment = math.nan
    if not now - FORGET_AFTER_SECONDS <= moment <= now:
        raise InvalidInput(
            "at was {text!r}; write seconds since 1970 within the last {most:.0f} s, such as {now:.3f}",
            text=text,
            most=FORGET_AFTER_SECONDS,
            now=now,
        )
    return moment


def _faults(hall: Hall, _: Asked) -> dict[str, Any]:
    return {
        "rules": [rule_to_json(rule) for rule in hall.faults.rules()],
        "befell": {str(name): times for name, times in hall.faults.befell.items()},
    }


def _set_faults(hall: Hall, asked: Asked) -> dict[str, Any]:
    rules = json.loads(asked.body or b"[]")
    hall.faults.replace([rule_from_json(rule) for rule in (rules if isinstance(rules, list) else [rules])], hall.now)
    return _faults(hall, asked)


def _plant(hall: Hall, asked: Asked) -> dict[str, Any]:
    given = json.loads(asked.body or b"[]")
    lines = [plant_from_json(value) for value in (given if isinstance(given, list) else [given])]
    first = len(hall.plants) + 1
    for line in lines:
        hall.plant(line.planted(hall.now))
    planted = hall.plants[len(hall.plants) - len(lines) :]
    return {"plants": [plant_to_json(first + place, plant, hall.now) for place, plant in enumerate(planted)]}


_ACTIONS: dict[tuple[str, str, str], Callable[[Hall, Asked], dict[str, Any]]] = {
    ("GET", "health", "/"): _health,
    ("GET", "truth", "/"): _truth,
    ("GET", "truth", "/book"): _book,
    ("GET", "truth", "/ticker"): _ticker,
    ("GET", "faults", "/"): _faults,
    ("POST", "faults", "/"): _set_faults,
    ("POST", "plants", "/"): _plant,
}


def _json(value: dict[str, Any], status: int = 200) -> Answer:
    return Answer(json.dumps({"simulated": True, **value}).encode(), status)
