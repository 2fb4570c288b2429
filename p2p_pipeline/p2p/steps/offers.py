"""Raw to offers: `snapshots`, `offers` and `quarantine` of one day and market."""

from __future__ import annotations

import time
from datetime import date

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.offers.day_tables import partition_rows
from p2p_pipeline.p2p.offers.payment_history import payment_names_from_raw
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.offers.schema import OFFERS, QUARANTINE, SNAPSHOTS
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.steps.continuing import StepReport, common_facts, step_report, write_partition
from p2p_pipeline.p2p.venues.directory import venue_directory
from p2p_pipeline.p2p.venues.ordinary_directory import ordinary_reader
from p2p_pipeline.p2p.versions import PARSE_VERSION


def build_offers(
    reader: RawReader,
    lake: Lake,
    day: date,
    market_key: str,
    payments: PaymentMap,
    full: bool = False,
    by_record: bool = False,
) -> StepReport:
    """Bring `snapshots`, `offers` and `quarantine` of one day and market up to the raw store's end.

    With `full`, or when the raw file, the parser or the payment names are no longer those that the partition was made
    with, it is made anew. With `by_record` nothing is read column by column; the tables are the same.
    """
    started = time.perf_counter()
    market = Market.parse(market_key)
    names = payment_names_from_raw(reader, market.venue, day)
    facts = {"parse_version": PARSE_VERSION, "payments": f"{payments.version} {names.version}"}
    with lake.writing(market_key):
        before = {} if full else common_facts(lake, (SNAPSHOTS, OFFERS, QUARANTINE), day, market_key, facts)
        end = reader.end_offset(day, market_key)
        offset = int(before.get("raw_offset", "0"))
        if offset > end or before.get("lineage") != reader.lineage(day, market_key, offset):
            before, offset = {}, 0
        # Up to the end just noted and no further: a collector may append while this reads.
        stored = reader.read(day, market_key, offset, end)
        venue = venue_directory()[market.venue]
        rows = partition_rows(stored, market_key, venue, payments, names, None if by_record else ordinary_reader(venue))
        facts |= {"raw_offset": str(end), "lineage": reader.lineage(day, market_key, end)}
        report = {}
        for table, new in ((OFFERS, rows.offers), (QUARANTINE, rows.quarantine), (SNAPSHOTS, rows.snapshots)):
            kept = lake.read(table, day, market_key) if before else table.empty()
            report[table.name] = write_partition(lake, table, day, market_key, kept, new, facts)
    return step_report(day, market_key, report, started)
