"""A session's money: what was realised, what it cost, and how often. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from p2p_pipeline.paper.machine.trading import Traded
from p2p_pipeline.paper.words import Close


@dataclass(slots=True)
class Account:
    """Sums since the start; every digit is kept."""

    start: Decimal
    realised: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    funding: Decimal = Decimal(0)
    """Received; what was paid stands below 0."""
    trades: int = 0
    wins: int = 0
    by_reason: dict[str, dict[str, Any]] = field(default_factory=dict)
    counters: Counter[str] = field(default_factory=Counter)

    @property
    def equity(self) -> Decimal:
        """Without what open positions would bring; only inside EXACT."""
        return self.start + self.realised - self.fees + self.funding

    def shown_equity(self, symbols: Iterable[Traded]) -> Decimal:
        """With open positions at mark."""
        return sum(
            (
                one.position.gain_at(one.market.last_mark)
                for one in symbols
                if one.position is not None and one.market.last_mark is not None
            ),
            start=self.equity,
        )

    def closed(self, reason: Close, realised: Decimal, fee: Decimal) -> None:
        """One position was closed."""
        self.realised += realised
        self.fees += fee
        self.trades += 1
        self.wins += realised > 0
        of_reason = self.by_reason.setdefault(reason.value, {"trades": 0, "realised": Decimal(0), "fees": Decimal(0)})
        of_reason["trades"] += 1
        of_reason["realised"] += realised
        of_reason["fees"] += fee

    def figures(self, equity: Decimal) -> dict[str, Any]:
        """What it came to, with an equity that has open positions in it or not."""
        money = {"realised": self.realised, "fees": self.fees, "funding": self.funding, "equity": equity}
        return {"trades": self.trades, "wins": self.wins, **money}
