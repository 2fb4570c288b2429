"""What a setup came to over a day."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from statistics import fmean

from p2p_pipeline.exchanges.backtest.episodes import Ending, Episode
from p2p_pipeline.exchanges.backtest.interval import Interval, mean_interval
from p2p_pipeline.exchanges.backtest.setups import Setup
from p2p_pipeline.exchanges.backtest.transfer_times import transfer_seconds
from p2p_pipeline.exchanges.scan.exact import EXACT

CYCLES_SURVIVED = (1, 2, 6)
_GROUP_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Survived:
    """How many were still found after some time, of those of whom it is known."""

    survived: int
    known: int
    unknown: int
    """The data ended before it could show, or it is not known how long a transfer takes."""


@dataclass(frozen=True, slots=True)
class Acted:
    """One cycle later, the honest number: each opportunity acted on once, when it was seen first."""

    opportunities: int
    """That could be acted on: both books could be believed."""
    impossible: int
    mean_edge_pct: float | None
    edge_interval: Interval | None
    mean_profit: float | None
    """In quote."""
    profit_interval: Interval | None
    total_profit: Decimal
    share_still_paying: float | None
    """That gave more than nothing."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Of one setup."""

    setup: Setup
    opportunities: int
    lived: Mapping[int, int]
    """How many were found by so many scans in a row, whose end was seen."""
    still_alive: int
    """Whose end was not seen."""
    survived: Mapping[int, Survived]
    """By cycles."""
    survived_transfer: Survived
    """The time to bring the asset to where it is sold."""
    promised_edge_pct: float | None
    """The mean, as found."""
    promised_profit: Decimal
    """In all, as found: what nobody gets who is a cycle late."""
    later: Acted


def summarize(setup: Setup, episodes: Sequence[Episode], scan_seconds: float, seed: int = 0) -> Summary:
    """Count and average the lives of a setup's opportunities."""
    with localcontext(EXACT):
        promised = sum((one.first.net_profit_quote for one in episodes), Decimal(0))
    ended = [one for one in episodes if one.ending is Ending.GONE]
    return Summary(
        setup=setup,
        opportunities=len(episodes),
        lived=dict(sorted(Counter(one.scans for one in ended).items())),
        still_alive=len(episodes) - len(ended),
        survived={cycles: _survived(episodes, [cycles] * len(episodes)) for cycles in CYCLES_SURVIVED},
        survived_transfer=_survived(episodes, [_transfer_cycles(one, scan_seconds) for one in episodes]),
        promised_edge_pct=_mean(float(one.first.net_edge_pct) for one in episodes),
        promised_profit=promised,
        later=_acted(episodes, seed),
    )


def _survived(episodes: Sequence[Episode], cycles: Sequence[int | None]) -> Survived:
    survived = known = 0
    for one, needed in zip(episodes, cycles, strict=True):
        if needed is None:
            continue
        # Found by n scans it lived n - 1 cycles; one whose end was not seen may have lived on.
        if one.scans > needed:
            survived, known = survived + 1, known + 1
        elif one.ending is Ending.GONE:
            known += 1
    return Survived(survived, known, len(episodes) - known)


def _transfer_cycles(one: Episode, scan_seconds: float) -> int | None:
    seconds = transfer_seconds(one.first.common_chains)
    return None if seconds is None else math.ceil(seconds / scan_seconds)


def _acted(episodes: Sequence[Episode], seed: int) -> Acted:
    acted = [(one, one.later) for one in episodes if one.later is not None]
    groups = [int(one.first_at.timestamp()) // _GROUP_SECONDS for one, _ in acted]
    edges = [float(later.net_edge_pct) for _, later in acted]
    profits = [float(later.net_profit_quote) for _, later in acted]
    with localcontext(EXACT):
        total = sum((later.net_profit_quote for _, later in acted), Decimal(0))
    return Acted(
        opportunities=len(acted),
        impossible=len(episodes) - len(acted),
        mean_edge_pct=_mean(edges),
        edge_interval=mean_interval(edges, groups, seed),
        mean_profit=_mean(profits),
        profit_interval=mean_interval(profits, groups, seed),
        total_profit=total,
        share_still_paying=_mean(float(profit > 0) for profit in profits),
    )


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return fmean(found) if found else None
