"""What a scan found, missed and made up, held against the simulator's truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from p2p_pipeline.exchanges.scan.results import CycleFound, Eaten, Scan, Spatial
from p2p_pipeline.exchanges.simulator.hall import Hall
from p2p_pipeline.exchanges.simulator.plant import IS_TRUE, Plant, PlantKind

YOUNG_SECONDS = 2.5
SETTLED_SECONDS = 6.0
"""A plant that lived through a whole scan and its books' next steps should have been seen."""


@dataclass
class Verdict:
    """Of many scans."""

    scans: int = 0
    found: int = 0
    """True plants that at least one scan told."""
    missed: list[Plant] = field(default_factory=list)
    """True plants that none did, though they lived through one."""
    true: int = 0
    """Opportunities told, scan by scan, in true books no older than is believed …"""
    outdated: int = 0
    """… among them those that were gone for more than a moment: what a feed can't show before its next frame."""
    false: list[str] = field(default_factory=list)
    """Told, and in no true books that were young enough to be believed."""
    fooled: Counter[str] = field(default_factory=Counter)
    """Traps told as opportunities, by their kind."""

    def text(self) -> str:
        """On a line."""
        missed = Counter(str(plant.kind) for plant in self.missed)
        return (
            f"{self.scans} scans: found {self.found} plants, missed {dict(missed)}; {self.true} opportunities true "
            f"({self.outdated} outdated), "
            f"{len(self.false)} false, traps taken {dict(self.fooled)}"
        )


class Judge:
    """Looks at one scan after another."""

    def __init__(self, hall: Hall, max_age_seconds: float) -> None:
        self._hall = hall
        self._max_age_seconds = max_age_seconds
        self.verdict = Verdict()
        self._seen: set[int] = set()
        self._judged: set[int] = set()
        self._began = hall.now

    def look(self, scan: Scan, now: float) -> None:
        """Judge what a scan told."""
        self.verdict.scans += 1
        traps = [plant for plant in self._hall.plants if plant.kind not in IS_TRUE and plant.is_near(now)]
        for found in scan.opportunities:
            self._judge(found, traps, now)
        for cycle in scan.cycles:
            self._judge_cycle(cycle, now)
        for number, plant in enumerate(self._hall.plants):
            if number not in self._judged and plant.kind in IS_TRUE:
                self._follow(number, plant, scan, now)

    def _judge(self, found: Spatial, traps: list[Plant], now: float) -> None:
        for plant in traps:
            if _is_trap(plant, found, now):
                self.verdict.fooled[str(plant.kind)] += 1
                self.verdict.false.append(f"{plant.kind}: {_text(found)}")
                return
        bought, sold = found.bought, found.sold
        self._count(
            [
                self._age(bought.exchange, found.symbol, "asks", bought.eaten, now),
                self._age(sold.exchange, found.symbol, "bids", sold.eaten, now),
            ],
            _text(found),
        )

    def _judge_cycle(self, found: CycleFound, now: float) -> None:
        ages = []
        for leg in found.legs:
            symbol, side = self._symbols(leg.exchange)[leg.symbol], "asks" if leg.side == "BUY" else "bids"
            ages.append(self._age(leg.exchange, symbol, side, leg.eaten, now))
        self._count(ages, f"cycle at {found.exchange}: {found.net_edge_pct:.4f} %")

    def _count(self, ages: list[float | None], text: str) -> None:
        if None in ages:
            self.verdict.false.append(text)
        else:
            self.verdict.true += 1
            self.verdict.outdated += max(age or 0.0 for age in ages) > YOUNG_SECONDS

    def _age(self, exchange: str, symbol: str, side: str, eaten: Iterable[Eaten], now: float) -> float | None:
        """For how long the levels eaten have not been in the true book; None when that is longer than is believed."""
        path = self._hall.exchanges[exchange].books[symbol].path
        wanted = {(level.price, level.quantity) for level in eaten}
        newest, oldest = path.step_at(now), path.step_at(now - self._max_age_seconds - 1)
        for step in range(newest, oldest - 1, -1):
            levels = path.at(step)[0 if side == "bids" else 1]
            if wanted <= {(Decimal(price), Decimal(quantity)) for price, quantity in levels.items()}:
                return 0.0 if step == newest else now - path.moment_of(step + 1)
        return None

    def _symbols(self, exchange: str) -> dict[str, str]:
        """BASE/QUOTE by the exchange's spelling."""
        simulated = self._hall.exchanges[exchange]
        return {simulated.dialect.symbol(book): symbol for symbol, book in simulated.books.items()}

    def _follow(self, number: int, plant: Plant, scan: Scan, now: float) -> None:
        if plant.starts_at < self._began + SETTLED_SECONDS:
            self._judged.add(number)
            return
        if plant.starts_at <= now < plant.ends_at + 1 and number not in self._seen:
            spelled = self._hall.exchanges[plant.buy].dialect.symbol(self._hall.book(plant.buy, plant.symbol))
            is_cycle = plant.kind is PlantKind.TRIANGULAR
            if _tells_cycle(scan.cycles, plant.buy, spelled) if is_cycle else _tells(scan, plant):
                self._seen.add(number)
        if now >= plant.ends_at + 1:
            self._judged.add(number)
            if number in self._seen:
                self.verdict.found += 1
            elif plant.ends_at - plant.starts_at >= 2 * SETTLED_SECONDS:
                self.verdict.missed.append(plant)


def _is_trap(plant: Plant, found: Spatial, now: float) -> bool:
    """Whether it must not be told at all; a stale leg is one only when its book is too old, as everywhere."""
    if plant.symbol != found.symbol or not plant.starts_at <= now < plant.ends_at + 1:
        return False
    if plant.kind is PlantKind.WRONG_IDENTITY:
        return plant.sell in (found.buy, found.sell)
    return plant.kind in (PlantKind.DUST, PlantKind.GLITCH) and found.sell == plant.sell


def _tells(scan: Scan, plant: Plant) -> bool:
    return any((one.buy, one.sell, one.symbol) == (plant.buy, plant.sell, plant.symbol) for one in scan.opportunities)


def _tells_cycle(cycles: Iterable[CycleFound], exchange: str, cross: str) -> bool:
    return any(one.exchange == exchange and cross in {leg.symbol for leg in one.legs} for one in cycles)


def _text(found: Spatial) -> str:
    return (
        f"{found.symbol} {found.buy} ({found.bought.age_ms} ms) to {found.sell} ({found.sold.age_ms} ms): "
        f"{found.net_edge_pct:.4f} % of {found.notional}"
    )
