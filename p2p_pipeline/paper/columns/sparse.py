"""A chunk of which only what can matter is handed to the machine: the rest changes nothing that is ever said."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np

from p2p_pipeline.paper.columns.asking import Asking, up_to_second
from p2p_pipeline.paper.columns.chunk import Kind
from p2p_pipeline.paper.columns.needs import own_needs
from p2p_pipeline.paper.columns.run import Run
from p2p_pipeline.paper.columns.silences import silences
from p2p_pipeline.paper.events import Klines, Rank
from p2p_pipeline.paper.settings import milliseconds
from p2p_pipeline.paper.words import Said, SessionState

_EVERYTHING = 2**62
"""After every place in the queue."""


class _Item(NamedTuple):
    """A frame to hand over, with its place in the queue."""

    at: int
    rank: int
    order: int
    symbol: str
    """Of a row or a look; empty for a rare frame."""
    place: int
    """Of the row among its symbol's, of the rare frame in the chunk."""
    kind: str = "row"
    """row: of a symbol with an order or a position; shown: it tells a new funding time; look; rare."""


class Sparse:
    """Of one chunk, what stands in the queue after a place in it."""

    def __init__(self, run: Run, after: int) -> None:
        self._run, self._counted = run, after
        session, chunk = run.session, run.chunk
        silent = silences(chunk, milliseconds(session.settings.stale_after_seconds))
        self._silences = sorted((*run.late, *(one for one in silent if one[1] in session.traded)), reverse=True)
        """The first last."""
        self._asking = Asking(chunk, session.traded, session.settings)
        self._asking.look_at_all(run.pieces, run.moments.next_tick)
        self._frames = [*self._rare(after), *self._shown(after)]
        heapify(self._frames)
        self._fed: set[str] = set()
        """Symbols each of whose rows is handed over."""
        self._looked: set[str] = set()
        for symbol in sorted(session.engaged | session.models.shadowed):
            self._feed(symbol, run.pieces[symbol].until_order(after), after)

    def run(self) -> Iterator[Said]:
        """Everything that is said in it."""
        run, session = self._run, self._run.session
        run.know_rates()
        while session.state is not SessionState.STOPPED:
            moment = self._moment()
            frame = self._frames[0] if self._frames else None
            is_clock = moment is not None and (moment < frame[:2] if frame else moment[0] < run.chunk.until)
            if moment is not None and is_clock:
                at, rank = moment
                yield from self._tick(at) if rank == Rank.TICK else run.next_funding()
            elif frame is not None:
                yield from self._take(heappop(self._frames))
            else:
                break
        run.late = self._silences
        run.moments.skip_to(run.chunk.until)
        self._count(_EVERYTHING)

    def _moment(self) -> tuple[int, int] | None:
        """The clock's next moment at which something can happen."""
        tick, funding = self._next_tick(), self._run.moments.next_funding
        if funding is None:
            return None if tick is None else (tick, Rank.TICK)
        return (funding, Rank.FUNDING) if tick is None or funding <= tick else (tick, Rank.TICK)

    def _next_tick(self) -> int | None:
        session, tick = self._run.session, self._run.moments.next_tick
        while self._silences and self._silences[-1][0] < tick:
            self._silences.pop()
        needs = [max(up_to_second(need), tick) for need in own_needs(session, tick)]
        if self._silences:
            needs.append(self._silences[-1][0])
        if session.state is SessionState.RUNNING and len(session.engaged) < session.settings.account.max_positions:
            asking = self._asking.next(tick)
            if asking is not None:
                needs.append(asking)
        return min(needs, default=None)

    def _tick(self, at: int) -> Iterator[Said]:
        """A whole second: the machine is told of everybody to whom it can do something."""
        run, session = self._run, self._run.session
        perhaps_stale = set()
        while self._silences and self._silences[-1][0] <= at:
            perhaps_stale.add(self._silences.pop()[1])
        asking, pausing = self._asking.at(at), set(session.pausing)
        for symbol in perhaps_stale | pausing | set(asking):
            run.know(symbol, at)
        session.changed = set(asking)
        yield from run.tick(at, [session.traded[symbol] for symbol in sorted(perhaps_stale)])
        self._asking.again(perhaps_stale | pausing)
        for symbol in sorted((session.engaged | session.models.shadowed) - self._fed):
            rows = run.pieces[symbol]
            row = rows.until(at)
            self._feed(symbol, row, int(rows.column("order")[row - 1]), at)

    def _take(self, item: _Item) -> Iterator[Said]:
        run, symbol = self._run, item.symbol
        # the clock has passed these: nothing happened on them
        run.moments.skip_to(item.at + (item.rank > Rank.TICK))
        if item.kind == "rare":
            yield from self._take_rare(item)
        elif item.kind == "look":
            if symbol in self._fed:
                yield from run.take_look(symbol, item.at)
        elif item.kind == "shown":
            if symbol not in self._fed:
                yield from run.take_row(run.pieces[symbol], item.place, item.at)
        elif run.pieces[symbol].kind(item.place) is not Kind.REJECTED:
            yield from run.take_row(run.pieces[symbol], item.place, item.at)
        self._go_on(item)

    def _go_on(self, item: _Item) -> None:
        """The next row of a symbol, or none once it is idle."""
        symbol = item.symbol
        if symbol not in self._fed:
            return
        if self._run.session.traded[symbol].is_idle:
            self._fed.discard(symbol)
            self._frames = [one for one in self._frames if one.kind != "row" or one.symbol != symbol]
            heapify(self._frames)
        elif item.kind == "row":
            self._push_row(symbol, item.place + 1)

    def _take_rare(self, item: _Item) -> Iterator[Said]:
        run, session = self._run, self._run.session
        rare = run.chunk.rare[item.place]
        what = run.read(rare)
        if rare.rank is Rank.COMMAND:
            run.count_ticks(rare.at)
            self._count(rare.order)
        traded = session.traded.get(what.symbol) if isinstance(what, Klines) else None
        reference = None if traded is None else traded.reference
        yield from run.take_rare(rare, what)
        if traded is not None and traded.reference is not reference:
            rows = run.pieces[traded.symbol]
            self._asking.look(traded.symbol, rows, rare.order, run.moments.next_tick)

    def _feed(self, symbol: str, row: int, after: int, at: int = -1) -> None:
        """From now on hand over a symbol's rows from one on, and its looks after a place in the queue."""
        self._fed.add(symbol)
        self._push_row(symbol, row)
        looks = self._run.looks
        if symbol in self._looked or looks is None or symbol not in looks.names:
            return
        self._looked.add(symbol)
        of_symbol = looks.symbol == looks.names.index(symbol)
        places = np.flatnonzero(of_symbol & (looks.order > after) & (looks.at > at))
        for place in places.tolist():
            order = int(looks.order[place])
            heappush(self._frames, _Item(int(looks.at[place]), Rank.FRAME, order, symbol, place, "look"))

    def _push_row(self, symbol: str, row: int) -> None:
        rows = self._run.pieces[symbol]
        if row < rows.end - rows.first:
            at, order = int(rows.column("at")[row]), int(rows.column("order")[row])
            heappush(self._frames, _Item(at, Rank.FRAME, order, symbol, row))

    def _rare(self, after: int) -> Iterator[_Item]:
        minutes = self._run.session.settings.timeframe_minutes
        for place, one in enumerate(self._run.chunk.rare):
            if one.order > after and one.minutes in (0, minutes):
                yield _Item(one.at, one.rank, one.order, "", place, "rare")

    def _shown(self, after: int) -> Iterator[_Item]:
        run = self._run
        for one in run.chunk.funding:
            if one.order > after and one.symbol in run.session.traded:
                rows = run.pieces[one.symbol]
                row = rows.until_order(one.order) - 1
                yield _Item(int(rows.column("at")[row]), Rank.FRAME, one.order, one.symbol, row, "shown")

    def _count(self, order: int) -> None:
        self._run.count_rejected(self._counted, order)
        self._counted = order
