"""The session's sockets to Bybit's perpetuals, kept up as long as they are wanted, and what runs over each."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

from p2p_pipeline.exchanges.connections.addresses import Addresses
from p2p_pipeline.exchanges.connections.backoff import STEADY_SECONDS, reconnect_seconds
from p2p_pipeline.exchanges.connections.connection import SECOND_NS, Connection, ConnectionEnded, SocketAddress
from p2p_pipeline.exchanges.connections.pacing import Turns
from p2p_pipeline.exchanges.connections.planner import Plan, PlanChange, in_parts
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.paper.wire import asking

ANSWER_SECONDS = 15.0
"""A request without an answer for so long: its connection is of no use."""
_CONNECTS_PER_MINUTE = 60.0

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Asked:
    topics: Sequence[str]
    is_wanted: bool
    sent_at: float | None = None


@dataclass(slots=True)
class _Kept:
    connection: Connection
    asked: dict[str, _Asked] = field(default_factory=dict)
    """Requests without an answer, by number."""
    refused: dict[str, str] = field(default_factory=dict)
    """Topics that the exchange does not give, with its reason; asked for again when the connection is a new one."""
    times_up: int = 0
    task: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """One socket."""

    name: str
    is_open: bool
    topics: int
    reconnects: int


class Link:
    """Of one session, in the thread of its loop. `push` takes every frame."""

    def __init__(self, push: Callable[[Frame], None], now_ns: Callable[[], int], source: str | None) -> None:
        self.last_error = ""
        self._push = push
        self._now_ns = now_ns
        self._addresses = Addresses(asking.CAPABILITY, source)
        self._random = random.Random("paper")
        self._plan: Plan[str] = Plan(asking.LIMITS, asking.topic_length)
        self._kept: dict[str, _Kept] = {}
        self._connects = Turns((asking.LIMITS.connects_per_minute or _CONNECTS_PER_MINUTE) / 60)
        self._next_id = 1

    def want(self, topics: Collection[str]) -> None:
        """Have these run, and nothing else. A connection that has nothing left stays, for what comes."""
        for change in self._plan.want(topics):
            self._apply(change)

    @property
    def connections(self) -> list[ConnectionState]:
        """Each socket as it is."""
        return [
            ConnectionState(
                name,
                kept.connection.is_open,
                len(self._plan.connections.get(name, ())) - len(kept.refused),
                max(0, kept.times_up - 1),
            )
            for name, kept in self._kept.items()
        ]

    @property
    def refused(self) -> dict[str, str]:
        """Topics that the exchange does not give, with its reason."""
        return {topic: reason for kept in self._kept.values() for topic, reason in kept.refused.items()}

    def look_after(self) -> None:
        """End connections whose requests are not answered; raise what a task of ours died of: a bug."""
        now = self._seconds()
        for kept in self._kept.values():
            if kept.task is not None and kept.task.done():
                kept.task.result()
            if any(one.sent_at is not None and now - one.sent_at > ANSWER_SECONDS for one in kept.asked.values()):
                kept.asked.clear()
                kept.connection.end("a subscription was not answered")

    async def close(self) -> None:
        """End all connections."""
        tasks = [kept.task for kept in self._kept.values() if kept.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _apply(self, change: PlanChange[str]) -> None:
        kept = self._kept.get(change.connection)
        if kept is None:
            if change.added:
                self._kept[change.connection] = self._started(change.connection)
            return
        if not kept.connection.is_open:
            # it asks for what is wanted when it is up
            return
        for topic in change.removed:
            kept.refused.pop(topic, None)
        for part in in_parts(change.removed, asking.LIMITS):
            self._ask(kept, part, is_wanted=False)
        for part in in_parts(change.added, asking.LIMITS):
            self._ask(kept, part, is_wanted=True)

    def _started(self, name: str) -> _Kept:
        push = partial(self._took, name)
        kept = _Kept(Connection(name, asking.CAPABILITY, push, self._now_ns, self._random))
        kept.task = asyncio.create_task(self._keep(kept))
        return kept

    async def _keep(self, kept: _Kept) -> None:
        url = self._addresses.socket(asking.SOCKET_PATH)
        address = SocketAddress(url, through_proxy=self._addresses.source is None)
        attempt = 0
        while True:
            await asyncio.sleep(self._connects.take(self._seconds()))
            began = self._seconds()
            try:
                await kept.connection.run(address, asking.ping, partial(self._up, kept))
            except ConnectionEnded as error:
                self._went_down(kept, str(error))
            attempt = 1 if self._seconds() - began > STEADY_SECONDS else attempt + 1
            await asyncio.sleep(reconnect_seconds(attempt, self._random))

    def _up(self, kept: _Kept) -> None:
        kept.times_up += 1
        kept.asked.clear()
        kept.refused.clear()
        self.last_error = ""
        for part in in_parts(self._plan.connections.get(kept.connection.name, []), asking.LIMITS):
            self._ask(kept, part, is_wanted=True)

    def _went_down(self, kept: _Kept, why: str) -> None:
        kept.asked.clear()
        error = f"{kept.connection.name}: {why}"
        if error != self.last_error:
            logger.warning("%s; it is tried again", error)
        self.last_error = error

    def _took(self, name: str, frame: Frame) -> None:
        self._push(frame)
        if frame.passage is not Passage.SOCKET or frame.is_outgoing:
            return
        answer = asking.answer_of(frame.body)
        if answer is not None:
            self._answered(self._kept[name], answer)

    def _answered(self, kept: _Kept, answer: asking.Answer) -> None:
        asked = kept.asked.pop(answer.request_id, None)
        if asked is None or answer.is_good or not asked.is_wanted:
            return
        if len(asked.topics) > 1:
            # one that it does not know fails all that were asked for with it
            half = len(asked.topics) // 2
            for part in (asked.topics[:half], asked.topics[half:]):
                self._ask(kept, part, is_wanted=True)
            return
        (topic,) = asked.topics
        if "already" in answer.reason.lower():
            return
        kept.refused[topic] = answer.reason
        logger.warning("the exchange does not give %s (%s); it goes on without it", topic, answer.reason)

    def _ask(self, kept: _Kept, topics: Sequence[str], *, is_wanted: bool) -> None:
        number, self._next_id = self._next_id, self._next_id + 1
        kept.asked[str(number)] = asked = _Asked(topics, is_wanted)
        write = asking.subscribe if is_wanted else asking.unsubscribe

        def was_sent() -> None:
            asked.sent_at = self._seconds()

        kept.connection.outgoing.subscription(write(topics, number), was_sent)

    def _seconds(self) -> float:
        return self._now_ns() / SECOND_NS
