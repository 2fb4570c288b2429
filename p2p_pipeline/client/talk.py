"""How one question is asked, whoever carries it: what is sent, what an answer means, when to ask again.

A generator that sends nothing itself: it yields what to send or how long to wait, and is sent what came. So the client
that blocks and the one that awaits are the same.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from p2p_pipeline.client.asking import Answer, Ask
from p2p_pipeline.client.problems import ProblemError, Unreadable
from p2p_pipeline.web.api.shapes.problem import Problem

ASK_AGAIN = (429, 503)
SEND_AGAIN = (429,)
"""What changes something is sent again only where nothing can have been done."""
MOST_TRIES = 4
MOST_WAIT_SECONDS = 60.0
"""A service that wants a longer wait is not waited for."""
MOST_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Send:
    """A GET to be sent; a POST where it has a body."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]
    body: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause before going on."""

    seconds: float


@dataclass
class Memory:
    """Answers with their ETags: what has not changed is neither sent nor read again."""

    kept: OrderedDict[tuple[str, tuple[tuple[str, str], ...]], tuple[str, BaseModel]] = field(
        default_factory=OrderedDict
    )

    def keep(self, ask: Ask[Any], etag: str, answer: BaseModel) -> None:
        """Remember; the longest unused is forgotten."""
        self.kept[_key(ask)] = (etag, answer)
        self.kept.move_to_end(_key(ask))
        while len(self.kept) > MOST_REMEMBERED:
            self.kept.popitem(last=False)

    def of(self, ask: Ask[Any]) -> tuple[str, BaseModel] | None:
        """What is remembered of a question."""
        return self.kept.get(_key(ask))


def _key(ask: Ask[Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    return ask.path, tuple(sorted(ask.parameters.items()))


def talk(
    ask: Ask[Answer], memory: Memory, tries: int = MOST_TRIES
) -> Generator[Send | Wait, httpx.Response | None, Answer]:
    """Ask until there is an answer; raises ProblemError, Unreadable."""
    known = memory.of(ask) if ask.body is None else None
    ask_again = ASK_AGAIN if ask.body is None else SEND_AGAIN
    headers = {"Accept": "application/json", **({"If-None-Match": known[0]} if known else {})}
    for attempt in range(1, tries + 1):
        found = yield Send(ask.path, ask.parameters, headers, ask.body)
        assert found is not None  # noqa: S101 - what follows a Send is what came
        if found.status_code == 304 and known and isinstance(known[1], ask.shape):
            return known[1]
        if not _is_problem(found):
            answer = _read(ask.shape, found)
            if ask.body is None and (etag := found.headers.get("etag")):
                memory.keep(ask, etag, answer)
            return answer
        wait = _wait_seconds(found, attempt)
        if found.status_code not in ask_again or attempt == tries or wait > MOST_WAIT_SECONDS:
            raise ProblemError(_read(Problem, found))
        yield Wait(wait)
    raise ValueError(f"tries was {tries}; it is 1 or more")


def _is_problem(found: httpx.Response) -> bool:
    return str(found.headers.get("content-type", "")).startswith("application/problem+json")


def _wait_seconds(found: httpx.Response, attempt: int) -> float:
    """What the service asks for; else twice as long each time."""
    told = found.headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdigit() else 2.0 ** (attempt - 1)


def _read(shape: type[Answer], found: httpx.Response) -> Answer:
    try:
        return shape.model_validate_json(found.content)
    except ValidationError as error:
        raise Unreadable(
            f"{found.request.url} answered {found.status_code} with what is no {shape.__name__}: "
            f"{error.errors()[0]['msg']}; is it p2p_pipeline, of this version?"
        ) from error
