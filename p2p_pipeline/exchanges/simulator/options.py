"""What a running simulator of exchanges is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from p2p_pipeline.exchanges.settings import FORTY
from p2p_pipeline.exchanges.simulator.faults import FaultRule
from p2p_pipeline.exchanges.simulator.listing import EXCHANGES
from p2p_pipeline.exchanges.simulator.plant_file import PlantLine


@dataclass(frozen=True, slots=True)
class ExchangesOptions:
    """The same options and the same simulated time give the same books."""

    seed: int = 1
    port: int = 0
    """0 takes any free port."""
    exchanges: tuple[str, ...] = EXCHANGES
    symbols: tuple[str, ...] = FORTY
    """Each exchange has these …"""
    has_extra: bool = True
    """… and some of other quotes (USD, KRW, USDC) and crosses for cycles."""
    levels: int = 30
    """A side."""
    changes_per_second: float = 2.0
    """Of each book."""
    linear_symbols: int = 200
    """Perpetuals of USDT in Bybit's linear market, others beside; 0 for no such market."""
    linear_frames_per_second: float = 400.0
    """Of the tickers of all of them."""
    linear_rows_a_page: int = 150
    """Of the list of instruments, at most, whatever is asked for."""
    plants_per_hour: float = 0.0
    """Planted at random, seeded; and at a few exchanges something that only the lists show."""
    plants: tuple[PlantLine, ...] = ()
    """Planted when it starts."""
    faults: tuple[FaultRule, ...] = ()
    start_at: float | None = None
    """The simulated time at the start, in seconds since 1970; None for now."""
    time_scale: float = 1.0
    """Simulated seconds in a real second."""
    clock: Callable[[], float] | None = None
    """Tells the simulated time instead of the two above."""
    is_deflated: bool = False
    """Sockets of exchanges that offer permessage-deflate agree to it."""
