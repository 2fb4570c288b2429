"""What kills left of a data folder and its warehouse: raw against what was acknowledged, the warehouse against raw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg import Connection

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.capture.sweeps.batches import batch_of, batch_snapshots
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import StoredSnapshot
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.embedded import EmbeddedPostgres
from p2p_pipeline.postgres.server import DATABASE, WarehouseServer

Offers = dict[tuple[str, ...], int]


@dataclass(frozen=True)
class Remains:
    """A data folder with its embedded PostgreSQL."""

    paths: DataPaths
    acknowledged: Path
    """Snapshot ids that the raw store said were safe, one a line."""
    subworker: str | None = "counting"
    """Has a row a batch in `counted_offers`; None where none ran."""

    @property
    def reader(self) -> RawReader:
        """Of the raw store as it is now."""
        return RawReader(self.paths.root)

    @property
    def server(self) -> WarehouseServer:
        """The embedded server, started again where it was killed."""
        return EmbeddedPostgres(self.paths).use(DATABASE)

    def troubles(self, newest: int | None = None, *, is_settled: bool = True) -> list[str]:
        """What is wrong, in sentences; of the newest batches, or of all.

        `is_settled` says that a run came to its end since the last kill: only then everything stored must be loaded.
        """
        found = list(self._raw_troubles())
        stored = self.stored_batches()
        with connect(self.server) as connection:
            ledger = [int(str(row[0])) for row in connection.execute("SELECT batch_id FROM ops_batch_runs ORDER BY 1")]
            stray = connection.execute(
                "SELECT count(*) FROM fact_market_depth WHERE batch_id NOT IN (SELECT batch_id FROM ops_batch_runs)"
            ).fetchone()
            overlaps = connection.execute(
                """SELECT count(*) FROM offer_versions AS one JOIN offer_versions AS other USING (offer_id)
                WHERE one.valid_from < other.valid_to AND other.valid_from < one.valid_to AND one.ctid <> other.ctid
                    AND one.valid_to <> other.valid_to"""
            ).fetchone()
            if stray != (0,):
                found.append(f"{stray} market sides belong to no loaded batch: one is half-loaded")
            if overlaps != (0,):
                found.append(f"{overlaps} versions of an offer hold at the same time")
            if is_settled and set(stored) != set(ledger):
                found.append(f"stored and not loaded: {sorted(set(stored) ^ set(ledger))}")
            for batch_id in ledger[-newest:] if newest else ledger:
                found += self._batch_troubles(batch_id, _loaded_offers(connection, batch_id))
            if is_settled and self.subworker:
                found += self._subworker_troubles(connection)
        return found

    def stored_batches(self) -> list[int]:
        """The batches of which the raw store has anything said by the sweep itself."""
        reader = self.reader
        names = (name for day in reader.days() for name in reader.snapshot_ids(day, "binance.sweeps"))
        return sorted({batch_id for batch_id in map(batch_of, names) if batch_id is not None})

    def _raw_troubles(self) -> Iterator[str]:
        store, reader = RawStore(self.paths.root, min_free_bytes=0), self.reader
        counts: Counter[str] = Counter()
        for day in reader.days():
            store.recover(day)
            for key in reader.file_keys(day):
                for stored in reader.read(day, key):
                    if isinstance(stored, StoredSnapshot):
                        counts[stored.snapshot_id] += 1
                    else:
                        yield f"damaged: {stored}"
        said = self.acknowledged.read_text(encoding="utf-8").split()
        yield from (f"acknowledged and lost: {name}" for name in said if name not in counts)
        yield from (f"stored twice: {name}" for name, count in counts.items() if count > 1)

    def _batch_troubles(self, batch_id: int, loaded: Offers) -> Iterator[str]:
        stored = stored_offers(self.reader, batch_id)
        yield from (f"batch {batch_id}: lost {offer}" for offer in stored if offer not in loaded)
        yield from (f"batch {batch_id}: invented {offer}" for offer in loaded if offer not in stored)
        yield from (f"batch {batch_id}: doubled {offer}" for offer, count in loaded.items() if count > 1)

    def _subworker_troubles(self, connection: Connection[tuple[object, ...]]) -> Iterator[str]:
        rows = connection.execute(
            """SELECT batch.batch_id, batch.total_offers_extracted, array_agg(counted.offers), run.status
            FROM ops_batch_runs AS batch
            LEFT JOIN counted_offers AS counted ON counted.batch_id = batch.batch_id
            LEFT JOIN ops_subworker_runs AS run ON run.batch_id = batch.batch_id AND run.subworker = %s
            GROUP BY batch.batch_id, batch.total_offers_extracted, run.status""",
            [self.subworker],
        )
        for batch_id, offers, counted, status in rows:
            if counted != [offers] or status != "done":
                yield f"batch {batch_id} has {offers} offers; the subworker counted {counted} and is {status}"


def stored_offers(reader: RawReader, batch_id: int) -> Offers:
    """What the raw store has of a batch, read without the loader."""
    venue = BinanceVenue()
    offers: Offers = {}
    for snapshot in batch_snapshots(reader, "binance", batch_id):
        assert isinstance(snapshot, StoredSnapshot), snapshot
        seen: set[str] = set()
        for capture, _ in snapshot.captures:
            side = capture.market_side
            if capture.outcome != "ok" or side is None:
                continue
            for _, offer in venue.read_search(capture.body, side.market, side.side, capture.page or 1).offers:
                if offer.offer_id not in seen:
                    seen.add(offer.offer_id)
                    numbers = (offer.price, offer.available_asset, offer.min_fiat, offer.max_fiat)
                    key = (offer.offer_id, offer.asset, offer.fiat, str(offer.side), *(f"{n:.10f}" for n in numbers))
                    offers[key] = 1
    return offers


def _loaded_offers(connection: Connection[tuple[object, ...]], batch_id: int) -> Offers:
    rows = connection.execute(
        """SELECT offer_external_id, symbol, currency_code, trade_type::text, price, available_amount, min_limit,
            max_limit
        FROM fact_offers JOIN dim_cryptocurrencies USING (crypto_id) JOIN dim_fiat_currencies USING (fiat_id)
        WHERE batch_id = %s""",
        [batch_id],
    )
    return dict(Counter((*map(str, row[:4]), *(f"{number:.10f}" for number in row[4:])) for row in rows))
