"""What can be planted: opportunities that are there, and things that only look like one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any


class PlantKind(StrEnum):
    """Why it is there, or why it is not."""

    SPATIAL = "spatial"
    """True: buy at one exchange, sell at another."""
    TRIANGULAR = "triangular"
    """True: USDT over the two assets of a cross (ETH/BTC) and back, inside one exchange."""
    CLOSED_WITHDRAWAL = "closed_withdrawal"
    """True in the books, but what is bought can't be brought away: the list says that withdrawals are closed."""
    STALE_LEG = "stale_leg"
    """False: the buying exchange has stopped sending before everybody's price rose."""
    WRONG_IDENTITY = "wrong_identity"
    """False: what the selling exchange calls by that ticker has another contract, and another price."""
    DUST = "dust"
    """False: the price at the selling exchange is there, for less than can be traded."""
    GLITCH = "glitch"
    """False: the selling exchange's book says it to all others, and it is too good to be true."""


EXPECTED = {
    PlantKind.SPATIAL: "opportunity",
    PlantKind.TRIANGULAR: "cycle",
    PlantKind.CLOSED_WITHDRAWAL: "opportunity, needs_inventory",
    PlantKind.STALE_LEG: "book_stale",
    PlantKind.WRONG_IDENTITY: "identity_unconfirmed",
    PlantKind.DUST: "below_min_edge",
    PlantKind.GLITCH: "too_good",
}
"""What a scan should say."""

IS_TRUE = (PlantKind.SPATIAL, PlantKind.TRIANGULAR, PlantKind.CLOSED_WITHDRAWAL)


@dataclass(frozen=True, slots=True)
class Plant:
    """One planted thing. Percentages are of 100; times are seconds since 1970 by the simulated clock."""

    kind: PlantKind
    symbol: str
    """BASE/QUOTE; of a triangular one the cross, such as ETH/BTC."""
    buy: str
    """The exchange where it is cheap (that stalls, that has closed); of a triangular one where all legs are."""
    sell: str
    starts_at: float
    ends_at: float
    notional: Decimal = Decimal(1_000)
    """In quote (of a triangular one in USDT): for so much the edge holds."""
    edge_pct: Decimal = Decimal("0.5")
    """Net of both public base fees and the withdrawal fee, at least; of a false one what a fool would see."""

    def is_near(self, now: float, seconds: float = 60.0) -> bool:
        """Whether it is, was just now, or is soon."""
        return self.starts_at - seconds <= now < self.ends_at + seconds


def plant_to_json(number: int, plant: Plant, now: float) -> dict[str, Any]:
    """As the truth tells it."""
    return {
        "id": number,
        "kind": str(plant.kind),
        "is_true": plant.kind in IS_TRUE,
        "expected": EXPECTED[plant.kind],
        "symbol": plant.symbol,
        "buy": plant.buy,
        "sell": plant.sell,
        "from": plant.starts_at,
        "until": plant.ends_at,
        "is_now": plant.starts_at <= now < plant.ends_at,
        "notional": str(plant.notional),
        "edge_pct": str(plant.edge_pct),
    }
