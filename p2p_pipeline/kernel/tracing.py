"""What is being done right now, for traces and for log lines. It imports nothing of the package, so all may call it.

Off by default and then next to free; `monitoring/traces.py` switches it on by passing in who records.

    with batch_span("sweep", batch_id, venue="binance") as root:
        with span("market side", asset="USDT", fiat="RUB", side="BUY") as told:
            told.set(pages=3)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol

Told = str | int | float | bool | None
"""What an attribute may be; None leaves it out."""


class Span(Protocol):
    """Something that takes a while: named, with a beginning, an end and what is known of it."""

    def set(self, **attributes: Told) -> None:
        """Add what is known only now."""


class Recorder(Protocol):
    """Who records spans."""

    def span(self, name: str, attributes: Mapping[str, Told]) -> AbstractContextManager[Span]:
        """A part of what is being done."""

    def batch_span(self, name: str, batch_id: int, attributes: Mapping[str, Told]) -> AbstractContextManager[Span]:
        """A part of a batch, in that batch's one trace, whichever process does it."""


class _NotRecorded:
    """The span of a program that records none: one for all, without state."""

    __slots__ = ()

    def __enter__(self) -> _NotRecorded:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def set(self, **attributes: Told) -> None:
        pass


_NOT_RECORDED = _NotRecorded()
_recorder: Recorder | None = None
_log_fields: ContextVar[Mapping[str, Told]] = ContextVar("p2p_log_fields")
_NO_FIELDS: Mapping[str, Told] = {}


def record_with(recorder: Recorder | None) -> None:
    """Switch tracing on, or off with None, for the whole process."""
    global _recorder  # noqa: PLW0603 - one switch a process, as with logging
    _recorder = recorder


def is_recording() -> bool:
    """Whether spans go anywhere: ask before working out a costly attribute."""
    return _recorder is not None


def span(name: str, **attributes: Told) -> AbstractContextManager[Span]:
    """A part of what is being done, as a context manager. An exception that leaves it is recorded and goes on."""
    if _recorder is None:
        return _NOT_RECORDED
    return _recorder.span(name, attributes)


@contextmanager
def batch_span(name: str, batch_id: int, **attributes: Told) -> Iterator[Span]:
    """A part of a batch (`sweep`, `load`, …): its spans are one trace, and its log lines name the batch.

    The sweep and the load may be done by two processes: the trace's id is made from the batch's.
    """
    with log_context(batch_id=batch_id, **attributes):
        if _recorder is None:
            yield _NOT_RECORDED
            return
        with _recorder.batch_span(name, batch_id, attributes) as opened:
            yield opened


@contextmanager
def log_context(**fields: Told) -> Iterator[None]:
    """Log lines written inside, also by tasks begun inside, carry these fields."""
    token = _log_fields.set({**_log_fields.get(_NO_FIELDS), **fields})
    try:
        yield
    finally:
        _log_fields.reset(token)


def log_fields() -> Mapping[str, Told]:
    """What the lines written here carry."""
    return _log_fields.get(_NO_FIELDS)
