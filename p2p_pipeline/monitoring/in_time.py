"""Ask a source that may hang, and go on without its answer when it takes too long."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from typing import Generic, TypeVar

_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class InTime(Generic[Answer]):
    """One source of numbers: asked by one thread at a time, however many scrapes wait and however long it hangs."""

    def __init__(self, name: str, read: Callable[[], Answer]) -> None:
        self.name = name
        self._read = read
        self._mutex = threading.Lock()
        self._asked: Future[Answer] | None = None
        self._was_up = True

    def ask(self) -> Future[Answer]:
        """Begin to read, or join the reading that is under way."""
        with self._mutex:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                threading.Thread(target=self._fill, args=(self._asked,), name=f"read {self.name}", daemon=True).start()
            return self._asked

    def answer(self, asked: Future[Answer], deadline: float) -> Answer | None:
        """What came until a moment of time.monotonic(); None when nothing did. Told once, and once when it is over."""
        try:
            found = asked.result(timeout=max(0.0, deadline - time.monotonic()))
        except TooLate:
            self._tell("it did not answer in time")
            return None
        except Exception as error:  # noqa: BLE001 - whatever a source does, the others are still told
            self._tell(f"{type(error).__name__}: {str(error).strip()}")
            return None
        if not self._was_up:
            _log.info("%s answers again", self.name)
            self._was_up = True
        return found

    def _tell(self, trouble: str) -> None:
        if self._was_up:
            _log.warning("%s can't be read: %s", self.name, trouble)
            self._was_up = False

    def _fill(self, asked: Future[Answer]) -> None:
        try:
            asked.set_result(self._read())
        except BaseException as error:  # noqa: BLE001 - it is raised again where the answer is waited for
            asked.set_exception(error)
