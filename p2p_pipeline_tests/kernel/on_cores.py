"""Work for test processes; a module of its own, so that a spawned process can import it."""

from __future__ import annotations

import os


def noted(task: tuple[str, int]) -> tuple[str, int, int]:
    """Who did it."""
    return (*task, os.getpid())


def failing(task: int) -> int:
    """Fails at 3."""
    if task == 3:
        raise ValueError("at 3")
    return task
