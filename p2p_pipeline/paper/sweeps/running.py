"""One try on one day: what a session says, added up. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.paper.words import Said

_SUMMED = ("trades", "wins", "realised", "fees", "funding")


class DayOutcome(NamedTuple):
    """What a session of a day came to."""

    trades: int = 0
    wins: int = 0
    realised: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    funding: Decimal = Decimal(0)
    drawdown: Decimal = Decimal(0)
    """The deepest fall of equity without open positions."""

    @property
    def net(self) -> Decimal:
        """What the account gained."""
        with localcontext(EXACT):
            return self.realised - self.fees + self.funding

    def with_another(self, other: DayOutcome) -> DayOutcome:
        """Two sessions of one day; the deeper of both falls."""
        with localcontext(EXACT):
            return DayOutcome(
                self.trades + other.trades,
                self.wins + other.wins,
                self.realised + other.realised,
                self.fees + other.fees,
                self.funding + other.funding,
                max(self.drawdown, other.drawdown),
            )


def outcome_of(said: Iterable[Said]) -> DayOutcome:
    """A whole session's, from its start to its stop."""
    summary: dict[str, Any] = {}
    equity = highest = deepest = Decimal(0)
    with localcontext(EXACT):
        for one in said:
            fields = one.fields
            if one.type == "order_filled":
                equity -= fields["fee"]
            elif one.type == "position_closed":
                equity += fields["realised"] - fields["fee"]
            elif one.type == "funding_applied":
                equity -= fields["amount"]
            elif one.type == "summary":
                summary = dict(fields)
            highest = max(highest, equity)
            deepest = max(deepest, highest - equity)
    return DayOutcome(**{name: summary[name] for name in _SUMMED}, drawdown=deepest) if summary else DayOutcome()
