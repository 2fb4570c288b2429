"""One sweep at a time per venue and worker, across processes: the second one says who holds it since when."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from p2p_pipeline.kernel.errors import ClearError, InvalidInput
from p2p_pipeline.p2p.capture.claims import (
    CLAIMS_FOLDER,
    Holder,
    describe_holder,
    lock_at_once,
    read_holder,
    write_holder,
)
from p2p_pipeline.p2p.markets import slot_of

_PATIENCE_SECONDS = 0.5
"""Whoever only looks who is running holds a claim for a moment."""


class SweepRefused(ClearError):
    """This sweep must not or can't be made now; the message says why and what to do. Nothing was asked."""


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of a venue's fiats a sweep reads: one of `workers`."""

    venue: str
    worker: int = 1
    workers: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.worker <= self.workers < 1000:
            raise InvalidInput(f"worker was {self.worker} of {self.workers}; write 1/1, or from 1/3 to 3/3 for three")

    def __str__(self) -> str:
        return f"{self.venue}.{self.worker}-of-{self.workers}"


class SweepClaim:
    """Held: this share may be swept."""

    def __init__(self, descriptor: int, holder: Holder) -> None:
        self._descriptor = descriptor
        self._holder = holder

    def announce(self, batch_id: int, now: datetime) -> None:
        """Say which batch it is held for, before anything of that batch is stored."""
        write_holder(self._descriptor, self._holder, slot_of(now), now, batch_id=batch_id)


@contextmanager
def claim_sweep(state_folder: Path, share: Share, holder: Holder, now: datetime) -> Iterator[SweepClaim]:
    """Hold a share while the block runs; raises SweepRefused with who does instead.

    All workers must agree on how many they are, or two of them would ask for the same fiats.
    """
    folder = state_folder / CLAIMS_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        descriptor = os.open(_path(folder, share), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        held.callback(os.close, descriptor)
        if not _lock_patiently(descriptor):
            raise SweepRefused(_busy(share, describe_holder(read_holder(descriptor))))
        write_holder(descriptor, holder, slot_of(now), now)
        for other, path in _claims(folder, share.venue):
            if other.workers != share.workers and (said := _who_holds(path)) is not None:
                raise SweepRefused(
                    f"{describe_holder(said)} sweeps {share.venue} as worker {other.worker} of {other.workers}, and "
                    f"this would be worker {share.worker} of {share.workers}: both would ask for the same fiats. Give "
                    "all workers the same number (sweep.workers in the settings), or wait for its end."
                )
        yield SweepClaim(descriptor, holder)


@contextmanager
def taking_a_moment(state_folder: Path) -> Iterator[frozenset[int]]:
    """While the block runs nobody else takes a batch's moment; gives those that running sweeps of any venue have.

    A batch is known by the millisecond it began in, and venues may be swept side by side.
    """
    folder = state_folder / CLAIMS_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "sweep-moments.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        # Held for as long as it takes to look into a few files.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        venues = {path.name.partition(".sweep.")[0] for path in folder.glob("*.sweep.*.claim")}
        yield frozenset().union(*(running_batches(state_folder, venue) for venue in venues))
    finally:
        os.close(descriptor)


def running_batches(state_folder: Path, venue: str) -> frozenset[int]:
    """The batches of the sweeps that run just now on this machine."""
    held = (_who_holds(path) for _, path in _claims(state_folder / CLAIMS_FOLDER, venue))
    ids = (said.get("batch_id") for said in held if said is not None)
    return frozenset(batch_id for batch_id in ids if isinstance(batch_id, int))


def _path(folder: Path, share: Share) -> Path:
    return folder / f"{share.venue}.sweep.{share.worker}-of-{share.workers}.claim"


def _claims(folder: Path, venue: str) -> Iterator[tuple[Share, Path]]:
    for path in sorted(folder.glob(f"{venue}.sweep.*.claim")):
        numbers = re.fullmatch(r"(\d+)-of-(\d+)", path.name.removeprefix(f"{venue}.sweep.").removesuffix(".claim"))
        if numbers is not None and 1 <= int(numbers[1]) <= int(numbers[2]):
            yield Share(venue, int(numbers[1]), int(numbers[2])), path


def _lock_patiently(descriptor: int) -> bool:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not lock_at_once(descriptor):
        if time.monotonic() >= until:
            return False
        time.sleep(0.02)
    return True


def _who_holds(path: Path) -> dict[str, object] | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        # Shared: two who only look must not take each other for a sweep.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return read_holder(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _busy(share: Share, who: str) -> str:
    part = "" if share.workers == 1 else f" (worker {share.worker} of {share.workers})"
    return (
        f"{share.venue}{part} is being swept already by {who}. One sweep at a time: wait for its end, or stop that "
        "process. Nothing was asked."
    )
