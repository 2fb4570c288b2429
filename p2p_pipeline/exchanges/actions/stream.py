"""Run the service as the settings say it, on a data folder that no other service works on."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from p2p_pipeline.exchanges.actions.scan_keeping import ScanKeeping
from p2p_pipeline.exchanges.actions.warehouse_copy import WarehouseCopy
from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.connections.addresses import checked_source
from p2p_pipeline.exchanges.connections.clock import AnchoredClock
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.frames.recorder import Recorder
from p2p_pipeline.exchanges.frames.retention import drop_frames, frame_sizes, kept_hours, plan_retention
from p2p_pipeline.exchanges.funnel.choosing import FunnelRules
from p2p_pipeline.exchanges.hot_store.chosen import hot_store
from p2p_pipeline.exchanges.scan.rules import public_fees, rules_of
from p2p_pipeline.exchanges.service.service import ServiceOptions, StreamService
from p2p_pipeline.exchanges.settings import ExchangesSettings
from p2p_pipeline.exchanges.warehouse.place import known_server
from p2p_pipeline.exchanges.warehouse.strategy import parameters_of
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths

LOCK_FILE = "stream.lock"
_HOUR_SECONDS = 3600.0

logger = logging.getLogger(__name__)


class AlreadyStreaming(ClearError):
    """Another service works on the data folder."""


def service_options(settings: ExchangesSettings) -> ServiceOptions:
    """What the settings ask for. Raises InvalidInput for a source that is no address."""
    return ServiceOptions(
        exchanges=settings.watch,
        symbols=settings.symbols,
        rules=rules_of(settings, public_fees(settings.watch)),
        funnel=FunnelRules(float(settings.wanted_edge_pct), float(settings.leave_edge_pct)),
        watch_depth=settings.watch_depth,
        scan_seconds=settings.scan_seconds,
        source=None if settings.source is None else checked_source(settings.source),
    )


async def stream(
    paths: DataPaths,
    settings: ExchangesSettings,
    stop: asyncio.Event,
    seconds: float | None = None,
    told: Callable[[Board], None] = lambda _: None,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Run until it is told to stop, or for so many seconds. Raises AlreadyStreaming, InvalidInput."""
    options = service_options(settings)
    store = hot_store(paths, environment)
    clock = AnchoredClock()
    realm = Source.LIVE if options.source is None else Source.SIMULATED
    with (
        _only_one(paths.exchanges),
        closing(Recorder(paths.exchange_frames, realm)) as recorder,
        closing(ScanKeeping(paths.lake)) as scans,
        closing(WarehouseCopy(lambda: known_server(paths, environment), parameters_of(settings))) as copy,
    ):
        lost = 0

        def published(board: Board) -> None:
            nonlocal lost
            if recorder.lost > lost:
                lost = recorder.lost
                logger.warning("%d frames could not be kept so far: %s", lost, recorder.last_error or "too many waited")
            copy.offer(board)
            told(board)

        service = StreamService(options, store, recorder.write, clock.now_ns, published, copy.learn, scans.keep)
        keeping = asyncio.create_task(_keep_room(paths.exchange_frames, settings))
        try:
            await service.run(stop, seconds)
        finally:
            keeping.cancel()


async def _keep_room(folder: Path, settings: ExchangesSettings) -> None:
    """Let old frames go, now and every hour."""
    most_bytes, has_told = int(settings.frames_max_gib * 2**30), False

    def let_go() -> None:
        nonlocal has_told
        sizes, now, days = frame_sizes(folder), datetime.now(UTC), settings.frames_keep_days
        dropped = plan_retention(sizes, now, days, most_bytes)
        hours = kept_hours(sizes, dropped, now, days)
        if hours is not None and not has_told:
            has_told = True
            logger.warning(
                "frames_max_gib (%s) has room for the newest %d hours of frames, and not for the %d days of "
                "frames_keep_days; what is older was let go: raise it, or watch less",
                settings.frames_max_gib, hours, days,
            )  # fmt: skip
        drop_frames(folder, dropped)

    while True:
        try:
            await asyncio.to_thread(let_go)
        except OSError as error:
            logger.warning("old frames can't be removed: %s", error)
        await asyncio.sleep(_HOUR_SECONDS)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK_FILE).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyStreaming(
                "another `p2p stream` writes to {folder}; stop that one first, or choose another --data-dir",
                folder=folder,
            ) from None
        yield
