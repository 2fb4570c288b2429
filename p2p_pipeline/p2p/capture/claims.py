"""One collector at a time per market side, across processes: the second one says who holds it.

The claim is an flock on a file, so the kernel gives it back when its holder is killed. What the file says is only for
people; the raw store's snapshot id is the last guard against collecting a slot twice.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from p2p_pipeline.p2p.markets import MarketSide

CLAIMS_FOLDER = "claims"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who collects, in words a person can act on."""

    program: str
    """What was started: `p2p collect`, `the Dagster sensor bybit_collection`."""
    process_id: int
    host: str

    @classmethod
    def this_process(cls, program: str) -> Holder:
        """This process under the name a person knows it by."""
        return cls(program, os.getpid(), socket.gethostname())


class Claim:
    """Held: this market side may be collected."""

    def __init__(self, descriptor: int, holder: Holder) -> None:
        self._descriptor = descriptor
        self._holder = holder
        self._before = read_holder(descriptor)

    def collector_of(self, slot: int) -> str | None:
        """Who collected a slot, when it is the last one that was announced; None when nobody knows any more."""
        return describe_holder(self._before) if self._before.get("slot") == slot else None

    def announce(self, slot: int, now: datetime) -> None:
        """Write who holds the claim and for which slot, for the one who comes second."""
        write_holder(self._descriptor, self._holder, slot, now)


@dataclass(frozen=True, slots=True)
class HeldByOther:
    """Not held, and why not in one sentence."""

    message: str


class ClaimFolder:
    """The claims of one data folder. Safe between threads and processes of one machine."""

    def __init__(self, state_folder: Path, holder: Holder) -> None:
        self._folder = state_folder / CLAIMS_FOLDER
        self._holder = holder

    @contextmanager
    def claim(self, market_side: MarketSide, slot: int) -> Iterator[Claim | HeldByOther]:
        """Hold a market side while the block runs, or say who does."""
        path = self._path(market_side)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if lock_at_once(descriptor):
                yield Claim(descriptor, self._holder)
            else:
                yield HeldByOther(_sentence(market_side, slot, read_holder(descriptor)))
        finally:
            os.close(descriptor)

    def _path(self, market_side: MarketSide) -> Path:
        return self._folder / f"{market_side.market.key}.{market_side.side}.claim"


def lock_at_once(descriptor: int) -> bool:
    """Take an open file's lock; False when another holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_holder(descriptor: int, holder: Holder, slot: int, now: datetime, **more: int) -> None:
    """Say in a claim's file who holds it, for the one who comes second."""
    said = {
        "program": holder.program,
        "process_id": holder.process_id,
        "host": holder.host,
        "since": now.astimezone(UTC).isoformat(timespec="seconds"),
        "slot": slot,
        **more,
    }
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, orjson.dumps(said), 0)
    except OSError:
        # The words are for people; on a full disk the lock alone does the work.
        return


def read_holder(descriptor: int) -> dict[str, Any]:
    """What a claim's file says; empty when nothing can be read."""
    return _loads(os.pread(descriptor, 4096, 0))


def _loads(text: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def describe_holder(said: dict[str, Any]) -> str:
    """The holder in words a person can act on."""
    if "program" not in said:
        return "another process"
    return f"{said['program']} (process {said.get('process_id')} on {said.get('host')}, since {said.get('since')})"


def _sentence(market_side: MarketSide, slot: int, said: dict[str, Any]) -> str:
    return (
        f"{market_side} is being collected by {describe_holder(said)}; slot {slot} is left to it. "
        "Stop one of the two if that is not wanted."
    )
