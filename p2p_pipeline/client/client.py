"""The client that blocks and the one that awaits: they carry what talk.py says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import BaseModel

from p2p_pipeline.client.asking import Answer, Ask
from p2p_pipeline.client.talk import MOST_TRIES, Memory, Send, Wait, talk

TIMEOUT_SECONDS = 30.0
"""Longer than the service lets itself take."""


class Client:
    """Asks a service and waits for the answer. Close it, or use it in a `with`."""

    def __init__(
        self,
        address: str,
        token: str | None = None,
        *,
        tries: int = MOST_TRIES,
        timeout_seconds: float = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`token` is what the service was started with, where it is open to others."""
        self._http = httpx.Client(base_url=address, headers=_headers(token), timeout=timeout_seconds, trust_env=False)
        self._memory, self._tries, self._sleep = Memory(), tries, sleep

    def ask(self, ask: Ask[Answer]) -> Answer:
        """The answer; raises ProblemError with the service's sentence, and httpx's errors where it can't be reached.

        An answer that has not changed at the service is the one that was given before.
        """
        talking = talk(ask, self._memory, self._tries)
        came: httpx.Response | None = None
        while True:
            try:
                step = talking.send(came)
            except StopIteration as end:
                answer: Answer = end.value
                return answer
            came = self._do(step)

    def each(self, ask: Ask[Any]) -> Iterator[Any]:
        """Every item of a list, over all its pages."""
        after: Ask[Any] | None = ask
        while after is not None:
            page = self.ask(after)
            yield from page.items
            after = next_page(after, page)

    def _do(self, step: Send | Wait) -> httpx.Response | None:
        if isinstance(step, Wait):
            self._sleep(step.seconds)
            return None
        return self._http.request(*method_of(step), params=step.parameters, headers=step.headers, json=step.body)

    def close(self) -> None:
        """End its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class AsyncClient:
    """The same for who awaits. Close it, or use it in an `async with`."""

    def __init__(
        self,
        address: str,
        token: str | None = None,
        *,
        tries: int = MOST_TRIES,
        timeout_seconds: float = TIMEOUT_SECONDS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=address, headers=_headers(token), timeout=timeout_seconds, trust_env=False
        )
        self._memory, self._tries, self._sleep = Memory(), tries, sleep

    async def ask(self, ask: Ask[Answer]) -> Answer:
        """As Client.ask."""
        talking = talk(ask, self._memory, self._tries)
        came: httpx.Response | None = None
        while True:
            try:
                step = talking.send(came)
            except StopIteration as end:
                answer: Answer = end.value
                return answer
            came = await self._do(step)

    async def each(self, ask: Ask[Any]) -> AsyncIterator[Any]:
        """As Client.each."""
        after: Ask[Any] | None = ask
        while after is not None:
            page = await self.ask(after)
            for item in page.items:
                yield item
            after = next_page(after, page)

    async def _do(self, step: Send | Wait) -> httpx.Response | None:
        if isinstance(step, Wait):
            await self._sleep(step.seconds)
            return None
        return await self._http.request(*method_of(step), params=step.parameters, headers=step.headers, json=step.body)

    async def close(self) -> None:
        """End its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()


def method_of(step: Send) -> tuple[str, str]:
    """What is sent, and where."""
    return ("GET" if step.body is None else "POST"), step.path


def next_page(ask: Ask[Any], page: BaseModel) -> Ask[Any] | None:
    """The same question from where a page ended; None after the last."""
    cursor = getattr(page, "next_cursor", None)
    return replace(ask, parameters={**ask.parameters, "cursor": cursor}) if cursor else None


def _headers(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
