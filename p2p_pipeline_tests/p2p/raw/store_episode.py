"""A random life of a raw store, with crashes, beside the simplest model of what it promised."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from random import Random

from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.raw.capture import Capture
from p2p_pipeline.p2p.raw.repack import repack_day
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import AlreadyStored
from p2p_pipeline_tests.p2p.raw.example_snapshots import DAY, contents, example_snapshot
from p2p_pipeline_tests.p2p.raw.power_loss import PowerLossFiles, PowerLost

DAYS = (DAY, DAY + timedelta(days=1))
MARKETS = (Market("bybit", "USDT", "RUB"), Market("binance", "USDT", "BOB"))
OpenStore = Callable[[Path, PowerLossFiles], RawStore]


def open_store(data_folder: Path, files: PowerLossFiles) -> RawStore:
    """The store as it is shipped."""
    return RawStore(data_folder, files=files)


class Episode:
    """Does things to a store and keeps account: acknowledged snapshots must stay, attempted ones may."""

    def __init__(self, data_folder: Path, random: Random, opened: OpenStore = open_store) -> None:
        self.files = PowerLossFiles(random)
        self.violations: list[str] = []
        self._random = random
        self._data_folder = data_folder
        self._open = opened
        self._acknowledged: dict[str, list[Capture]] = {}
        self._attempted: dict[str, list[Capture]] = {}
        self.store = opened(data_folder, self.files)

    def append(self, number: int, day: date, market: Market) -> None:
        """Store a snapshot, perhaps one that is there already."""
        pages, filler = self._random.randrange(1, 4), self._random.randbytes(self._random.randrange(700)).hex()
        captures = example_snapshot(number, day=day, market=market, pages=pages, body=f'{{"x":"{filler}"}}'.encode())
        name = captures[0].snapshot_id
        captures = self._attempted.setdefault(name, captures)
        with suppress(AlreadyStored):
            self.store.append(captures)
        self._acknowledged[name] = captures

    def repack(self, day: date) -> None:
        """Repack a day; it must work in a store without damage."""
        for report in repack_day(self.store, day):
            if report.kept_because is not None:
                self.violations.append(f"not repacked: {report.kept_because}")

    def kill(self) -> None:
        """End the process without losing power, and start it again."""
        self.store = self._open(self._data_folder, self.files)

    def lose_power(self) -> None:
        """Lose power, start again, recover."""
        self.files.crash()
        self.kill()
        for day in DAYS:
            self.store.recover(day)

    def during(self, operations: int, act: Callable[[], None]) -> None:
        """Do something with the power going after so many file operations."""
        self.files.stop_after = self.files.operations + operations
        try:
            act()
        except PowerLost:
            self.lose_power()
        self.files.stop_after = None

    def check(self) -> None:
        """Compare what can be read with what was promised."""
        found, doubled, damages = contents(self.store.reader)
        self.violations += [f"doubled: {name}" for name in doubled]
        self.violations += [f"damage: {damage}" for damage in damages]
        for name, captures in self._acknowledged.items():
            if found.get(name) != captures:
                self.violations.append(f"{'changed' if name in found else 'lost'}: {name}")
        for name, captures in found.items():
            if self._attempted.get(name) != captures:
                self.violations.append(f"never asked for: {name}")
        self._check_any_gzip_reader_can_read()

    def _check_any_gzip_reader_can_read(self) -> None:
        folder = self.store.folder
        for day in folder.days():
            for key in folder.file_keys(day):
                try:
                    gzip.decompress(self.files.read(folder.growing(day, key)))
                except (OSError, EOFError) as error:
                    self.violations.append(f"not readable as gzip: {key}: {error}")


def live(episode: Episode, random: Random, steps: int) -> list[str]:
    """Let a random life happen, and give what was broken of the promise."""
    for _ in range(steps):
        day, market = random.choice(DAYS), random.choice(MARKETS)
        number = random.randrange(12)

        def append(number: int = number, day: date = day, market: Market = market) -> None:
            episode.append(number, day, market)

        kind = random.random()
        if kind < 0.5:
            append()
        elif kind < 0.75:
            episode.during(random.randrange(1, 14), append)
        elif kind < 0.85:
            episode.during(random.randrange(1, 40), lambda day=day: episode.repack(day))  # type: ignore[misc]
        elif kind < 0.92:
            episode.kill()
        else:
            episode.lose_power()
        episode.check()
        if episode.violations:
            break
    return episode.violations
