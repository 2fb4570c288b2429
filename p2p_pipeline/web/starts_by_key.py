"""The same start asked for twice begins one session: a client that heard no answer may ask again with its key.

Keys are remembered while the service lives, as many as it keeps.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock

from p2p_pipeline.kernel.errors import ClearError

MOST_KEYS = 10_000


class KeyWasUsed(ClearError):
    """A key that came before with something else; says what to do."""


@dataclass(slots=True)
class _Start:
    asked: Hashable
    session: str | None = None
    lock: Lock = field(default_factory=Lock)
    """Who asks again while it is being started waits for it."""


class StartsByKey:
    """Which session each key has begun."""

    def __init__(self) -> None:
        self._starts: OrderedDict[str, _Start] = OrderedDict()
        self._lock = Lock()

    def begun(self, key: str, asked: Hashable, start: Callable[[], str]) -> str:
        """The session that the key began, else the one that `start` begins now. Raises KeyWasUsed.

        What `start` raises is passed on, and the key can then be used again.
        """
        with self._lock:
            one = self._starts.setdefault(key, _Start(asked))
            while len(self._starts) > MOST_KEYS:
                self._starts.popitem(last=False)
        if one.asked != asked:
            raise KeyWasUsed(
                "the Idempotency-Key {key!r} came before with another configuration; send a new key for a new session",
                key=key,
            )
        with one.lock:
            if one.session is None:
                try:
                    one.session = start()
                except BaseException:
                    with self._lock:
                        self._starts.pop(key, None)
                    raise
        return one.session
