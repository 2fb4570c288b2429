"""Books given in a file, as `p2p arbitrage price` takes them: read strictly, each mistake told with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from p2p_pipeline.exchanges.books.view import ExactBook, MarketView
from p2p_pipeline.exchanges.scan.pairs import PairFacts
from p2p_pipeline.exchanges.scan.price_view import view_of
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.settings import ExchangesSettings
from p2p_pipeline.exchanges.words import Instrument
from p2p_pipeline.kernel.errors import InvalidInput

MOST_DIGITS = 60
"""Of a number, before and behind its point each: more is a mistake, and would only cost time."""

_NUMBER = re.compile(r"Decimal\('([^']*)'\)")
_BOOK_SIDES = ("bids", "asks")
_INSTRUMENT = ("exchange", "symbol", "base", "quote", "price_step", "quantity_step", "min_notional", "taker_fee")
_BOOK = ("exchange", "symbol", *_BOOK_SIDES)
_KNOWN = (
    "instruments", "books", "notionals", "slippage_pct", "withdrawal_fee_base", "rebalance_cost",
    "min_net_edge_pct", "too_good_pct", "start", "longest_cycle",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PriceQuestion:
    """What a file asks."""

    view: MarketView
    rules: ScanRules
    pairs: AsGiven
    fees_without_use: tuple[str, ...] = ()
    """Exchanges of the withdrawal fees that have no instrument: a table of more than the file's, or a slip."""


@dataclass(frozen=True, slots=True)
class AsGiven:
    """Identities as the file has them: the same base and quote is the same thing everywhere."""

    withdrawal_fees: Mapping[str, Mapping[str, Decimal]]
    bases: Mapping[str, str]
    """By the symbol of a row."""

    def pair(self, symbol: str, buy: str, sell: str) -> PairFacts:  # noqa: ARG002 - as Pairs names it
        """Confirmed, with the fee that the file names."""
        fee = self.withdrawal_fees.get(buy, {}).get(self.bases[symbol], Decimal(0))
        return PairFacts(is_confirmed=True, withdrawal_fee=fee)


def read_price_file(text: bytes, file_name: str) -> PriceQuestion:
    """The question of a file. Raises InvalidInput, one sentence that names the place."""
    return _Reader(file_name).question(text)


class _Reader:
    """Reads one file; each method is told where it is."""

    def __init__(self, file_name: str) -> None:
        self._file = file_name

    def question(self, text: bytes) -> PriceQuestion:
        try:
            # Numbers that are no text are taken with the digits they have.
            found = json.loads(
                text, parse_float=Decimal, parse_int=Decimal, parse_constant=str, object_pairs_hook=self._pairs
            )
        except json.JSONDecodeError as error:
            self._refuse(f"line {error.lineno}", f"is no JSON: {error.msg}")
        except (UnicodeDecodeError, RecursionError) as error:
            self._refuse("the file", f"is no JSON: {type(error).__name__}")
        document = self._object(found, "the file")
        self._known(document, _KNOWN)
        instruments = self._instruments(document)
        books = self._books(document, instruments)
        withdrawal_fees = {
            exchange: self._amounts(fees, f"withdrawal_fee_base.{exchange}")
            for exchange, fees in self._object(document.get("withdrawal_fee_base", {}), "withdrawal_fee_base").items()
        }
        traded = {exchange for exchange, _ in instruments}
        rules = self._rules(document)
        view, bases = view_of(instruments, books)
        without_use = tuple(exchange for exchange in withdrawal_fees if exchange not in traded)
        return PriceQuestion(view, rules, AsGiven(withdrawal_fees, bases), without_use)

    def _pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            self._text(name, "a name")
            if name in found:
                self._refuse(name, "is there twice in one object; keep one")
            found[name] = value
        return found

    def _known(self, found: Mapping[str, Any], known: tuple[str, ...], place: str = "") -> None:
        for name in found:
            if name not in known:
                self._refuse(f"{place}{name}", f"is not known; known are {', '.join(known)}")

    def _rules(self, document: Mapping[str, Any]) -> ScanRules:
        usual = ExchangesSettings()

        def number(name: str, default: Decimal, *, least: str | None = "0") -> Decimal:
            return self._number(document.get(name, default), name, least=least)

        notionals = self._list(document.get("notionals", []), "notionals")
        longest = document.get("longest_cycle", 3)
        if longest not in {3, 4} or isinstance(longest, bool):
            self._refuse("longest_cycle", f"was {_short(longest)}; a cycle has at most 3 legs, or 4")
        start = self._amounts(document.get("start", {}), "start", is_above=True)
        return ScanRules(
            notionals=tuple(
                self._number(value, f"notionals[{number}]", is_above=True) for number, value in enumerate(notionals)
            ),
            min_net_edge_pct=number("min_net_edge_pct", usual.min_net_edge_pct, least=None),
            too_good_pct=number("too_good_pct", usual.too_good_pct, least=None),
            slippage_pct=number("slippage_pct", usual.slippage_pct),
            rebalance_cost=number("rebalance_cost", usual.rebalance_cost),
            start=start,
            longest_cycle=int(longest),
            cycles_as_walked=True,
        )

    def _instruments(self, document: Mapping[str, Any]) -> dict[tuple[str, str], Instrument]:
        found: dict[tuple[str, str], Instrument] = {}
        traded: dict[tuple[str, str, str], str] = {}
        for number, row in enumerate(self._list(document.get("instruments"), "instruments")):
            place = f"instruments[{number}]"
            instrument = self._instrument(self._object(row, place), place)
            key = (instrument.exchange, instrument.symbol)
            if key in found:
                self._refuse(place, f"{instrument.symbol!r} of {instrument.exchange!r} is there already; name it once")
            other = traded.setdefault((instrument.exchange, instrument.base, instrument.quote), place)
            if other != place:
                self._refuse(place, f"is the same base and quote as {other} at the same exchange; name it once")
            found[key] = instrument
        return found

    def _instrument(self, row: Mapping[str, Any], place: str) -> Instrument:
        self._known(row, _INSTRUMENT, f"{place}.")

        def text(name: str) -> str:
            return self._text(row.get(name), f"{place}.{name}")

        def number(name: str, *, is_above: bool = False) -> Decimal:
            return self._number(row.get(name), f"{place}.{name}", is_above=is_above)

        fee = number("taker_fee")
        if fee >= 1:
            self._refuse(f"{place}.taker_fee", f"was {fee}; a fee is a fraction below 1: 0.001 is 0.1 %")
        if text("base") == text("quote"):
            self._refuse(place, f"has {text('base')!r} as its base and its quote; they must differ")
        return Instrument(
            exchange=text("exchange"),
            symbol=text("symbol"),
            base=text("base"),
            quote=text("quote"),
            price_step=number("price_step", is_above=True),
            quantity_step=number("quantity_step", is_above=True),
            min_notional=self._number(row.get("min_notional", "0"), f"{place}.min_notional"),
            taker_fee=fee,
        )

    def _books(
        self, document: Mapping[str, Any], instruments: Mapping[tuple[str, str], Instrument]
    ) -> dict[tuple[str, str], ExactBook]:
        found: dict[tuple[str, str], ExactBook] = {}
        for number, value in enumerate(self._list(document.get("books"), "books")):
            place = f"books[{number}]"
            row = self._object(value, place)
            self._known(row, _BOOK, f"{place}.")
            key = (
                self._text(row.get("exchange"), f"{place}.exchange"),
                self._text(row.get("symbol"), f"{place}.symbol"),
            )
            if key not in instruments:
                self._refuse(place, f"no instrument {key[1]!r} of {key[0]!r} is named in instruments")
            if key in found:
                self._refuse(place, f"{key[1]!r} of {key[0]!r} has a book already; give one")
            bids, asks = (self._levels(row.get(side), f"{place}.{side}", side) for side in _BOOK_SIDES)
            found[key] = ExactBook(bids, asks)
        return found

    def _levels(self, value: Any, place: str, side: str) -> tuple[tuple[Decimal, Decimal], ...]:
        levels: list[tuple[Decimal, Decimal]] = []
        for number, level in enumerate(self._list(value, place)):
            here = f"{place}[{number}]"
            if not isinstance(level, list) or len(level) != 2:
                self._refuse(here, f"was {_short(level)}; a level is [price, quantity]")
            price = self._number(level[0], f"{here}[0]", is_above=True)
            quantity = self._number(level[1], f"{here}[1]")
            if levels and (price > levels[-1][0] if side == "bids" else price < levels[-1][0]):
                order = "bids descend" if side == "bids" else "asks ascend"
                self._refuse(here, f"price {price:f} comes after {levels[-1][0]:f}; {order}")
            levels.append((price, quantity))
        return tuple(level for level in levels if level[1] > 0)

    def _amounts(self, value: Any, place: str, *, is_above: bool = False) -> dict[str, Decimal]:
        return {
            name: self._number(amount, f"{place}.{name}", is_above=is_above)
            for name, amount in self._object(value, place).items()
        }

    def _number(self, value: Any, place: str, *, least: str | None = "0", is_above: bool = False) -> Decimal:
        wanted = "a number above 0" if is_above else "a number" if least is None else "a number of at least 0"
        try:
            number = Decimal(value) if isinstance(value, str | Decimal) else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite():
            self._refuse(place, f'was {_short(value)}; write {wanted} as text, such as "0.1"')
        if number.adjusted() > MOST_DIGITS or -int(number.as_tuple().exponent) > MOST_DIGITS:
            self._refuse(
                place, f"was {_short(value)}; at most {MOST_DIGITS} digits may stand before and behind the point"
            )
        if (is_above and number <= 0) or (least is not None and number < Decimal(least)):
            self._refuse(place, f"was {number:f}; write {wanted}")
        return number

    def _text(self, value: Any, place: str) -> str:
        if not isinstance(value, str) or not value:
            self._refuse(place, f"was {_short(value)}; write a name as text")
        if not value.isprintable():
            self._refuse(place, f"was {_short(value)}; a name has letters, digits and signs only")
        return value

    def _list(self, value: Any, place: str) -> list[Any]:
        if not isinstance(value, list):
            self._refuse(place, f"was {_short(value)}; a list belongs there")
        return list(value)

    def _object(self, value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._refuse(place, f"was {_short(value)}; an object with names belongs there")
        return dict(value)

    def _refuse(self, place: str, why: str) -> NoReturn:
        raise InvalidInput("{file}: {place}: {why}", file=self._file, place=place, why=why)


def _short(value: Any) -> str:
    text = "missing" if value is None else _NUMBER.sub(r"\1", repr(value))
    return text if len(text) <= 40 else f"{text[:39]}…"
