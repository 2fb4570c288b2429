"""Lenient readers of one field: what a venue may write, turned into a value that can be trusted, or a reason why not.

Venues write numbers as text with commas, as JSON numbers, as percents, or -1 for "none". Money is read strictly: what
is in doubt rejects its record. Statistics are read leniently: what is in doubt is unknown, and noted.
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_DOWN, Context, Decimal
from functools import lru_cache
from typing import Any

import orjson

from p2p_pipeline.p2p.markets import NativePayment
from p2p_pipeline.p2p.venues import lenient_json
from p2p_pipeline.p2p.venues.untrusted import UntrustedError, shown

MOST_SCALE = 12
"""Decimal places beyond which a number is no price or amount."""
LARGEST = Decimal(10) ** 20
"""The largest amount believed: a million of them add up within a table's 26 digits."""
LARGEST_PRICE = Decimal(10) ** 15
"""The largest price believed: with 12 decimal places it is within the 28 digits that Decimals are reckoned with."""
ZERO = Decimal(0)

_is_plain = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,12})?").fullmatch
_grouped = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?").fullmatch
_general = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,2})?").fullmatch
_MOST_NUMBER_CHARACTERS = 64
_MOST_PLAIN_CHARACTERS = 33
_MOST_ID_CHARACTERS = 64
_MOST_NAME_CHARACTERS = 200
_MOST_REMARK_CHARACTERS = 10_000
_MOST_COUNT = 1_000_000_000

# Two numbers of 32 digits multiply to 64: the default 28 would round, and quantize would raise.
_EXACT = Context(prec=100, rounding=ROUND_DOWN)
_STEPS = tuple(Decimal(1).scaleb(-scale) for scale in range(MOST_SCALE + 1))


# The body whose JSON was read last, until it is fetched: whoever asks whether an answer is a refusal reads it next, and
# the JSON is a third of the work. Held by identity, so another body never gets it.
_checked: list[tuple[bytes, Any]] = []


def load_checked(body: bytes) -> Any:
    """The JSON of a body, kept for the `load_object` that follows; raises orjson.JSONDecodeError where it is none."""
    answer = lenient_json.loads(body)
    _checked[:] = [(body, answer)]
    return answer


def load_object(body: bytes) -> dict[str, Any]:
    """A JSON object, or an empty one where the body is none: `refusal` has said so before."""
    for checked_body, answer in _checked[:]:
        if checked_body is body and isinstance(answer, dict):
            _checked.clear()
            return answer
    try:
        answer = lenient_json.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


# From sweep to sweep most ads keep their numbers, and round ones come everywhere: looking a text up takes a fifth of
# reading it.
@lru_cache(maxsize=32_768)
def _plain(text: str) -> Decimal | None:
    return Decimal(text) if _is_plain(text) else None


def number(value: object) -> Decimal | None:
    """A finite number of at most 10^20 and 12 decimal places, from any spelling a venue uses; else None.

    A lone comma that separates no thousands (`85,5`) is not guessed at.
    """
    if isinstance(value, str):
        text = value.strip() if len(value) <= _MOST_NUMBER_CHARACTERS else ""
        if _grouped(text):
            text = text.replace(",", "")
        elif not _general(text):
            return None
        found = Decimal(text)
    elif isinstance(value, bool):
        return None
    elif isinstance(value, int):
        found = Decimal(value)
    elif isinstance(value, float) and math.isfinite(value):
        found = Decimal(repr(value))
    else:
        return None
    if abs(found) > LARGEST:
        return None
    exponent = found.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > MOST_SCALE:
        found = _EXACT.normalize(found)
        exponent = found.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > MOST_SCALE:
            return None
    return _EXACT.quantize(found, _STEPS[0]) if isinstance(exponent, int) and exponent > 0 else found


def amount(record: dict[str, Any], field: str, path: str) -> Decimal:
    """A field that must hold an amount of zero or more; raises UntrustedError when it doesn't."""
    value = record.get(field)
    if type(value) is str and len(value) <= _MOST_PLAIN_CHARACTERS and (plain := _plain(value)) is not None:
        return plain
    if value is None or value == "":
        raise UntrustedError(
            "missing_field", "{field} is missing; an offer can't be read without it.", field=path + field
        )
    found = number(value)
    if found is None or found < 0:
        raise UntrustedError(
            "bad_number",
            "{field} was {value}; expected 0 to 10^20 with at most {places} decimal places.",
            field=path + field,
            value=shown(value),
            places=MOST_SCALE,
        )
    return found


def positive(record: dict[str, Any], field: str, path: str) -> Decimal:
    """A field that must hold a price, above zero; raises UntrustedError when it doesn't."""
    found = amount(record, field, path)
    if not 0 < found <= LARGEST_PRICE:
        raise UntrustedError(
            "bad_number",
            "{field} was {found}; expected more than 0 and at most 10^15.",
            field=path + field,
            found=found,
        )
    return found


def demand_ordered(minimum: Decimal, stated_max: Decimal) -> None:
    """Raise UntrustedError when stated limits contradict each other: a sign that a field changed its meaning."""
    if stated_max < minimum:
        raise UntrustedError(
            "bad_limits", "the stated maximum {most} is below the minimum {minimum}.", most=stated_max, minimum=minimum
        )


def amount_if_said(record: dict[str, Any], field: str, path: str) -> Decimal | None:
    """An amount that may be absent (also null, empty or -1); raises UntrustedError when it is there and unreadable."""
    value = record.get(field)
    if type(value) is str and len(value) <= _MOST_PLAIN_CHARACTERS and (plain := _plain(value)) is not None:
        return plain
    if value is None or value == "" or number(value) == -1:
        return None
    return amount(record, field, path)


def identity(record: dict[str, Any], field: str, path: str) -> str:
    """A field that must name its record; text, for ad numbers exceed 2^63. Raises UntrustedError without one."""
    value = record.get(field)
    if type(value) is int:
        value = str(value)
    if value is None or value == "":
        raise UntrustedError(
            "missing_field", "{field} is missing; an offer can't be followed without it.", field=path + field
        )
    if not isinstance(value, str) or len(value) > _MOST_ID_CHARACTERS or not value.isprintable():
        raise UntrustedError(
            "bad_id", "{field} was {value}; expected a short printable text.", field=path + field, value=shown(value)
        )
    return value


def identity_if_said(record: object, field: str) -> str | None:
    """What `identity` gives, of a record that may be anything; None where it names nothing."""
    try:
        return identity(as_object(record), field, "")
    except UntrustedError:
        return None


def fillable_fiat(
    price: Decimal, available: Decimal, stated_max: Decimal, venue_max: Decimal | None, fiat_scale: int
) -> Decimal:
    """What an offer can fill now, rounded down to the fiat's scale: the least of every limit known.

    The venue's own dynamic value counts too, but can't raise the limit: it has been up to 0.3 of the fiat above
    available x price (2022 to 2026), so that the last fraction of it could not have been delivered.
    """
    limit = _EXACT.multiply(price, available)
    limit = min(limit, stated_max)
    if venue_max is not None:
        limit = min(limit, venue_max)
    return _EXACT.quantize(limit, _STEPS[fiat_scale])


def count(value: object) -> int | None:
    """A whole number of things, however it is written; -1 and anything else that is none are None."""
    if type(value) is int:
        return value if 0 <= value <= _MOST_COUNT else None
    found = number(value)
    if found is None or found < 0 or found > _MOST_COUNT or found != found.to_integral_value():
        return None
    return int(found)


def scale(value: object, default: int) -> int:
    """Decimal places, or the default where the venue says nothing usable."""
    if type(value) is int and 0 <= value <= MOST_SCALE:
        return value
    found = count(value)
    return found if found is not None and found <= MOST_SCALE else default


def fraction(value: object) -> float | None:
    """A rate as 0..1 from a venue that writes 0..1; None for anything that is no such number."""
    return _share(value, 1)


def percent(value: object) -> float | None:
    """A rate as 0..1 from a venue that writes 0..100; None for anything that is no such number."""
    return _share(value, 100)


def _share(value: object, whole: int) -> float | None:
    if type(value) is float or type(value) is int:
        return value / whole if 0 <= value <= whole else None
    if isinstance(value, str):
        text = value.strip()
        is_percent = text.endswith("%")
        found = number(text[:-1] if is_percent else text)
        whole = 100 if is_percent else whole
        return float(found) / whole if found is not None and 0 <= found <= whole else None
    return None


def name(value: object) -> str | None:
    """A short text for people, without what a database can't hold; None where there is none."""
    return _text(value, _MOST_NAME_CHARACTERS)


def account(value: object) -> str | None:
    """An advertiser's key; None where the venue gives none, for all who have none would become one advertiser.

    Empty texts and "0" are how a venue hides it.
    """
    found = (name(value) or "").strip()
    return None if found in ("", "0") else found


def remark(value: object) -> str | None:
    """A long text for people, without what a database can't hold; None where there is none."""
    return _text(value, _MOST_REMARK_CHARACTERS)


def _text(value: object, most_characters: int) -> str | None:
    if type(value) is not str:
        if type(value) is not int:
            return None
        value = str(value)
    if len(value) > most_characters:
        value = value[:most_characters]
    # PostgreSQL stores every character except this one.
    return value.replace("\x00", "") if "\x00" in value else value


def as_object(value: object) -> dict[str, Any]:
    """A nested object, or an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """A list, or an empty one: venues write null for "none"."""
    return value if isinstance(value, list) else []


def payment_of(native_id: object, native_name: object) -> NativePayment | None:
    """A payment method from whatever the venue wrote; None where it has no id."""
    # Nothing but short texts goes into the cache.
    written_id = native_id if type(native_id) is str and len(native_id) <= _MOST_NAME_CHARACTERS else name(native_id)
    if written_id is None:
        return None
    if native_name is not None and (type(native_name) is not str or len(native_name) > _MOST_NAME_CHARACTERS):
        native_name = name(native_name)
    return _payment(written_id, native_name)


# The same few methods come thousands of times: one object of each is shared.
@lru_cache(maxsize=4096)
def _payment(native_id: str, native_name: str | None) -> NativePayment | None:
    cleaned = native_id.replace("\x00", "").strip()
    return NativePayment(cleaned, (native_name or "").replace("\x00", "").strip() or None) if cleaned else None
