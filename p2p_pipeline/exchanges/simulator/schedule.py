"""What is planted at random: a function of the seed and the time, so that two runs plant the same."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random

from p2p_pipeline.exchanges.settings import CROSSES
from p2p_pipeline.exchanges.simulator.noise import key_of
from p2p_pipeline.exchanges.simulator.plant import Plant, PlantKind

_KINDS = (
    PlantKind.SPATIAL,
    PlantKind.TRIANGULAR,
    PlantKind.SPATIAL,
    PlantKind.STALE_LEG,
    PlantKind.SPATIAL,
    PlantKind.DUST,
    PlantKind.SPATIAL,
    PlantKind.GLITCH,
    PlantKind.SPATIAL,
    PlantKind.CLOSED_WITHDRAWAL,
)
_PUBLIC_LISTS = ("kucoin", "gate", "bitget", "xt")
"""Exchanges that tell contracts and open withdrawals without a key: only there a list can say something false."""
_CHEAP = ("binance", "okx", "bybit", "kucoin", "mexc", "bitget", "bingx", "bitfinex", "htx", "gate", "xt", "kraken")
"""Where a spatial one is planted: with Coinbase's 1.2 % it would tear the books far apart."""
LONGEST_SECONDS = 90.0


class Schedule:
    """Slots of equal length, a plant in each. A symbol comes again only after all others had their turn."""

    def __init__(self, seed: int, exchanges: Sequence[str], symbols: Sequence[str], plants_per_hour: float) -> None:
        self._seed = seed
        self._exchanges = [name for name in _CHEAP if name in exchanges]
        crosses = {asset for cross in CROSSES for asset in cross.split("/")}
        self._symbols = [symbol for symbol in symbols if symbol.partition("/")[0] not in crosses]
        self._crosses = [cross for cross in CROSSES if {f"{asset}/USDT" for asset in cross.split("/")} <= set(symbols)]
        self.slot_seconds = 3600.0 / plants_per_hour if plants_per_hour > 0 else 0.0
        public = [name for name in _PUBLIC_LISTS if name in self._exchanges]
        chance = Random(key_of(seed, "lists"))
        has_any = bool(public) and len(self._symbols) > 2 and plants_per_hour > 0
        self._impostor = (chance.choice(public), self._symbols[-1].partition("/")[0]) if has_any else None
        self._closed = (chance.choice(public), self._symbols[-2].partition("/")[0]) if has_any else None

    @property
    def impostors(self) -> tuple[tuple[str, str], ...]:
        """(exchange, asset) where the ticker is another coin, from the start."""
        return () if self._impostor is None else (self._impostor,)

    @property
    def closed(self) -> tuple[tuple[str, str], ...]:
        """(exchange, asset) whose withdrawals are closed, from the start."""
        return () if self._closed is None else (self._closed,)

    def slot_of(self, moment: float) -> int:
        """Which slot a time lies in."""
        return int(moment // self.slot_seconds)

    def plant_of(self, slot: int) -> Plant | None:
        """What a slot plants; None where the exchanges or symbols don't allow its kind."""
        chance = Random(key_of(self._seed, "slot", slot))
        kind = _KINDS[slot % len(_KINDS)]
        starts_at = slot * self.slot_seconds + chance.uniform(0, self.slot_seconds / 2)
        # No book may be bent twice at a time: each is planted in again after so many slots.
        longest = self.slot_seconds * (min(len(_KINDS), len(self._symbols) - 2) - 0.6)
        ends_at = starts_at + min(chance.uniform(20, LONGEST_SECONDS), longest)
        edge = Decimal(chance.randint(35, 150)).scaleb(-2)
        notional = Decimal(chance.choice((300, 1_000, 2_500)))
        if len(self._exchanges) < 2 or longest <= 0:
            return None
        buy, sell = chance.sample(self._exchanges, 2)
        if kind is PlantKind.TRIANGULAR:
            if not self._crosses:
                return None
            return Plant(kind, chance.choice(self._crosses), buy, buy, starts_at, ends_at, notional, edge)
        # The last two are those of the lists.
        open_symbols = self._symbols[:-2]
        if kind is PlantKind.CLOSED_WITHDRAWAL and self._closed is not None:
            buy, symbol = self._closed[0], self._symbols[-2]
            sell = chance.choice([name for name in self._exchanges if name != buy])
        elif kind is PlantKind.CLOSED_WITHDRAWAL or not open_symbols:
            return None
        else:
            symbol = open_symbols[slot % len(open_symbols)]
        if kind is PlantKind.GLITCH:
            edge = Decimal(chance.randint(14, 40))
        return Plant(kind, symbol, buy, sell, starts_at, ends_at, notional, edge)
