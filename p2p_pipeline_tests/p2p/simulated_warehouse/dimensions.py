"""The dimensions of a simulated market, and the warehouse's keys for the places that its spans speak of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from numpy.typing import NDArray
from psycopg import sql

from p2p_pipeline.p2p.markets import NativePayment
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.simulator.currencies import FIATS
from p2p_pipeline.p2p.simulator.payments import methods_of
from p2p_pipeline.p2p.warehouse.dimensions import crypto_ids, fiat_ids, payment_method_ids
from p2p_pipeline.p2p.warehouse.rows import set_key
from p2p_pipeline_tests.p2p.simulated_warehouse.states import FiatHistory, Numbers

Rows = NDArray[np.void]
VENUE = "binance"


@dataclass(slots=True)
class Keys:
    """The warehouse's key for each place in each fiat's lists. Market sides are numbered over all fiats."""

    fiat_ids: Numbers
    """Of each market side, as all that follow down to `amount_scales`."""
    crypto_ids: Numbers
    trade_types: pa.Array
    fiat_scales: Numbers
    price_scales: Numbers
    amount_scales: Numbers
    first_side: dict[str, int] = field(default_factory=dict)
    offers: dict[str, Numbers] = field(default_factory=dict)
    advertisers: dict[str, Numbers] = field(default_factory=dict)
    payment_sets: dict[str, Numbers] = field(default_factory=dict)

    def numbered_versions(self, history: FiatHistory) -> Rows:
        """A fiat's versions with the warehouse's keys."""
        rows = history.versions
        rows["offer"] = self.offers[history.fiat][rows["offer"]]
        rows["advertiser"] = self.advertisers[history.fiat][rows["advertiser"]]
        rows["payment_set"] = self.payment_sets[history.fiat][rows["payment_set"]]
        rows["side"] += self.first_side[history.fiat]
        return rows

    def numbered_statistics(self, history: FiatHistory) -> Rows:
        """A fiat's statistics with the warehouse's keys."""
        rows = history.statistics
        rows["offer"] = self.offers[history.fiat][rows["offer"]]
        return rows


def write_dimensions(
    connection: psycopg.Connection[Any], histories: Sequence[FiatHistory], starts: Sequence[str]
) -> Keys:
    """Write all that spans refer to; what was seen first gets the lowest numbers, as it would by loading."""
    sides = [(history.fiat, *side) for history in histories for side in history.sides]
    fiats = fiat_ids(connection, {history.fiat for history in histories})
    cryptos = crypto_ids(connection, VENUE, {asset for _, asset, *_ in sides})
    keys = Keys(
        np.array([fiats[fiat] for fiat, *_ in sides]),
        np.array([cryptos[asset] for _, asset, *_ in sides]),
        pa.array([side.value for _, _, side, *_ in sides]),
        np.array([FIATS[fiat].scale for fiat, *_ in sides]),
        np.array([scale for _, _, _, scale, _ in sides]),
        np.array([scale for *_, scale in sides]),
    )
    for history in histories:
        keys.first_side[history.fiat] = sum(map(len, keys_before(histories, history)))
    _write_payment_sets(connection, histories, keys)
    _write_advertisers(connection, histories, starts, keys)
    _write_advertisements(connection, histories, starts, keys)
    return keys


def keys_before(histories: Sequence[FiatHistory], until: FiatHistory) -> list[list[Any]]:
    """The lists of sides of the fiats before one."""
    return [history.sides for history in histories[: histories.index(until)]]


def _write_payment_sets(connection: psycopg.Connection[Any], histories: Sequence[FiatHistory], keys: Keys) -> None:
    payments = PaymentMap.load()
    methods: dict[str, tuple[str | None, str]] = {}
    for history in histories:
        for method in methods_of("binance", history.fiat):
            payment = NativePayment(method.native_id, method.name)
            code = payments.code("binance", payment, history.fiat, {}) or f"binance:{method.native_id}"
            # A method of several fiats may be known in some of them only.
            if method.native_id not in methods or ":" in methods[method.native_id][1]:
                methods[method.native_id] = (method.name, code)
    ids = payment_method_ids(connection, VENUE, methods, payments)
    known: dict[tuple[str, ...], int] = {}
    for history in histories:
        keys.payment_sets[history.fiat] = np.array(
            [known.setdefault(codes, len(known) + 1) for codes in history.payment_sets], np.int64
        )
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY payment_method_sets (payment_set_id, set_key, payment_method_ids, venue) FROM STDIN") as copy,
    ):
        for codes, number in known.items():
            copy.write_row((number, set_key(codes), [ids[code] for code in codes], VENUE))
    _go_on_after(connection, "payment_method_sets", "payment_set_id")


def _write_advertisers(
    connection: psycopg.Connection[Any], histories: Sequence[FiatHistory], starts: Sequence[str], keys: Keys
) -> None:
    entries = [(one.begins, history.fiat, place, one) for history in histories
               for place, one in enumerate(history.advertisers)]  # fmt: skip
    entries.sort(key=lambda entry: entry[0])
    for history in histories:
        keys.advertisers[history.fiat] = np.zeros(len(history.advertisers), np.int64)
    ends = [*starts, "9999-12-31Z"]
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY dim_advertisers (venue, advertiser_sk, advertiser_id, nickname, is_merchant, effective_date, "
            "expiration_date) FROM STDIN"
        ) as copy,
    ):
        for number, (_, fiat, place, one) in enumerate(entries, 1):
            keys.advertisers[fiat][place] = number
            row = (VENUE, number, one.advertiser_id, one.nickname, one.is_merchant, starts[one.begins], ends[one.ends])
            copy.write_row(row)
    _go_on_after(connection, "dim_advertisers", "advertiser_sk")


def _write_advertisements(
    connection: psycopg.Connection[Any], histories: Sequence[FiatHistory], starts: Sequence[str], keys: Keys
) -> None:
    first = np.concatenate([np.array([seen for _, _, seen in one.offers], np.int64) for one in histories])
    side = np.concatenate(
        [np.array([place for _, place, _ in one.offers], np.int64) + keys.first_side[one.fiat] for one in histories]
    )
    names = [name for history in histories for name, _, _ in history.offers]
    order = np.lexsort((side, first))
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.arange(1, len(order) + 1)
    ends = np.cumsum([len(history.offers) for history in histories])
    for history, mine in zip(histories, np.split(numbers, ends[:-1]), strict=True):
        keys.offers[history.fiat] = mine
    trade_types = keys.trade_types.to_pylist()
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY advertisements (venue, offer_id, offer_external_id, crypto_id, fiat_id, trade_type, first_seen_at) "
            "FROM STDIN"
        ) as copy,
    ):
        crypto, fiat = keys.crypto_ids.tolist(), keys.fiat_ids.tolist()
        for number, place in enumerate(order.tolist(), 1):
            at = int(side[place])
            sold = f"{crypto[at]}\t{fiat[at]}\t{trade_types[at]}"
            copy.write(f"{VENUE}\t{number}\t{names[place]}\t{sold}\t{starts[first[place]]}\n")
    _go_on_after(connection, "advertisements", "offer_id")


def _go_on_after(connection: psycopg.Connection[Any], table: str, column: str) -> None:
    """The next number is the one after those written."""
    setting = sql.SQL("SELECT setval(pg_get_serial_sequence({}, {}), max({})) FROM {}")
    names = (sql.Literal(table), sql.Literal(column), sql.Identifier(column), sql.Identifier(table))
    connection.execute(setting.format(*names))
