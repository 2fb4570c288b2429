"""What the pages of the exchanges show: which opportunities of the newest scan, which unfolded, which heat a cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from p2p_pipeline.exchanges.answers.matrix import MatrixCell
from p2p_pipeline.exchanges.answers.opportunities import OpportunityFilter, asked_filter, chosen, quarantined
from p2p_pipeline.exchanges.board import SeenOpportunity
from p2p_pipeline.exchanges.scan.reasons import Reason, Transfer
from p2p_pipeline.exchanges.scan.results import CycleFound, Spatial
from p2p_pipeline.exchanges.venues.connector import NAMES
from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.web.scanned import Scanned

FILTERS = ("buy", "sell", "symbol", "min_edge_pct", "transfer")
FIELDS = (*FILTERS, "rows", "open", "tz", "hold", "at")
BETTER = ((Decimal("0.05"), 0), (Decimal("0.3"), 1), (Decimal(1), 2))
WORSE = ((Decimal("0.05"), 0), (Decimal("0.75"), 1), (Decimal(2), 2))
"""Up to which size of an edge in per cent a cell has which class; below the first it is as good as nothing. To lose the
fees is what nearly every pair does: that is told in the palest colour.
"""
HOTTEST = 3
MOST_ENDED = 10
ALL_ROWS = "all"
"""In the address: not only the best of each symbol."""
ROWS_AT_ONCE = 100
"""More are of no use to a person: a filter finds them, and the API has all."""


@dataclass(frozen=True, slots=True)
class OpportunitiesView:
    """The page's values."""

    now: Scanned
    given: dict[str, str]
    mistake: str | None
    notices: tuple[str, ...]
    """Names in the address that are none."""
    fitting: tuple[SeenOpportunity, ...]
    """Those that the filter admits."""
    ended: tuple[SeenOpportunity, ...]
    """The same of those that the scans just before found, and this one did not."""
    set_aside: tuple[Spatial, ...]
    """In quarantine."""
    refused: tuple[tuple[str, int, int], ...]
    """Each reason with how many pairs it had in this scan and since the service's start."""

    @property
    def status(self) -> int:
        """Of the HTTP answer."""
        return 400 if self.mistake else 200

    @property
    def shown(self) -> tuple[SeenOpportunity, ...]:
        """Those on the page; whoever points at a row or stands on it asks to `hold` the order of the rows they see."""
        places = {key: place for place, key in enumerate(self._held)}
        return tuple(sorted(self._rows[:ROWS_AT_ONCE], key=lambda one: places.get(one.key, len(places))))

    @property
    def _held(self) -> list[str]:
        return self.given.get("hold", "").split(",")

    @property
    def _rows(self) -> tuple[SeenOpportunity, ...]:
        if not self.is_best_only:
            return self.fitting
        kept = {self.given.get("open", ""), *self._held}
        best = {one.key for one in best_of_each(self.fitting)}
        return tuple(one for one in self.fitting if one.key in best or one.key in kept)

    @property
    def is_best_only(self) -> bool:
        """One cheap book pairs with every other exchange: one row a symbol, unless all or that symbol is wanted."""
        return self.given.get("rows") != ALL_ROWS and not self.given.get("symbol")

    @property
    def others(self) -> Mapping[str, int]:
        """Of each symbol how many opportunities stand in no row."""
        shown = {one.key for one in self.shown}
        return Counter(one.found.symbol for one in self.fitting if one.key not in shown)

    @property
    def ended_shown(self) -> tuple[SeenOpportunity, ...]:
        """Those that ended, without those of a symbol that still has a row."""
        if not self.is_best_only:
            return self.ended[:MOST_ENDED]
        alive, kept = {one.found.symbol for one in self.shown}, {self.given.get("open", ""), *self._held}
        best = {one.key for one in best_of_each(self.ended) if one.found.symbol not in alive}
        return tuple(one for one in self.ended if one.key in best or one.key in kept)[:MOST_ENDED]

    @property
    def opened_ended(self) -> tuple[str, str, str] | None:
        """Buys, sells, symbol of the row that the address unfolds, when the newest scan has it no more."""
        pair, _, symbol = self.given.get("open", "").partition(":")
        buy, _, sell = pair.partition(">")
        board = self.now.board
        is_alive = board is None or any(self.is_open(one.key) for one in board.opportunities)
        return None if is_alive or buy not in NAMES or sell not in NAMES or not symbol else (buy, sell, symbol)

    @property
    def is_order_held(self) -> bool:
        """Whether the best no longer come first because of that."""
        return self.shown != self._rows[:ROWS_AT_ONCE]

    @property
    def is_filtered(self) -> bool:
        """Whether not all are wanted."""
        return any(self.given.get(name) for name in FILTERS)

    def address_values(self, opened: str = "") -> dict[str, Any]:
        """For an address of the same table with another row unfolded, or none."""
        return {**{name: self.given.get(name, "") for name in (*FILTERS, "rows", "tz")}, "open": opened}

    def is_open(self, key: str) -> bool:
        """Whether a row is unfolded."""
        return self.given.get("open") == key


def best_of_each(found: Iterable[SeenOpportunity]) -> tuple[SeenOpportunity, ...]:
    """The first of each symbol."""
    first: dict[str, SeenOpportunity] = {}
    for one in found:
        first.setdefault(one.found.symbol, one)
    return tuple(first.values())


def opportunities_view(now: Scanned, given: dict[str, str]) -> OpportunitiesView:
    """The table that stands in an address; a mistake in it costs no other part of the page."""
    mistake, wanted = None, OpportunityFilter()
    try:
        wanted = asked_filter(**{name: given[name] for name in FILTERS if name in given})
    except InvalidInput as error:
        mistake = str(error)
    board = now.board
    return OpportunitiesView(
        now,
        given,
        mistake,
        tuple(sorted(set(given) - set(FIELDS))),
        chosen(board, wanted) if board else (),
        tuple(one for one in now.ended if wanted.admits(one.found)),
        quarantined(board, wanted)[:ROWS_AT_ONCE] if board else (),
        _refused(now),
    )


def _refused(now: Scanned) -> tuple[tuple[str, int, int], ...]:
    if now.board is None:
        return ()
    counts, totals = now.board.scan.rejected, now.board.rejected_totals
    found = [(str(reason), counts.get(reason, 0), totals.get(str(reason), 0)) for reason in Reason]
    return tuple(sorted((one for one in found if any(one[1:])), key=lambda one: -max(one[1], one[2] / 1e9)))


def quarantine_key(found: Spatial) -> str:
    """The name in an address of what is in quarantine."""
    return f"!{found.buy}>{found.sell}:{found.symbol}:{found.notional.normalize():f}"


def heat_of(cell: MatrixCell) -> str:
    """A cell's class: how much better (+) or worse than nothing, and whether it can't be done as it stands."""
    edge = cell.net_edge_pct
    if edge is None:
        return "unknown"
    step = next((heat for least, heat in (BETTER if edge >= 0 else WORSE) if abs(edge) < least), HOTTEST)
    heat = f"h{step if edge >= 0 else -step}"
    can_be_sent = cell.best is None or cell.best.found.transfer is Transfer.TRANSFERABLE
    return heat if can_be_sent else f"{heat} unsure"


def route_of(found: CycleFound) -> list[str]:
    """The exchanges' symbols of a cycle's legs, from the start asset back to it."""
    return [found.start_asset, *(leg.symbol for leg in found.legs), found.start_asset]


def value_text(value: Any) -> str:
    """A parameter's value as the settings file would have it, on one line."""
    if isinstance(value, list):
        return ", ".join(map(value_text, value)) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {value_text(one)}" for name, one in value.items()) or "–"
    return "–" if value is None else str(value)
