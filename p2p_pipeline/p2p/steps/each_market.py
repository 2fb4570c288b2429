"""One market after the other, so that what stops one costs no other."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from p2p_pipeline.kernel.errors import ClearError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MarketFailure:
    """A market's day, or a combo's, that could not be made; whatever there was of it before is still there."""

    day: date
    market_key: str
    reason: str
    """What was wrong, on one line."""
    trace: str
    """Where it happened, for what is no error told to people: then it is a bug. Empty otherwise."""
    error: Exception | None = field(default=None, compare=False)
    """In the process where it happened. None in others: some exceptions don't survive the way, and once stopped all."""

    @classmethod
    def of(cls, day: date, market_key: str, error: Exception) -> MarketFailure:
        """What is told of an error, put into words where it happened."""
        text = " ".join(str(error).split())
        if isinstance(error, ClearError):
            return cls(day, market_key, text, "", error)
        trace = "".join(traceback.format_exception(error))
        return cls(day, market_key, f"{type(error).__name__}: {text}", trace, error)

    def __reduce__(self) -> tuple[type[MarketFailure], tuple[date, str, str, str]]:
        return MarketFailure, (self.day, self.market_key, self.reason, self.trace)


class SomeFailed(ClearError):
    """All was made that could be; the message says of which markets it could not."""


def raise_what_failed(failures: Sequence[MarketFailure]) -> None:
    """End a piece of work of which some markets failed, after all others are done; nothing when none did.

    An error that is told to nobody is a bug: it is raised as it is, so that its traceback is kept.
    """
    told = "; ".join(f"{failure.market_key} on {failure.day}: {failure.reason}" for failure in failures)
    for failure in failures:
        if failure.error is not None and failure.trace:
            failure.error.add_note(f"All other markets are made. Left out are {told}")
            raise failure.error
    if failures:
        raise SomeFailed(
            "{count} market days could not be made, all others are: {told}", count=len(failures), told=told
        )


def for_each_market(
    day: date, keys: Iterable[str], make: Callable[[str], T], failed: Callable[[MarketFailure], None]
) -> list[T]:
    """What `make` gives for each market; one whose making raises is told to `failed`, and the next one is made."""
    made = []
    for key in keys:
        try:
            made.append(make(key))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other markets have nothing to do with it
            failed(MarketFailure.of(day, key, error))
    return made
