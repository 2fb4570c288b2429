"""A chunk of which only what can matter is handed to the machine: the rest changes nothing that is ever said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np

from p2p_pipeline.paper.columns.asking import Asking, up_to_second
from p2p_pipeline.paper.columns.chunk import Shown
from p2p_pipeline.paper.columns.needs import own_needs
from p2p_pipeline.paper.columns.run import Run
from p2p_pipeline.paper.columns.silences import silences
from p2p_pipeline.paper.columns.watching import Watch
from p2p_pipeline.paper.events import Klines, Rank
from p2p_pipeline.paper.machine.levels import waiting_of
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
    """row: at which something can happen to what waits; shown: it tells a new funding time; look; rare."""


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
        self._funding: dict[str, list[Shown]] = defaultdict(list)
        for one in chunk.funding:
            self._funding[one.symbol].append(one)
        self._watches: dict[str, Watch] = {}
        self._next_rows: dict[str, int | None] = {}
        self._taken: dict[str, int] = {}
        """The row of each symbol that was handed over last."""
        self._looked: set[str] = set()
        for symbol in sorted(run.waiting):
            self._settle(symbol, run.pieces[symbol].until_order(after) - 1, after)

    def run(self) -> Iterator[Said]:
        """Everything that is said in it."""
        run, session = self._run, self._run.session
        run.know_rates(run.chunk.funding)
        while session.state is not SessionState.STOPPED:
            moment = self._moment()
            frame = self._frames[0] if self._frames else None
            is_clock = moment is not None and (moment < frame[:2] if frame else moment[0] < run.chunk.until)
            if moment is not None and is_clock:
                at, rank = moment
                yield from self._tick(at) if rank == Rank.TICK else self._fund(at)
            elif frame is not None:
                # the clock has passed the seconds before it: nothing happened on them
                run.moments.skip_to(frame.at + (frame.rank > Rank.TICK))
                yield from self._take(heappop(self._frames))
            else:
                break
        run.late = self._silences
        run.moments.skip_to(run.chunk.until)
        for symbol in run.waiting:
            run.know(symbol, run.pieces[symbol].until(run.chunk.until) - 1)
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
        for symbol in perhaps_stale | pausing | session.models.shadowed | set(asking):
            run.know(symbol, run.pieces[symbol].until(at) - 1)
        session.changed = set(asking)
        yield from run.tick(at, [session.traded[symbol] for symbol in sorted(perhaps_stale)])
        self._asking.again(perhaps_stale | pausing)
        self._settle_all(at)

    def _fund(self, at: int) -> Iterator[Said]:
        """All funding moments of one time."""
        run = self._run
        for symbol in run.waiting:
            run.know(symbol, run.pieces[symbol].until(at) - 1)
        yield from run.next_funding()
        self._settle_all(at)

    def _take(self, item: _Item) -> Iterator[Said]:
        run, symbol = self._run, item.symbol
        if item.kind == "rare":
            yield from self._take_rare(item)
            return
        rows, watch = run.pieces[symbol], self._watches.get(symbol)
        if item.kind == "look":
            row = rows.until_order(item.order) - 1
            if watch is not None and watch.reaches(row):
                run.know(symbol, row)
                yield from run.take_look(symbol, item.at)
                self._settle(symbol, row, item.order)
        elif watch is not None and self._next_rows[symbol] == item.place:
            self._next_rows[symbol] = None
            yield from self._take_row(item)
        elif item.kind == "shown" and self._taken.get(symbol) != item.place:
            yield from self._take_row(item)

    def _take_row(self, item: _Item) -> Iterator[Said]:
        run, symbol = self._run, item.symbol
        yield from run.take_row(run.pieces[symbol], item.place, item.at)
        run.know_rates(self._funding[symbol])
        self._taken[symbol] = item.place
        self._settle(symbol, item.place, item.order)

    def _take_rare(self, item: _Item) -> Iterator[Said]:
        run, session = self._run, self._run.session
        rare = run.chunk.rare[item.place]
        what = run.read(rare)
        traded = session.traded.get(what.symbol) if isinstance(what, Klines) else None
        reference = None if traded is None else traded.reference
        concerned: set[str] = set()
        if rare.rank is Rank.COMMAND:
            run.count_ticks(rare.at)
            self._count(rare.order)
            concerned = run.waiting
        elif traded is not None and not traded.is_idle:
            concerned = {traded.symbol}
        for symbol in concerned:
            run.know(symbol, run.pieces[symbol].until_order(rare.order) - 1)
        yield from run.take_rare(rare, what)
        if traded is not None and traded.reference is not reference:
            self._asking.look(traded.symbol, run.pieces[traded.symbol], rare.order, run.moments.next_tick)
        for symbol in sorted(concerned):
            self._settle(symbol, run.pieces[symbol].until_order(rare.order) - 1, rare.order)

    def _settle_all(self, at: int) -> None:
        """After a moment at which anything may have begun or ended."""
        run, looks, order = self._run, self._run.looks, -1
        if looks is not None:
            order = int(np.append(looks.order, -1)[np.searchsorted(looks.at, at, "right") - 1])
        for symbol in sorted(run.waiting | self._watches.keys()):
            self._settle(symbol, run.pieces[symbol].until(at) - 1, order)

    def _settle(self, symbol: str, row: int, order: int) -> None:
        """After something may have happened to a symbol as of a row: watch for what can happen after an order."""
        run = self._run
        waiting, watch = waiting_of(run.session.traded[symbol]), self._watches.get(symbol)
        if run.session.traded[symbol].is_idle:
            self._watches.pop(symbol, None)
            return
        if watch is None or watch.waiting != waiting:
            watch = self._watches[symbol] = Watch(run.pieces[symbol], waiting, run.session.settings, row)
            self._next_rows[symbol] = None
            self._look_at(symbol, order)
        if self._next_rows[symbol] is None:
            place = self._next_rows[symbol] = watch.next()
            if place is not None:
                rows = run.pieces[symbol]
                at, order = int(rows.column("at")[place]), int(rows.column("order")[place])
                heappush(self._frames, _Item(at, Rank.FRAME, order, symbol, place))

    def _look_at(self, symbol: str, after: int) -> None:
        """From now on the broker looks at a symbol at its other kline frames too."""
        looks = self._run.looks
        if symbol in self._looked or looks is None or symbol not in looks.names:
            return
        self._looked.add(symbol)
        for place in np.flatnonzero((looks.symbol == looks.names.index(symbol)) & (looks.order > after)).tolist():
            at, order = int(looks.at[place]), int(looks.order[place])
            heappush(self._frames, _Item(at, Rank.FRAME, order, symbol, place, "look"))

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
