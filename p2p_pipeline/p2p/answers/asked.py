"""How what a person asks for is read from text, the same in commands, pages and the API.

Each raises InvalidInput with what it was and what to write instead.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.markets import Market, parse_time

# Thousands may stand apart by commas, spaces or underscores; a comma elsewhere may mean a decimal, and is refused.
_AMOUNT = re.compile(
    r"(?P<number>(?:\d{1,3}(?:[,_ \u00a0\u202f]\d{3})+|\d+)(?:\.\d+)?|\.\d+)\s*(?P<unit>[kKmM]?)", re.ASCII
)
_BETWEEN_THOUSANDS = re.compile("[,_ \u00a0\u202f]")
_FIAT = re.compile("[A-Z]{3,5}")
MOST_AMOUNT = Decimal(10) ** 18
"""More than there is of any money."""
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}


def asked_market(text: str) -> Market:
    """A market as people write it: `Bybit.usdt-rub` is `bybit.USDT-RUB`."""
    venue, dot, pair = text.strip().partition(".")
    return Market.parse(f"{venue.lower()}{dot}{pair.upper()}")


def asked_amount(text: str) -> Decimal:
    """An amount above 0: `5000`, `5,000`, `50k`, `1.5m`."""
    found = _AMOUNT.fullmatch(text.strip())
    size = Decimal("NaN")
    if found is not None:
        with suppress(InvalidOperation):
            size = Decimal(_BETWEEN_THOUSANDS.sub("", found["number"])) * _TIMES[found["unit"].lower()]
    if size.is_finite() and size >= MOST_AMOUNT:
        raise InvalidInput("amount was {text!r}; it must be below {most:,f}", text=text[:60], most=MOST_AMOUNT)
    if not size.is_finite() or size <= 0:
        raise InvalidInput(
            "amount was {text!r}; write a number above 0, for example 5000, 5,000, 50k, 1.5m or 0.25", text=text
        )
    return size


def asked_time(text: str, now: datetime) -> datetime:
    """A time that has been: of one to come nothing is known."""
    moment = parse_time(text)
    if moment > now:
        raise InvalidInput("the time was {text!r}, which is to come; leave it out to ask about now", text=text)
    return moment


def asked_fiat(text: str) -> str:
    """A fiat's code in any case."""
    code = text.strip().upper()
    if _FIAT.fullmatch(code) is None:
        raise InvalidInput("the fiat was {text!r}; write its code, for example RUB", text=text)
    return code


def asked_payments(text: str) -> frozenset[str]:
    """The canonical codes of payment methods named apart by commas, whatever name of each was used."""
    from p2p_pipeline.p2p.offers.payment_methods import PaymentMap, fold_name  # noqa: PLC0415 - most ask for none

    methods = PaymentMap.load().methods
    by_name = {
        fold_name(name): code for code, method in methods.items() for name in (*method.aliases, method.name, code)
    }
    codes = set()
    for word in filter(None, (part.strip() for part in text.split(","))):
        code = by_name.get(fold_name(word))
        if code is None:
            near = get_close_matches(word.lower(), methods, n=1)
            hint = Told("; did you mean {near}?", near=near[0]) if near else ""
            raise InvalidInput(
                "{word!r} is no payment method that is known here{hint} (`p2p doctor --payments` lists them)",
                word=word,
                hint=hint,
            )
        codes.add(code)
    return frozenset(codes)
