"""A day, moment by moment, under every setup at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from p2p_pipeline.exchanges.backtest.episodes import Episode, Lives
from p2p_pipeline.exchanges.backtest.later import NextCycle
from p2p_pipeline.exchanges.backtest.setups import Look, Setup, Sweep
from p2p_pipeline.exchanges.backtest.summary import Summary, summarize
from p2p_pipeline.exchanges.books.view import MarketView
from p2p_pipeline.exchanges.scan.pairs import Pairs
from p2p_pipeline.exchanges.scan.results import Spatial
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.scanning import Scanner


@dataclass(frozen=True, slots=True)
class Moment:
    """The market at one place of the grid. Its view need not outlive it: the next moment may be written over it."""

    cycle: int
    """A number that is missing is a scan that was skipped."""
    at: datetime
    view: MarketView
    pairs: Pairs


def backtest(moments: Iterable[Moment], usual: ScanRules, sweep: Sweep, scan_seconds: float) -> list[Summary]:
    """Try every setup on a day. `usual` has what the sweep does not vary."""
    looks = [_Looking(look) for look in sweep.looks(usual)]
    for moment in moments:
        for looking in looks:
            looking.take(moment)
    by_setup = {
        setup: summarize(setup, lives.ended(), scan_seconds)
        for looking in looks
        for setup, lives in looking.following.items()
    }
    return [by_setup[setup] for setup in sweep.setups()]


class _Looking:
    """One scan a moment, and the lives of what each of its setups sees in it."""

    def __init__(self, look: Look) -> None:
        self._rules = look.rules
        self._scanner = Scanner()
        self.following: dict[Setup, _Following] = {setup: _Following() for setup in look.setups}

    def take(self, moment: Moment) -> None:
        found = self._scanner.scan(
            moment.view, self._rules, moment.pairs, cycle=moment.cycle, at=moment.at, with_best_edges=False
        )
        waiting = [following for following in self.following.values() if following.is_waiting]
        if waiting:
            next_cycle = NextCycle(moment.view, self._rules, moment.pairs)
            for following in waiting:
                following.act(moment.cycle, next_cycle)
        for setup, following in self.following.items():
            seen = [
                one
                for one in found.opportunities
                if one.notional == setup.notional and one.net_edge_pct >= setup.min_net_edge_pct
            ]
            following.take(moment, seen)


class _Following:
    """The lives under one setup, and those that would be acted on in the next cycle."""

    def __init__(self) -> None:
        self._lives = Lives()
        self._born: list[Episode] = []
        self._born_in = 0

    @property
    def is_waiting(self) -> bool:
        """Whether something was found that is new."""
        return bool(self._born)

    def act(self, cycle: int, next_cycle: NextCycle) -> None:
        if cycle == self._born_in + 1:
            for episode in self._born:
                episode.later = next_cycle.filled(episode.first)
        self._born = []

    def take(self, moment: Moment, seen: Sequence[Spatial]) -> None:
        self._born, self._born_in = self._lives.take(moment.cycle, moment.at, seen), moment.cycle

    def ended(self) -> list[Episode]:
        self._lives.end()
        return self._lives.episodes
