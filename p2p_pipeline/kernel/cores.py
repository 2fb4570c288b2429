"""Work spread over the cores of this machine: chains of tasks, each chain in its order, the chains side by side."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

_WORTH_A_PROCESS = 8
"""A process takes a second or two to start: fewer tasks than this are done here."""
_LOOK_SECONDS = 1.0


def usable_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def over_cores(
    work: Callable[[Task], Result], chains: Sequence[Sequence[Task]], processes: int | None = None
) -> Iterator[tuple[Task, Result]]:
    """Do every task of every chain and give each with its result as it is done, in any order but a chain's own.

    `work` and the tasks go to other processes, so both must be picklable, unless there are too few to be worth it or
    there is one core. An exception of a task is raised here and ends the rest.
    """
    count = min(processes or usable_cores(), len(chains))
    if count < 2 or sum(map(len, chains)) < _WORTH_A_PROCESS:
        yield from ((task, work(task)) for chain in chains for task in chain)
        return
    # Spawned, for a fork would copy locks that threads of ours hold.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, context, initializer=_begin, initargs=(os.getpid(),))
    try:
        yield from _in_order(pool, work, chains)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_order(
    pool: ProcessPoolExecutor, work: Callable[[Task], Result], chains: Sequence[Sequence[Task]]
) -> Iterator[tuple[Task, Result]]:
    running: dict[Future[Result], tuple[Task, Iterator[Task]]] = {}

    def go_on(chain: Iterator[Task]) -> None:
        for task in chain:
            running[pool.submit(work, task)] = (task, chain)
            return

    # The longest first: a short one at the end leaves no core alone for long.
    for tasks in sorted(chains, key=len, reverse=True):
        go_on(iter(tasks))
    while running:
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            task, chain = running.pop(future)
            result = future.result()
            go_on(chain)
            yield task, result


def _begin(parent: int) -> None:
    # Ctrl-C reaches the whole group: the one that started us decides, and prints one line instead of ten tracebacks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    # A worker whose parent was killed would wait for its next task for ever.
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)
