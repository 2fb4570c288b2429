"""What is configured, where, and whether it works."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from p2p_pipeline.kernel.clock import SystemClock
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline.kernel.told import joined
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.listed_markets import unlisted
from p2p_pipeline.p2p.capture.client import Exchange, ExchangeLimits, ask, open_client
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.offers.known_payments import require_known_payments
from p2p_pipeline.p2p.proxies import proxy_url_of
from p2p_pipeline.p2p.raw.capture import Outcome
from p2p_pipeline.p2p.raw.folder import RawFolder
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.retention import bytes_by_day, file_sizes
from p2p_pipeline.p2p.settings import Settings, SettingsError, settings_file_of
from p2p_pipeline.p2p.tables import TABLES
from p2p_pipeline.p2p.venues.directory import venue_directory
from p2p_pipeline.p2p.venues.wire import Venue
from p2p_pipeline.p2p.warehouse.revisions import require_current
from p2p_pipeline.postgres.connection import connected, version_text
from p2p_pipeline.postgres.embedded import EmbeddedPostgres
from p2p_pipeline.postgres.server import DATABASE, named_server

_VENUE_SECONDS = 5.0


class Unwell(ClearError):
    """Something that was looked at is wrong; the message says what, and what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    name: str
    is_fine: bool
    says: str


def look(started: CommandContext, *, ask_venues: bool) -> list[Finding]:
    """Look at settings, data folder, raw store, lake and venues, in that order."""
    steps: list[tuple[str, Callable[[CommandContext], str]]] = [
        ("settings", _settings),
        ("data folder", _data_folder),
        ("raw store", _raw_store),
        ("markets", _markets),
        ("lake", _lake),
        ("warehouse", _warehouse),
        ("alerts", _alerts),
    ]
    first, *others = steps
    settings = _finding(first[0], partial(first[1], started))
    # Settings that can't be read are told once; the rest is looked at as if there were none.
    readable = _with_readable_settings(started)
    findings = [settings, *(_finding(name, partial(step, readable)) for name, step in others)]
    return findings + (_ask_venues(readable) if ask_venues else [])


def _with_readable_settings(started: CommandContext) -> CommandContext:
    try:
        started.settings  # noqa: B018 - reads them
    except (SettingsError, OSError):
        without = CommandContext(started.paths)
        without.settings = Settings()
        return without
    return started


def _ask_venues(started: CommandContext) -> list[Finding]:
    realm = RawFolder(started.paths.root, RealFileSystem()).realm()
    if realm is Source.SIMULATED and not os.environ.get("P2P_SOURCE"):
        told = "not asked: this folder holds simulated data, and nothing live is ever written into it"
        return [Finding("venues", True, told)]
    return ask_each_venue(settings=started.settings)


def ask_each_venue(names: Collection[str] | None = None, settings: Settings | None = None) -> list[Finding]:
    """Whether each venue (or each of those named) answers, asked as collection asks it, proxy included."""
    source_url = os.environ.get("P2P_SOURCE")
    return [
        _finding(venue.name, partial(_venue_answers, venue, settings or Settings(), is_live=not source_url))
        for venue in venue_directory(source_url).values()
        if names is None or venue.name in names
    ]


def _finding(name: str, step: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, step())
    except (ClearError, OSError) as error:
        return Finding(name, False, str(error))


def _settings(started: CommandContext) -> str:
    settings = started.settings
    where = settings_file_of(started.settings_file, data_folder=started.paths.root) or "built-in defaults"
    markets = ", ".join(entry.market.key for entry in settings.markets) or "none"
    for name, profile in settings.profiles.items():
        require_known_payments(name, profile.payment_methods)
    return (
        f"{where}; markets {markets}; profiles {', '.join(settings.profile_names)}; times shown in {settings.timezone}"
    )


def _data_folder(started: CommandContext) -> str:
    root = started.paths.root
    nearest = next(folder for folder in (root, *root.parents) if folder.exists())
    if not nearest.is_dir():
        raise Unwell("{nearest} is a file, no folder; choose another with --data-dir", nearest=nearest)
    if not os.access(nearest, os.W_OK):
        raise Unwell("{nearest} can't be written; choose another with --data-dir", nearest=nearest)
    free_mib = shutil.disk_usage(nearest).free / 2**20
    least = started.settings.retention.min_free_mib
    if free_mib < least:
        raise Unwell(
            "only {free_mib:.0f} MiB are free at {nearest}; {least} MiB are kept free, so nothing is written",
            free_mib=free_mib,
            nearest=nearest,
            least=least,
        )
    return f"{root}; {free_mib / 1024:.1f} GiB free"


def _raw_store(started: CommandContext) -> str:
    days = RawReader(started.paths.root).days()
    if not days:
        return f"{started.paths.raw} is empty; collecting or importing fills it"
    size = sum(bytes_by_day(file_sizes(started.paths.root)).values())
    return f"{len(days)} days from {days[0]} to {days[-1]}, {size / 2**20:.1f} MiB"


def _markets(started: CommandContext) -> str:
    wrong = unlisted(RawReader(started.paths.root), started.settings)
    if wrong:
        raise Unwell(joined("; ", wrong))
    return "none that its venue's newest list (if one is stored yet) lacks"


def _lake(started: CommandContext) -> str:
    lake = Lake(started.paths.lake)
    counts = {name: len(lake.partitions(table)) for name, table in TABLES.items()}
    return ", ".join(f"{name} {count}" for name, count in counts.items()) + " partitions"


def _warehouse(started: CommandContext) -> str:
    embedded = EmbeddedPostgres(started.paths)
    server = named_server() or embedded.running(DATABASE)
    if server is None:
        # Looking at it is no reason to start it.
        return f"{'not running' if embedded.is_made else 'not made'}; the first command that needs it starts it"
    with connected(server, program="p2p doctor") as connection:
        require_current(connection)
        version = version_text(connection.info.server_version)
    return f"{server.name}, PostgreSQL {version}"


def _alerts(started: CommandContext) -> str:
    variable = started.settings.alerts.webhook_variable
    value = os.environ.get(variable)
    if not value:
        return f"to the log; set {variable} to a URL to have them posted too"
    try:
        parts = urlsplit(value)
    except ValueError:
        raise Unwell("{variable} is no URL", variable=variable) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unwell("{variable} is no http or https URL", variable=variable)
    return f"to the log and to {parts.hostname}"


def _venue_answers(venue: Venue, settings: Settings, *, is_live: bool) -> str:
    proxy_url = proxy_url_of(settings, venue.name) if is_live else None
    request = venue.fiat_list_request()

    async def ask_once() -> Exchange:
        async with open_client(proxy_url, use_system_proxy=is_live) as http:
            return await ask(http, request, venue.refusal, SystemClock(), ExchangeLimits(), _VENUE_SECONDS)

    exchange = asyncio.run(ask_once())
    host = urlsplit(request.url).netloc
    if exchange.outcome is Outcome.OK:
        through = " through its proxy" if proxy_url else ""
        return f"{host} answers{through} in {exchange.elapsed_milliseconds:.0f} ms"
    told = (exchange.detail or exchange.outcome.value).rstrip(".")
    if exchange.outcome in (Outcome.CONNECTION, Outcome.TIMEOUT):
        raise Unwell("{host} can't be reached: {told}; check the network or proxy", host=host, told=told)
    if exchange.outcome in (Outcome.BLOCKED, Outcome.RATE_LIMITED):
        raise Unwell("{host} refuses this address: {told}; try a proxy", host=host, told=told)
    raise Unwell("{host} does not answer as expected: {told}", host=host, told=told)
