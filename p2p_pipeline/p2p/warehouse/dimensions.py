"""The small dimensions: what a batch names and the warehouse does not know yet is added; gives the keys by code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import Connection

from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.warehouse.currency_names import country_of, crypto_name, fiat_name
from p2p_pipeline.p2p.warehouse.rows import stored_text


def crypto_ids(connection: Connection[tuple[Any, ...]], venue: str, symbols: Iterable[str]) -> dict[str, int]:
    """The keys of a venue's crypto assets by symbol."""
    found = connection.execute("SELECT symbol, crypto_id FROM dim_cryptocurrencies WHERE venue = %s", [venue])
    known: dict[str, int] = dict(found.fetchall())
    for symbol in sorted(set(symbols) - known.keys()):
        known[symbol] = _key(
            connection,
            "INSERT INTO dim_cryptocurrencies (venue, symbol, name, binance_asset_code) VALUES (%s, %s, %s, %s) "
            "RETURNING crypto_id",
            [venue, symbol, crypto_name(symbol), symbol],
        )
    return known


def fiat_ids(connection: Connection[tuple[Any, ...]], codes: Iterable[str]) -> dict[str, int]:
    """The keys of fiat currencies by code."""
    known: dict[str, int] = dict(
        connection.execute("SELECT currency_code, fiat_id FROM dim_fiat_currencies").fetchall()
    )
    for code in sorted(set(codes) - known.keys()):
        known[code] = _key(
            connection,
            "INSERT INTO dim_fiat_currencies (currency_code, currency_name, country_code) VALUES (%s, %s, %s) "
            "RETURNING fiat_id",
            [code, fiat_name(code), country_of(code)],
        )
    return known


def payment_method_ids(
    connection: Connection[tuple[Any, ...]],
    venue: str,
    methods: Mapping[str, tuple[str | None, str]],
    payments: PaymentMap,
) -> dict[str, int]:
    """The keys of a venue's payment methods by its identifiers; `methods` has the venue's name and our code of each."""
    known: dict[str, int] = {}
    updates = []
    for code, key, canonical in connection.execute(
        "SELECT method_code, payment_method_id, canonical_code FROM dim_payment_methods WHERE venue = %s", [venue]
    ):
        known[code] = key
        # The map has learned what it is.
        if code in methods and stored_text(methods[code][1]) != canonical and ":" in canonical:
            updates.append(code)
    with connection.cursor() as cursor:
        for code in updates:
            name, category, description, canonical = _described(code, *methods[code], payments)
            cursor.execute(
                "UPDATE dim_payment_methods SET method_name = %s, category = %s, description = %s, canonical_code = %s "
                "WHERE method_code = %s AND venue = %s",
                [name, category, description, canonical, code, venue],
            )
        for code in sorted(methods.keys() - known.keys()):
            known[code] = _key(
                connection,
                "INSERT INTO dim_payment_methods (venue, method_code, method_name, category, description, "
                "canonical_code) VALUES (%s, %s, %s, %s, %s, %s) RETURNING payment_method_id",
                [venue, code, *_described(code, *methods[code], payments)],
            )
    return known


def _described(code: str, name: str | None, canonical_code: str, payments: PaymentMap) -> tuple[str, str, str, str]:
    method = payments.methods.get(canonical_code)
    shown = stored_text(name or code)
    if method is None:
        return shown, "unknown", "Not in the payment map yet.", stored_text(canonical_code)
    where = f", in {', '.join(sorted(method.fiats))}" if method.fiats else ""
    return shown, method.category, f"{method.name}{where}.", canonical_code


def _key(connection: Connection[tuple[Any, ...]], query: str, values: list[Any]) -> int:
    [(key,)] = connection.execute(query, values).fetchall()
    return int(key)
