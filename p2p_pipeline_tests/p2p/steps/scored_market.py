"""A simulated market with enough past to be scored: rare looks for days, then one a minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.history import HistoryPlan, UnhurriedFiles, generate_history
from p2p_pipeline.p2p.steps.offers import build_offers
from p2p_pipeline.p2p.steps.quotes import build_depth, build_quotes

END = datetime(2026, 9, 21, 18, tzinfo=UTC)


def make_market(
    folder: Path,
    market: Market,
    options: CatalogueOptions,
    rare: tuple[float, timedelta],
    often: timedelta,
    settings: Settings,
) -> tuple[RawReader, Lake]:
    """Look `rare[1]` apart for `rare[0]` days, then every minute for `often`, up to `END`; all of it processed."""
    files = UnhurriedFiles()
    store = RawStore(folder, files=files)
    days, every = rare
    generate_history(store, HistoryPlan((market,), days, every, END - often), options)
    generate_history(store, HistoryPlan((market,), often / timedelta(days=1), timedelta(minutes=1), END), options)
    reader, lake = RawReader(folder), Lake(DataPaths.choose(folder).lake)
    make_tables(reader, lake, market, settings)
    return reader, lake


def make_tables(
    reader: RawReader, lake: Lake, market: Market, settings: Settings, newest_days: int | None = None
) -> None:
    """Make every table that scores are made from, for all days or only the newest ones."""
    payments = PaymentMap.load()
    for day in reader.days()[-(newest_days or 0) :]:
        build_offers(reader, lake, day, market.key, payments)
        build_quotes(lake, day, market.key, settings)
        build_depth(lake, day, market.key)
