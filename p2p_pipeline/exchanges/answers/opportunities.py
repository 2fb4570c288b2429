"""Which opportunities of a board somebody wants to see, and one of them found again by its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from p2p_pipeline.exchanges.board import Board, SeenOpportunity
from p2p_pipeline.exchanges.scan.reasons import Transfer
from p2p_pipeline.exchanges.scan.results import Spatial
from p2p_pipeline.exchanges.venues.connector import NAMES
from p2p_pipeline.kernel.errors import ClearError, InvalidInput


class NoOpportunity(ClearError):
    """The newest scan has no such opportunity."""


@dataclass(frozen=True, slots=True)
class OpportunityFilter:
    """What an opportunity must be to be shown; what is None or empty does not matter."""

    buy: str = ""
    sell: str = ""
    symbol: str = ""
    """BASE/QUOTE, or BASE alone against any quote."""
    min_edge_pct: Decimal | None = None
    transfer: Transfer | None = None

    def admits(self, found: Spatial) -> bool:
        """Whether it is one of them."""
        return (
            self.buy in ("", found.buy)
            and self.sell in ("", found.sell)
            and self.symbol in ("", found.symbol, found.symbol.partition("/")[0])
            and (self.min_edge_pct is None or found.net_edge_pct >= self.min_edge_pct)
            and self.transfer in (None, found.transfer)
        )


def asked_filter(
    buy: str = "", sell: str = "", symbol: str = "", min_edge_pct: str = "", transfer: str = ""
) -> OpportunityFilter:
    """The filter out of what a person typed. Raises InvalidInput with what may be written."""
    return OpportunityFilter(
        _asked_exchange("buy", buy),
        _asked_exchange("sell", sell),
        symbol.strip().upper().replace("-", "/"),
        _asked_percent(min_edge_pct),
        _asked_transfer(transfer),
    )


def chosen(board: Board, wanted: OpportunityFilter) -> tuple[SeenOpportunity, ...]:
    """The opportunities that fit, best edge first; the feed never holds what is in quarantine."""
    return tuple(sorted((one for one in board.opportunities if wanted.admits(one.found)), key=order_of))


def order_of(one: SeenOpportunity) -> tuple[Decimal, str]:
    """Best edge first; of equal ones by name, so that nothing jumps."""
    return -one.found.net_edge_pct, one.key


def quarantined(board: Board, wanted: OpportunityFilter) -> tuple[Spatial, ...]:
    """What was too good to be believed, the best first."""
    fitting = (one for one in board.scan.quarantined if wanted.admits(one))
    return tuple(sorted(fitting, key=lambda one: (-one.net_edge_pct, one.buy, one.sell, one.symbol, one.notional)))


def opportunity_of(board: Board, buy: str, sell: str, symbol: str) -> SeenOpportunity | None:
    """The one that buys and sells there; None where this scan has none."""
    key = f"{buy}>{sell}:{symbol}"
    return next((one for one in board.opportunities if one.key == key), None)


def same_pair(found: Iterable[Spatial], buy: str, sell: str, symbol: str) -> tuple[Spatial, ...]:
    """The same pair at every size that was looked at and passed, the smallest first."""
    fitting = (one for one in found if (one.buy, one.sell, one.symbol) == (buy, sell, symbol))
    return tuple(sorted(fitting, key=lambda one: one.notional))


def _asked_exchange(name: str, given: str) -> str:
    exchange = given.strip().lower()
    if exchange and exchange not in NAMES:
        raise InvalidInput(
            "{name} was {given!r}, an exchange that is not known; known are {known}",
            name=name,
            given=given[:40],
            known=", ".join(NAMES),
        )
    return exchange


def _asked_percent(given: str) -> Decimal | None:
    if not given.strip():
        return None
    try:
        percent = Decimal(given.strip().replace(",", ".").removesuffix("%").strip())
    except InvalidOperation:
        percent = Decimal("NaN")
    if not percent.is_finite():
        raise InvalidInput("the net edge was {given!r}; write per cent, such as 0.2", given=given[:40])
    return percent


def _asked_transfer(given: str) -> Transfer | None:
    if not given.strip():
        return None
    try:
        return Transfer(given.strip().lower())
    except ValueError:
        raise InvalidInput(
            "transfer was {given!r}; write {known}", given=given[:40], known=", ".join(Transfer)
        ) from None
