"""The rules that are tried against a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from p2p_pipeline.exchanges.scan.rules import ScanRules


@dataclass(frozen=True, slots=True)
class Setup:
    """One choice of each; everything else is as the settings have it."""

    min_net_edge_pct: Decimal
    max_age_seconds: float
    notional: Decimal
    fee_factor: Decimal = Decimal(1)
    """Of every taker fee: 0.5 asks what a tier with half the fees would have seen."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """All combinations of these are tried."""

    min_net_edge_pct: tuple[Decimal, ...] = (Decimal("0.05"), Decimal("0.1"), Decimal("0.2"), Decimal("0.5"))
    max_age_seconds: tuple[float, ...] = (2.0, 10.0)
    notionals: tuple[Decimal, ...] = (Decimal(100), Decimal(1_000), Decimal(10_000))
    fee_factors: tuple[Decimal, ...] = (Decimal("0.5"), Decimal(1))

    def setups(self) -> tuple[Setup, ...]:
        """In order."""
        grid = product(self.min_net_edge_pct, self.max_age_seconds, self.notionals, self.fee_factors)
        return tuple(Setup(*choice) for choice in grid)

    def looks(self, usual: ScanRules) -> Iterator[Look]:
        """The scans that are needed: one finds what every edge and notional of its age and fees would."""
        for age, factor in product(self.max_age_seconds, self.fee_factors):
            rules = replace(
                usual,
                min_net_edge_pct=min(self.min_net_edge_pct),
                notionals=self.notionals,
                max_age_ms=age * 1_000,
                fee_factor=usual.fee_factor * factor,
                start={},
            )
            covered = tuple(s for s in self.setups() if (s.max_age_seconds, s.fee_factor) == (age, factor))
            yield Look(rules, covered)


@dataclass(frozen=True, slots=True)
class Look:
    """One scan a moment, and the setups that it serves."""

    rules: ScanRules
    setups: tuple[Setup, ...]
