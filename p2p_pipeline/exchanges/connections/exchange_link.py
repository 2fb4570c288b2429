"""All that connects us to one exchange: its sockets, kept up as long as they are wanted, and its REST side."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import httpx

from p2p_pipeline.exchanges.books.actions import Action, Fetch, Reconnect, Send
from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.books.rules import rules_of
from p2p_pipeline.exchanges.connections.addresses import Addresses
from p2p_pipeline.exchanges.connections.backoff import STEADY_SECONDS, reconnect_seconds
from p2p_pipeline.exchanges.connections.connection import SECOND_NS, Connection, ConnectionEnded, SocketAddress
from p2p_pipeline.exchanges.connections.intake import Intake
from p2p_pipeline.exchanges.connections.pacing import Turns
from p2p_pipeline.exchanges.connections.planner import Plan, PlanChange, in_parts
from p2p_pipeline.exchanges.connections.rest import NoAnswer, Rest
from p2p_pipeline.exchanges.frames.frame import Passage
from p2p_pipeline.exchanges.frames.subscription_frames import subscription_frame
from p2p_pipeline.exchanges.words import Request, Subscription

_CONNECTS_PER_MINUTE = 30.0
"""Where an exchange names no limit."""
_SAY_HELLO = frozenset({"kucoin", "bitfinex", "kraken"})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    connection: Connection
    task: asyncio.Task[None]


class ExchangeLink:
    """One exchange, in the thread of the service's loop."""

    def __init__(
        self,
        books: ExchangeBooks,
        intake: Intake,
        client: httpx.AsyncClient,
        now_ns: Callable[[], int],
        source: str | None = None,
    ) -> None:
        self.books = books
        self.capability = books.wire.CAPABILITY
        self.last_error = ""
        self._intake = intake
        self._now_ns = now_ns
        self._addresses = Addresses(self.capability, source)
        self.random = random.Random(self.capability.name)
        self.rest = Rest(self._addresses, client, intake.record, now_ns)
        self._plan: Plan[Subscription] = Plan(self.capability.limits, self._length)
        self._kept: dict[str, _Kept] = {}
        self._connects = Turns((self.capability.limits.connects_per_minute or _CONNECTS_PER_MINUTE) / 60)
        self._fetches: set[asyncio.Task[None]] = set()
        self._next_id = 1
        self._is_unreachable = False
        self._is_named_by_symbol = rules_of(self.capability.name).is_named_by_symbol

    @property
    def open_connections(self) -> int:
        """How many are up."""
        return sum(kept.connection.is_open for kept in self._kept.values())

    @property
    def is_unreachable(self) -> bool:
        """Nothing is up, and the last attempt failed."""
        return self._is_unreachable

    @property
    def subscriptions(self) -> int:
        """How many are wanted and have a connection."""
        return sum(map(len, self._plan.connections.values()))

    @property
    def left_out(self) -> tuple[Subscription, ...]:
        """What the exchange's limits leave no connection for."""
        return self._plan.left_out

    def want(self, subscriptions: Collection[Subscription]) -> None:
        """Have these run, and nothing else."""
        for change in self._plan.want(subscriptions):
            self._apply(change)

    def act(self, actions: Iterable[Action]) -> None:
        """Do what the books ask for."""
        for action in actions:
            if isinstance(action, Fetch):
                task = asyncio.create_task(self.ask(action.request))
                self._fetches.add(task)
                task.add_done_callback(self._fetches.discard)
                continue
            kept = self._kept.get(action.connection)
            if kept is None:
                continue
            if isinstance(action, Reconnect):
                kept.connection.end(action.reason)
            elif isinstance(action, Send) and kept.connection.is_open:
                kept.connection.outgoing.urgent(action.text)

    async def ask(self, request: Request) -> None:
        """Ask, and have the books take the answer."""
        try:
            frame = await self.rest.ask(request)
        except NoAnswer as error:
            # The books ask again when their patience is over.
            self.last_error = str(error)
        else:
            self._intake.push(frame, is_kept=True)

    def failed(self, why: str) -> None:
        """It could not be reached: said once, until it answers."""
        self.last_error = why
        if self.open_connections == 0 and not self._is_unreachable:
            logger.warning("%s can't be reached (%s); it is tried again until it answers", self.capability.title, why)
            self._is_unreachable = True

    def succeeded(self) -> None:
        """It was reached."""
        if self._is_unreachable:
            logger.warning("%s answers again", self.capability.title)
        self._is_unreachable = False

    def raise_failures(self) -> None:
        """Raise what a task of ours died of: a bug, which must not look like an exchange that is silent."""
        for kept in self._kept.values():
            if kept.task.done():
                kept.task.result()

    async def close(self) -> None:
        """End all connections."""
        tasks = [*(kept.task for kept in self._kept.values()), *self._fetches]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._kept.clear()

    def _apply(self, change: PlanChange[Subscription]) -> None:
        if change.is_new:
            connection = Connection(change.connection, self.capability, self._intake.push, self._now_ns, self.random)
            task = asyncio.create_task(self._keep(connection))
            self._kept[change.connection] = _Kept(connection, task)
            return
        kept = self._kept[change.connection]
        if change.is_over:
            del self._kept[change.connection]
            kept.task.cancel()
        elif kept.connection.is_open:
            if change.removed:
                self._unsubscribe(kept.connection, change.removed)
            if self.capability.is_replacing:
                self._subscribe(kept.connection, self._plan.connections[change.connection])
            elif change.added:
                self._subscribe(kept.connection, change.added)

    async def _keep(self, connection: Connection) -> None:
        attempt = 0
        while True:
            await asyncio.sleep(self._connects.take(self._seconds()))
            began = self._seconds()
            try:
                address = await self._address(connection)
                await connection.run(address, self.books.wire.ping, partial(self._up, connection))
            except (ConnectionEnded, NoAnswer) as error:
                self._went_down(connection, str(error))
            attempt = 1 if self._seconds() - began > STEADY_SECONDS else attempt + 1
            await asyncio.sleep(reconnect_seconds(attempt, self.random))

    async def _address(self, connection: Connection) -> SocketAddress:
        wanted = self._plan.connections.get(connection.name, [])
        path, first = self.books.wire.opening(wanted)
        request = self.books.lists.connect_request()
        if request is not None:
            path = self.books.lists.connect_path((await self.rest.ask(request, "token")).body)
            if not path:
                raise NoAnswer("{exchange} gave no token to connect with", exchange=self.capability.name)
        url, is_real = self._addresses.socket(path), self._addresses.source is None
        return SocketAddress(url, first, through_proxy=is_real, says_hello=self.capability.name in _SAY_HELLO)

    def _up(self, connection: Connection) -> None:
        self.succeeded()
        # The books must know of the connection before they hear what it is asked for.
        self._intake.flush()
        self._subscribe(connection, self._plan.connections.get(connection.name, []))

    def _went_down(self, connection: Connection, why: str) -> None:
        if connection.came_up:
            self.last_error = f"{connection.name}: {why}"
            logger.info("%s: %s ended (%s)", self.capability.title, connection.name, why)
        else:
            self.failed(why)

    def _subscribe(self, connection: Connection, subscriptions: Sequence[Subscription]) -> None:
        limits = self.capability.limits
        parts = [subscriptions] if self.capability.is_replacing else in_parts(subscriptions, limits)
        for part in parts:
            texts = self.books.wire.subscribe(part, self._next_id) if part else []
            ids = range(self._next_id, self._next_id + len(texts))
            self._next_id += len(texts)
            if len(texts) == len(part):
                # Each has a request of its own: what is refused is one.
                for number, text, one in zip(ids, texts, part, strict=True):
                    connection.outgoing.subscription(text, partial(self._was_sent, connection.name, [one], [number]))
                continue
            for number, text in zip(ids, texts, strict=True):
                was_sent = partial(self._was_sent, connection.name, part, ids) if number == ids[-1] else None
                connection.outgoing.subscription(text, was_sent)

    def _was_sent(self, connection: str, part: Sequence[Subscription], ids: Sequence[int]) -> None:
        self._tell_books(connection, Passage.SUBSCRIBED, part, ids)

    def _tell_books(
        self, connection: str, passage: Passage, subscriptions: Sequence[Subscription], ids: Sequence[int] = ()
    ) -> None:
        """As a frame among the others: a replay tells its books the same at the same place."""
        name = self.capability.name
        self._intake.push(subscription_frame(name, connection, passage, subscriptions, self._now_ns(), ids))

    def _unsubscribe(self, connection: Connection, subscriptions: Sequence[Subscription]) -> None:
        named, is_unanswered = [], False
        for one in subscriptions:
            number = self.books.channel_of(connection.name, one)
            if number is not None:
                named.append(Subscription(one.feed, f"#{number}", one.depth))
            elif self._is_named_by_symbol:
                named.append(one)
            else:
                is_unanswered = True
        self._tell_books(connection.name, Passage.UNSUBSCRIBED, subscriptions)
        if self.capability.is_replacing:
            return
        if is_unanswered:
            # It has no number yet by which it could be ended.
            connection.end("what was not answered yet is not wanted any more")
            return
        texts = self.books.wire.unsubscribe(named, self._next_id)
        self._next_id += len(texts)
        for text in texts:
            connection.outgoing.subscription(text)

    def _length(self, one: Subscription) -> int:
        return sum(map(len, self.books.wire.subscribe([one], 1)))

    def _seconds(self) -> float:
        return self._now_ns() / SECOND_NS
