"""What `p2p doctor` says of the exchanges: their settings, the service, the frames it keeps, Redis."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from p2p_pipeline.exchanges.actions.stream import LOCK_FILE, service_options
from p2p_pipeline.exchanges.answers.health import age_seconds, is_stale
from p2p_pipeline.exchanges.frames.folder import HOUR, FrameFile
from p2p_pipeline.exchanges.frames.frame_file import end_of
from p2p_pipeline.exchanges.frames.retention import frame_sizes
from p2p_pipeline.exchanges.hot_store.board_file import BoardFile, require_readable_board
from p2p_pipeline.exchanges.hot_store.store import REDIS_VARIABLE
from p2p_pipeline.exchanges.settings import ExchangesSettings
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.kernel.texts import count_text, span_text

_MOST_BYTES = 256 * 2**20
"""Of files whose ends are looked at, the newest first: all that is kept would take minutes."""


class Unwell(ClearError):
    """Something that was looked at is wrong; the message says what, and what to do."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One thing looked at."""

    name: str
    is_fine: bool
    says: str


def look(
    paths: DataPaths, read_settings: Callable[[], ExchangesSettings], environment: Mapping[str, str]
) -> Iterator[Looked]:
    """Each thing in turn. Settings that can't be read are told once; the rest is looked at as if there were none."""
    try:
        settings = read_settings()
        yield Looked("exchanges", True, _settings_told(settings))
    except ClearError as error:
        settings = ExchangesSettings()
        yield Looked("exchanges", False, str(error))
    now = datetime.now(UTC)
    steps: tuple[tuple[str, Callable[[], str]], ...] = (
        ("stream", partial(_service, paths, settings, now)),
        ("frames", partial(_frames, paths.exchange_frames, settings, now)),
        ("redis", partial(_redis, environment)),
    )
    for name, step in steps:
        try:
            yield Looked(name, True, step())
        except (ClearError, OSError) as error:
            yield Looked(name, False, str(error))


def _settings_told(settings: ExchangesSettings) -> str:
    service_options(settings)
    watched = f"{count_text(len(settings.symbols), 'symbol')} at {count_text(len(settings.watch), 'exchange')}"
    return f"{watched}, scanned every {settings.scan_seconds:g} s; from {settings.source or 'the exchanges themselves'}"


def _service(paths: DataPaths, settings: ExchangesSettings, now: datetime) -> str:
    require_readable_board(paths)
    board, runs = BoardFile(paths).newest(), _is_locked(paths.exchanges / LOCK_FILE)
    if board is None:
        return "running, no scan yet" if runs else "not running, and never was; `p2p stream` starts it"
    scanned = f"the newest scan is {span_text(age_seconds(board, now))} old"
    if not runs:
        return f"not running; {scanned}; `p2p stream` starts it"
    if is_stale(board, now, settings.scan_seconds):
        raise Unwell(f"running, but {scanned}; its log says why, and it can be started anew")
    return f"running; {scanned}"


def _is_locked(file: Path) -> bool:
    try:
        with file.open("r", encoding="utf-8") as opened:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _frames(folder: Path, settings: ExchangesSettings, now: datetime) -> str:
    sizes = frame_sizes(folder)
    if not sizes:
        return f"{folder} is empty; `p2p stream` and `p2p exchanges import` fill it"
    looked_at = list(_newest(sizes, now))
    torn = [str(one.path) for one in looked_at if end_of((folder / one.path).read_bytes())[1] is not None]
    if torn:
        raise Unwell(
            f"{len(torn)} of the newest {len(looked_at)} files of {folder} break off, such as {torn[0]}: what was in "
            "their ends is lost, the rest is read"
        )
    size = sum(sizes.values()) / 2**30
    return f"{count_text(len(sizes), 'file')}, {size:.2f} of at most {settings.frames_max_gib:g} GiB"


def _newest(sizes: Mapping[FrameFile, int], now: datetime) -> Iterator[FrameFile]:
    """Files that nobody is writing any more, as many as are read quickly."""
    left = _MOST_BYTES
    for file in reversed(list(sizes)):
        if file.hour is None or file.hour + HOUR <= now:
            left -= sizes[file]
            if left < 0:
                return
            yield file


def _redis(environment: Mapping[str, str]) -> str:
    url = environment.get(REDIS_VARIABLE, "").strip()
    if not url:
        return f"not used; set {REDIS_VARIABLE} to have books and opportunities there too"
    from p2p_pipeline.exchanges.hot_store.redis import RedisStore  # noqa: PLC0415 - costs the start of every command

    store = RedisStore(url)
    try:
        why = store.trouble()
    finally:
        store.close()
    if why:
        raise Unwell(f"it does not answer: {why}; start it, or take {REDIS_VARIABLE} away")
    return "answers"
