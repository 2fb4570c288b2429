"""Rows of `instruments_dict`: each instrument, its identity, and what changed when. Pure; warehouse/ stores them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal

from p2p_pipeline.exchanges.identity.comparing import Identity
from p2p_pipeline.exchanges.identity.table import IdentityTable


@dataclass(frozen=True, slots=True)
class DictionaryRow:
    """One instrument of one exchange, as it was from `valid_from` to `valid_to`."""

    exchange: str
    symbol: str
    """BASE/QUOTE in our names."""
    exchange_symbol: str
    base: str
    quote: str
    identity: Identity
    """Confirmed with at least one other exchange."""
    identity_reason: str
    contracts: tuple[tuple[str, str], ...]
    """Chain and contract of the base, empty for the chain's own coin, in the order of names."""
    confirmed_with: tuple[str, ...]
    """The exchanges where it is the same."""
    price_step: Decimal
    quantity_step: Decimal
    min_notional: Decimal
    taker_fee: Decimal | None
    multiplier: Decimal
    valid_from: datetime
    """Aware UTC."""
    valid_to: datetime | None = None
    """None: it still is so."""
    changed: tuple[str, ...] = ()
    """Fields that differ from the row before; `listed` for a first one, `delisted` for a last one."""


_OF_TIME = {"valid_from", "valid_to", "changed"}
_FACTS = tuple(field.name for field in fields(DictionaryRow) if field.name not in _OF_TIME)


def dictionary_rows(table: IdentityTable, at: datetime) -> dict[tuple[str, str], DictionaryRow]:
    """Every instrument of a table as a first row, by exchange and symbol."""
    exchanges: dict[str, list[str]] = {}
    for exchange, symbol in table.instruments:
        exchanges.setdefault(symbol, []).append(exchange)
    return {place: _row(table, *place, exchanges[place[1]], at) for place in table.instruments}


def _row(table: IdentityTable, exchange: str, symbol: str, traded_at: Iterable[str], at: datetime) -> DictionaryRow:
    instrument = table.instruments[exchange, symbol]
    base, _, quote = symbol.partition("/")
    outcomes = {other: table.compared(symbol, exchange, other) for other in traded_at if other != exchange}
    same = tuple(sorted(other for other, outcome in outcomes.items() if outcome.identity is Identity.CONFIRMED))
    reasons = sorted({outcome.reason for outcome in outcomes.values()}) or ["traded nowhere else"]
    return DictionaryRow(
        exchange,
        symbol,
        instrument.symbol,
        base,
        quote,
        Identity.CONFIRMED if same else Identity.UNCONFIRMED,
        outcomes[same[0]].reason if same else "; ".join(reasons),
        tuple(sorted(table.assets[exchange, base].contracts.items())),
        same,
        instrument.price_step,
        instrument.quantity_step,
        instrument.min_notional,
        instrument.taker_fee,
        instrument.multiplier,
        at,
        changed=("listed",),
    )


def history_changes(
    now_valid: Mapping[tuple[str, str], DictionaryRow], table: IdentityTable, at: datetime
) -> tuple[list[DictionaryRow], list[DictionaryRow]]:
    """What must be written so that the history holds the table: rows that end (with their `valid_to`), rows that begin.

    Nothing where nothing changed. An instrument that is gone ends with a row that says `delisted`, whose validity is
    over as it begins.
    """
    ended: list[DictionaryRow] = []
    begun: list[DictionaryRow] = []
    newest = dictionary_rows(table, at)
    for place, row in newest.items():
        before = now_valid.get(place)
        if before is None:
            begun.append(row)
            continue
        changed = tuple(name for name in _FACTS if getattr(before, name) != getattr(row, name))
        if changed:
            ended.append(replace(before, valid_to=at))
            begun.append(replace(row, changed=changed))
    for place, before in now_valid.items():
        if place not in newest:
            ended.append(replace(before, valid_to=at))
            begun.append(replace(before, valid_from=at, valid_to=at, changed=("delisted",)))
    return ended, begun
