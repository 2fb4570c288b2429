"""The newest answer of each question that is asked again and again: one version is kept, not many as Workers does.

What changes every few seconds would push out of Workers what took seconds to work out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from p2p_pipeline.web.workers import Lane, Workers

_Answer = TypeVar("_Answer")

MOST_QUESTIONS = 256


class Newest:
    """Answers kept until the version of what they are made from is another one; used in the event loop alone."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()

    async def ask(
        self,
        workers: Workers,
        question: Hashable,
        version: Hashable,
        answer: Callable[[], _Answer],
        *,
        lane: Lane = Lane.QUICK,
    ) -> _Answer:
        """The answer of this version. Raises what Workers raises, and what `answer` does."""
        known = self._kept.get(question)
        if known is not None and known[0] == version:
            kept: _Answer = known[1]
            return kept
        found = await workers.ask((question, version), answer, lane=lane)
        self._kept[question] = (version, found)
        self._kept.move_to_end(question)
        while len(self._kept) > MOST_QUESTIONS:
            self._kept.popitem(last=False)
        return found
