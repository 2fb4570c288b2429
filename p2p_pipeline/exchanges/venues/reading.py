"""What every decoder reads with: exact numbers, levels, times, and how a frame that can't be read is told.

Readers here raise `Unreadable` (or what Python raises by itself: `MISREAD`); `guarded` makes an event of it.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl

import orjson

from p2p_pipeline.exchanges.events import Event, Kind, Level, Levels, unreadable

MISREAD = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    zlib.error,
)
"""What reading a frame of the wrong shape raises. JSON and Unicode errors are ValueErrors, a missing key is a
LookupError."""

UNPACKED_BYTES = 32 * 1024 * 1024
"""No honest frame unpacks to more: the largest known is 5 MB (a whole book of Coinbase)."""

PRICE_DIGITS = 15
"""A book sorts by float(price), which is exact and monotone up to here."""

_REASON_CHARACTERS = 200
_SYMBOL_CHARACTERS = 64
_NUMBER_CHARACTERS = 40
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?").fullmatch
_USUAL_LEVELS = re.compile(  # prices above 0 that can't have more than PRICE_DIGITS digits, each with a quantity
    r"(?:(?:[1-9][0-9]{0,6}+(?:\.[0-9]{1,8}+)?+|0\.(?=0*+[1-9])[0-9]{1,15}+)"
    r" [0-9]{1,15}+(?:\.[0-9]{1,15}+)?+(?: |\Z))*+"
).fullmatch
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]").search
_LISTS = {list}


class Unreadable(ValueError):
    """What was read is not what the wire format says; the text is the reason."""


class Refused(Unreadable):
    """The exchange answers with an error of its own; the text has its words."""


def _no_number(text: str) -> Any:
    raise Unreadable(f"{text} is no number")


_EXACT = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_no_number)
"""Made once: `json.loads` makes one for each frame, and that takes longer than to read it."""


def guarded(read: Callable[[bytes], Sequence[Event]], body: bytes) -> Sequence[Event]:
    """What `read` makes of it, or one event with the reason: REFUSED for the exchange's own, else UNREADABLE."""
    try:
        return read(body)
    except Refused as error:
        return (Event(Kind.REFUSED, detail=reason_of(error)),)
    except MISREAD as error:
        return (unreadable(reason_of(error)),)


def guarded_rows(read: Callable[[Any], Event | None], rows: object, symbol_key: str | int) -> list[Event]:
    """An event a row; one that can't be read costs only itself, None is left out."""
    found = []
    for row in list_of(rows):
        try:
            event = read(row)
        except MISREAD as error:
            event = unreadable(reason_of(error), symbol=_symbol_in(row, symbol_key))
        if event is not None:
            found.append(event)
    return found


def reason_of(error: BaseException) -> str:
    """Why something could not be read, in one bounded line."""
    if isinstance(error, Unreadable | orjson.JSONDecodeError | zlib.error):
        return bounded(error) or "no reason was given"
    if isinstance(error, KeyError):
        return bounded(f"{error.args[0]!r} is missing")
    return bounded(f"{type(error).__name__}: {error}")


def bounded(text: object) -> str:
    """An exchange's words, as long as a reason may be; whatever can't be stored as UTF-8 is spelled out."""
    line = str(text).encode("utf-8", "backslashreplace").decode("utf-8")
    return line if len(line) <= _REASON_CHARACTERS else f"{line[: _REASON_CHARACTERS - 1]}…"


def text_json(body: bytes) -> Any:
    """JSON of an exchange that sends its amounts as strings; bare numbers are sequences and times."""
    return orjson.loads(body)


def exact_json(body: bytes) -> Any:
    """JSON whose bare numbers keep their spelling: each is a text (`1.50`, `1e-8`)."""
    text = body.decode("utf-8")
    if _SURROGATE(text):
        orjson.loads(body)  # refuses half a surrogate pair, which Python takes and can't write again
    return _EXACT.decode(text)


def object_of(value: object) -> dict[str, Any]:
    """A JSON object."""
    if type(value) is not dict:
        raise Unreadable(f"{bounded_value(value)} stands where an object should")
    return value


def list_of(value: object) -> list[Any]:
    """A JSON list."""
    if type(value) is not list:
        raise Unreadable(f"{bounded_value(value)} stands where a list should")
    return value


def symbol_of(value: object) -> str:
    """A symbol as the exchange spells it."""
    if type(value) is not str or not 0 < len(value) <= _SYMBOL_CHARACTERS:
        raise Unreadable(f"{bounded_value(value)} is no symbol")
    return value


def label_of(value: object) -> str:
    """What an answer calls the request it is about; empty where it does not say."""
    return "" if value is None else bounded(value)


def span(first: object, last: object) -> tuple[int, int]:
    """The first and the last update that a change holds."""
    begin, end = whole(first), whole(last)
    if begin > end:
        raise Unreadable(f"its first update {begin} is after its last, {end}")
    return begin, end


def whole(value: object) -> int:
    """A sequence number: an integer, or its digits as text."""
    if type(value) is str and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    if type(value) is not int or not 0 <= value < 2**63:
        raise Unreadable(f"{bounded_value(value)} is no sequence number")
    return value


def time_us(value: object) -> int | None:
    """Microseconds since 1970 of seconds, milliseconds, microseconds or nanoseconds, by their size; None stays None."""
    if value is None:
        return None
    number = whole(value)
    if number < 10**11:
        return number * 1_000_000
    if number < 10**14:
        return number * 1_000
    return number if number < 10**17 else number // 1_000


def levels(rows: object) -> Levels:
    """A side of a book: rows that begin with price and quantity as text. Raises Unreadable with the first bad one.

    One match over all texts, since a frame has up to thousands; only where something is unusual, one by one.
    """
    if type(rows) is not list:
        raise Unreadable(f"{bounded_value(rows)} stands where a side of the book should")
    if not rows:
        return ()
    if set(map(type, rows)) != _LISTS:
        raise Unreadable("a level is no list")
    return checked([(row[0], row[1]) for row in rows])


def checked(found: list[Level]) -> Levels:
    """Levels that a typed reader has made already: the same check of what their texts say."""
    text = " ".join(chain.from_iterable(found))
    if found and not (_USUAL_LEVELS(text) and text.count(" ") == 2 * len(found) - 1):
        for price, quantity in found:
            check_level(price, quantity)
    return found


def check_level(price: str, quantity: str) -> None:
    """Raises Unreadable unless the price is above 0 and of at most 15 digits, and the quantity a number from 0 on."""
    if not (is_number(price) and float(price) > 0):
        raise Unreadable(f"{bounded_value(price)} is no price")
    if len(price) > PRICE_DIGITS and significant_digits(price) > PRICE_DIGITS:
        raise Unreadable(f"the price {bounded_value(price)} has more than {PRICE_DIGITS} digits")
    if not is_number(quantity):
        raise Unreadable(f"{bounded_value(quantity)} is no quantity")


def quote(price: object, quantity: object) -> Levels:
    """One side of a ticker; empty where the exchange has no quote and says so by nothing, an empty text or zero."""
    if price is None or price == "":
        return ()
    if type(price) is not str or type(quantity) is not str:
        raise Unreadable(f"{bounded_value(price)} and {bounded_value(quantity)} are no quote")
    if is_number(price) and float(price) == 0:
        return ()
    check_level(price, quantity)
    return ((price, quantity),)


def is_number(text: object) -> bool:
    """Whether it is the text of a finite decimal that is not negative."""
    return type(text) is str and len(text) <= _NUMBER_CHARACTERS and bool(_NUMBER(text)) and float(text) < 1e300


def significant_digits(number: str) -> int:
    """How many digits a number has between its first and its last that is not 0."""
    mantissa = number.replace("E", "e").partition("e")[0]
    return len(mantissa.replace(".", "").strip("0"))


def decimal_of(value: object) -> Decimal:
    """An amount out of its text, from 0 on."""
    if not is_number(value):
        raise Unreadable(f"{bounded_value(value)} is no amount")
    return Decimal(str(value))


def decimal_or_none(value: object) -> Decimal | None:
    """The same, None where the exchange says nothing."""
    return None if value is None or value == "" else decimal_of(value)


def flag_of(value: object) -> bool:
    """Yes or no, as exchanges spell it: true, 1, "1"."""
    if value in (True, "1", "true"):
        return True
    if value in (False, "0", "false"):
        return False
    raise Unreadable(f"{bounded_value(value)} is neither yes nor no")


def step_of(value: object) -> Decimal:
    """A step of prices or quantities: an amount above 0."""
    step = decimal_of(value)
    if not step:
        raise Unreadable("a step is 0")
    return step


def step_of_decimals(value: object) -> Decimal:
    """The step that a number of decimals means: 8 is 0.00000001."""
    decimals = whole(value)
    if decimals > 30:
        raise Unreadable(f"{decimals} decimals are no precision")
    return Decimal(1).scaleb(-decimals)


def unpacked(body: bytes) -> bytes:
    """A gzip frame's content. Raises Unreadable for one cut short or beyond UNPACKED_BYTES: bombs stay packed."""
    machine = zlib.decompressobj(wbits=31)
    content = machine.decompress(body, UNPACKED_BYTES)
    if machine.unconsumed_tail:
        raise Unreadable(f"the frame unpacks to more than {UNPACKED_BYTES} bytes")
    if not machine.eof:
        raise Unreadable("the packed frame is cut short")
    return content


def answer_of(answers: Mapping[str, bytes], path: str) -> bytes | None:
    """The answer to a path, whatever its query was."""
    return next((body for url, body in answers.items() if url.partition("?")[0] == path), None)


def queried(url: str, name: str) -> str:
    """A value out of an address's query. Raises Unreadable where it is not there."""
    found = dict(parse_qsl(url.partition("?")[2])).get(name)
    if not found:
        raise Unreadable(f"the address asks for no {name}")
    return found


def bounded_value(value: object) -> str:
    """A value in a reason: short, and nothing's whole content."""
    return repr(value)[:60] if isinstance(value, str | int | float | bool | None) else type(value).__name__


def _symbol_in(row: object, key: str | int) -> str:
    try:
        return symbol_of(row[key])  # type: ignore[index]
    except MISREAD:
        return ""
