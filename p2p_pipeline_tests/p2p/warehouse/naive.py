"""What the warehouse must show, computed the slow way: every batch as copies, in order, from the batches alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import psycopg

from p2p_pipeline.p2p.capture.sweeps.report import batch_moment
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.warehouse.batch import Batch, MarketRead, ReadOffer
from p2p_pipeline.p2p.warehouse.rows import AdvertiserState, advertiser_state, stored_text

_EXACT = Context(prec=200, rounding=ROUND_HALF_UP)
_END = "9999-12-31Z"


@dataclass
class NaiveWarehouse:
    """All batches, loaded in order by the simplest code."""

    offers: set[tuple[Any, ...]] = field(default_factory=set)
    payments: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    depth: set[tuple[Any, ...]] = field(default_factory=set)
    totals: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)
    advertisers: dict[str, list[list[Any]]] = field(default_factory=dict)
    versions: int = 0
    _open: dict[MarketSide, dict[str, tuple[Any, ...]]] = field(default_factory=dict)

    @classmethod
    def of(cls, batches: Sequence[Batch]) -> NaiveWarehouse:
        """What is there after all of them."""
        made = cls()
        for batch in sorted(batches, key=lambda batch: batch.batch_id):
            made._load(batch)
        return made

    def advertiser_rows(self) -> list[tuple[Any, ...]]:
        """The slowly changing dimension."""
        return sorted(
            (tuple(row) for rows in self.advertisers.values() for row in rows), key=lambda row: (row[0], row[3])
        )

    def _load(self, batch: Batch) -> None:
        reads = list(batch.reads)
        moment = batch_moment(batch.batch_id)
        rows = self._advertiser_rows(reads, moment)
        inserted = updated = closed = 0
        for read in reads:
            book = {entry.offer.offer_id: self._version(entry, rows) for entry in read.offers}
            known = self._open.setdefault(read.market_side, {})
            inserted += len(book.keys() - known.keys())
            changed = [name for name in book.keys() & known.keys() if book[name] != known[name]]
            updated += len(changed)
            self.versions += len(book.keys() - known.keys()) + len(changed)
            known |= book
            if read.is_complete:
                gone = known.keys() - book.keys()
                closed += len(gone)
                for name in gone:
                    del known[name]
            self._copies(batch.batch_id, read)
        self.totals[batch.batch_id] = (sum(len(read.offers) for read in reads), inserted, updated, closed)

    def _advertiser_rows(self, reads: Sequence[MarketRead], moment: datetime) -> dict[AdvertiserState, datetime]:
        """The row of each advertiser as this batch shows him, by its beginning."""
        seen: dict[str, dict[AdvertiserState, None]] = {}
        for read in reads:
            for entry in read.offers:
                state = _state(entry)
                seen.setdefault(state.advertiser_id, {})[state] = None
        rows: dict[AdvertiserState, datetime] = {}
        for advertiser_id, states in seen.items():
            history = self.advertisers.setdefault(advertiser_id, [])
            current = history[-1] if history else None
            begin = moment
            if current is not None:
                as_known = AdvertiserState(*current[:3])
                if as_known in states:
                    rows[as_known] = current[3]
                    begin = moment + timedelta(microseconds=1)
            for state in states:
                if state in rows:
                    continue
                if history:
                    history[-1][4] = begin
                history.append([state.advertiser_id, state.nickname, state.is_merchant, begin, _END])
                rows[state] = begin
                begin += timedelta(microseconds=1)
        return rows

    @staticmethod
    def _version(entry: ReadOffer, rows: dict[AdvertiserState, datetime]) -> tuple[Any, ...]:
        offer, state = entry.offer, _state(entry)
        methods = tuple(dict.fromkeys(stored_text(payment.native_id) for payment in offer.payments))
        terms = None if offer.remark is None else stored_text(offer.remark)
        numbers = (offer.price, offer.available_asset, offer.min_fiat, offer.max_fiat, offer.stated_max_fiat)
        return (state, rows[state], methods, terms, offer.payment_minutes, offer.is_promoted, *numbers)

    def _copies(self, batch_id: int, read: MarketRead) -> None:
        market, side = read.market_side.market, str(read.market_side.side)
        place = (batch_id, read.extracted_at, market.asset, market.fiat, side)
        for entry in read.offers:
            offer, state = entry.offer, _state(entry)
            name = stored_text(offer.offer_id)
            self.offers.add(
                (
                    *place, name, state.advertiser_id, state.nickname, state.is_merchant,
                    offer.price, offer.available_asset, offer.min_fiat, offer.max_fiat, offer.stated_max_fiat,
                    offer.payment_minutes, offer.is_promoted, offer.completion_rate, offer.orders_30d,
                    None if offer.remark is None else stored_text(offer.remark),
                )
            )  # fmt: skip
            methods = dict.fromkeys(stored_text(payment.native_id) for payment in offer.payments)
            self.payments.update((*place, name, method, number == 0) for number, method in enumerate(methods))
        self.depth.add((*place, read.is_complete, *_depth(read)))


def _state(entry: ReadOffer) -> AdvertiserState:
    offer = entry.offer
    return advertiser_state(offer.advertiser_id, offer.advertiser_name, offer.is_merchant)


def _depth(read: MarketRead) -> tuple[Any, ...]:
    offers = [entry.offer for entry in read.offers]
    prices = [offer.price for offer in offers]
    volume, worth = Decimal(0), Decimal(0)
    for offer in offers:
        volume = _EXACT.add(volume, offer.available_asset)
        worth = _EXACT.add(worth, _EXACT.multiply(offer.price, offer.available_asset))
    weighted = _EXACT.quantize(_EXACT.divide(worth, volume), Decimal(1).scaleb(-12)) if volume else None
    fillable = [offer.price for offer in offers if offer.max_fiat > 0 and offer.max_fiat >= offer.min_fiat]
    best = (min if read.market_side.side is Side.BUY else max)(fillable, default=None)
    middle = sorted(prices)[(len(prices) - 1) // 2] if prices else None
    return len(offers), volume, weighted, min(prices, default=None), max(prices, default=None), best, middle


_PLACE = "batch_id, extraction_timestamp, symbol, currency_code, trade_type::text"
_MARKET = "JOIN dim_cryptocurrencies USING (crypto_id) JOIN dim_fiat_currencies USING (fiat_id)"


def shown_offers(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """The view fact_offers, its keys replaced by what they stand for."""
    return connection.execute(
        f"SELECT {_PLACE}, offer_external_id, advertiser_id, nickname, is_merchant, price, available_amount, "
        "min_limit, max_limit, stated_max_limit, payment_minutes, is_promoted, completion_rate, orders_30d, terms "
        f"FROM fact_offers {_MARKET} JOIN dim_advertisers USING (advertiser_sk)"
    ).fetchall()


def shown_payments(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """The view of payment methods, with the offers' own ids."""
    return connection.execute(
        f"SELECT method.batch_id, method.extraction_timestamp, symbol, currency_code, trade_type::text, "
        "offer_external_id, method_code, is_primary FROM fact_offer_payment_methods AS method "
        f"JOIN advertisements USING (offer_id) {_MARKET} JOIN dim_payment_methods USING (payment_method_id)"
    ).fetchall()


def shown_depth(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """The table fact_market_depth."""
    return connection.execute(
        f"SELECT {_PLACE}, is_complete, total_offers_count, total_available_volume, weighted_avg_price, min_price, "
        f"max_price, best_price, median_price FROM fact_market_depth {_MARKET}"
    ).fetchall()


def shown_advertisers(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """The slowly changing dimension, in order."""
    return connection.execute(
        "SELECT advertiser_id, nickname, is_merchant, effective_date, "
        "CASE WHEN is_current THEN NULL ELSE expiration_date END "
        'FROM dim_advertisers ORDER BY advertiser_id COLLATE "C", effective_date'
    ).fetchall()


def assert_shows(connection: psycopg.Connection[Any], batches: Sequence[Batch]) -> None:
    """The warehouse shows exactly what the batches say, and tells their history as loading in order does."""
    naive = NaiveWarehouse.of(batches)
    offers = shown_offers(connection)
    assert Counter(offers) == Counter(naive.offers)
    assert Counter(shown_payments(connection)) == naive.payments
    depth = shown_depth(connection)
    assert Counter(depth) == Counter(naive.depth)
    history = [(*row[:4], None if row[4] == _END else row[4]) for row in naive.advertiser_rows()]
    assert shown_advertisers(connection) == history
    totals = connection.execute(
        "SELECT batch_id, total_offers_extracted, total_offers_inserted, total_offers_updated, total_offers_closed "
        "FROM ops_batch_runs"
    ).fetchall()
    assert {batch_id: tuple(rest) for batch_id, *rest in totals} == naive.totals
    assert connection.execute("SELECT count(*) FROM offer_versions").fetchall() == [(naive.versions,)]
    connection.commit()
