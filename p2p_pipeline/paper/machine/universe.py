"""Which symbols take part in a session, decided once. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from p2p_pipeline.exchanges.scan.exact import rounded_quotient
from p2p_pipeline.paper.events import Instrument
from p2p_pipeline.paper.machine.market import Market
from p2p_pipeline.paper.settings import Universe
from p2p_pipeline.paper.words import Exclusion


class Chosen(NamedTuple):
    """The universe: symbols by turnover, descending, then by name; and everybody else with the reason."""

    symbols: tuple[str, ...]
    excluded: tuple[Mapping[str, Any], ...]
    """By name: symbol, reason, and the figures where they are known."""


class Figures(NamedTuple):
    """What a symbol is judged by."""

    range_24h: Decimal
    """Highest less lowest price."""
    low: Decimal
    turnover: Decimal

    def is_volatile(self, min_pct: Decimal) -> bool:
        """Whether the range is at least so many per cent of the lowest price, without rounding."""
        return self.range_24h * 100 >= min_pct * self.low

    def told(self) -> dict[str, Decimal]:
        """As the log has them."""
        return {
            "volatility_pct": rounded_quotient(self.range_24h * 100, self.low),
            "turnover24h": self.turnover,
        }


def is_chosen(symbol: str, universe: Universe) -> bool:
    """Whether a symbol was asked for."""
    return universe.symbols is None or symbol in universe.symbols


def choose(
    instruments: Mapping[str, Instrument],
    left_out: Mapping[str, str],
    markets: Mapping[str, Market],
    universe: Universe,
) -> Chosen:
    """The universe and its exclusions; only inside EXACT."""
    excluded: dict[str, dict[str, Any]] = {symbol: {"reason": reason} for symbol, reason in left_out.items()}
    for symbol in universe.symbols or ():
        if symbol not in instruments and symbol not in left_out:
            excluded[symbol] = {"reason": Exclusion.NO_INSTRUMENT}
    admitted: list[tuple[Decimal, str, Figures]] = []
    for symbol in instruments:
        figures = figures_of(markets.get(symbol))
        reason = _reason(symbol, figures, universe)
        if reason is None and figures is not None:
            admitted.append((-figures.turnover, symbol, figures))
        else:
            excluded[symbol] = {"reason": reason, **({} if figures is None else figures.told())}
    admitted.sort()
    for _, symbol, figures in admitted[universe.max_symbols :]:
        excluded[symbol] = {"reason": Exclusion.MAX_SYMBOLS, **figures.told()}
    rows = tuple({"symbol": symbol, **excluded[symbol]} for symbol in sorted(excluded))
    return Chosen(tuple(symbol for _, symbol, _ in admitted[: universe.max_symbols]), rows)


def figures_of(market: Market | None) -> Figures | None:
    """A symbol's figures; None while a field of its ticker is unknown."""
    if market is None or not market.is_complete:
        return None
    high, low, turnover = (market.values[name] for name in ("highPrice24h", "lowPrice24h", "turnover24h"))
    if high is None or turnover is None or not low:
        return None
    return Figures(high - low, low, turnover)


def _reason(symbol: str, figures: Figures | None, universe: Universe) -> Exclusion | None:
    if not is_chosen(symbol, universe):
        return Exclusion.NOT_CHOSEN
    if figures is None:
        return Exclusion.FIELD_UNKNOWN
    if not figures.is_volatile(universe.min_volatility_pct):
        return Exclusion.VOLATILITY
    return Exclusion.TURNOVER if figures.turnover < universe.min_turnover else None
